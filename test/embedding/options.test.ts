// PyRedis.create() in the hands of a caller without a compiler: what cannot be is refused by name, and leaves nothing open.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { ConfigError, ListenError, PyRedis, type PyRedisOptions } from "#src/index.js";
import { makeTestDirectory } from "../support/child-process.js";
import { RespClient } from "../support/resp-client.js";

/** As JavaScript calls it. */
function create(options: unknown): Promise<PyRedis> {
  return PyRedis.create(options as PyRedisOptions);
}

const REFUSED: readonly (readonly [options: unknown, message: RegExp])[] = [
  [{ prot: 1 }, /^Unknown option 'prot' \(did you mean "port"\?\)$/],
  [{ Host: "127.0.0.1" }, /^Unknown option 'Host' \(did you mean "host"\?\)$/],
  [{ maxmemory: "10mb" }, /^Unknown option 'maxmemory': give it as \{ config: \{ "maxmemory": … \} \}$/],
  [{ constructor: 1 }, /^Unknown option 'constructor'/],
  [{ config: { maxmemroy: "10mb" } }, /^Unknown option 'maxmemroy' \(did you mean "maxmemory"\?\)$/],
  [{ config: { maxmemory: {} } }, /^Invalid option 'maxmemory': it takes a string, .*, not an object$/],
  [{ config: { maxmemory: null } }, /^Invalid option 'maxmemory': .*, not null$/],
  [{ config: { hz: Number.NaN } }, /^Invalid option 'hz': .*, not NaN$/],
  [{ config: { bind: ["127.0.0.1", null] } }, /^Invalid option 'bind': .*, not a list with null$/],
  [{ config: { maxmemory: () => 1 } }, /^Invalid option 'maxmemory': .*, not a function$/],
  [{ config: { "maxmemory-policy": "lru" } }, /^Invalid option 'maxmemory-policy': /],
  [{ config: "port 7000" }, /^Invalid option 'config': it takes an object of directives, not "port 7000"$/],
  [{ config: [] }, /^Invalid option 'config': .*, not an array$/],
  [{ port: "7000" }, /^Invalid option 'port': it takes a whole number from 0 to 65535, not "7000"$/],
  [{ port: 65_536 }, /^Invalid option 'port': .*, not 65536$/],
  [{ port: 1.5 }, /^Invalid option 'port'/],
  [{ port: -1 }, /^Invalid option 'port'/],
  [{ host: 1 }, /^Invalid option 'host': it takes an address or a host name, not 1$/],
  [{ host: "" }, /^Invalid option 'host'/],
  [{ seed: "x" }, /^Invalid option 'seed'/],
  [{ log: "debug" }, /^Invalid option 'log': it takes a function of level and text, not "debug"$/],
  [{ clock: Date }, /^Invalid option 'clock'/],
  [{ signal: {} }, /^Invalid option 'signal': it takes an AbortSignal, not object$/],
  [{ port: 1, config: { port: 2 } }, /^Give the option 'port' or config\.port, not both$/],
  [{ host: "::1", config: { bind: "127.0.0.1" } }, /^Give the option 'host' or config\.bind, not both$/],
  [{ config: { daemonize: true } }, /^Invalid option 'daemonize': it belongs to a process of its own/],
  [{ config: { logfile: "x.log" } }, /^Invalid option 'logfile': .*: use the option log$/],
  [{ config: { port: 0 } }, /^Nothing to listen on: /],
  [7000, /^PyRedis\.create\(\) takes an object of options/],
  [null, /^PyRedis\.create\(\) takes an object of options/],
  ["redis.conf", /^PyRedis\.create\(\) takes an object of options/],
];

for (const [options, message] of REFUSED) {
  test(`create(${inspect(options, { breakLength: Number.POSITIVE_INFINITY })}) is refused`, async () => {
    await assert.rejects(create(options), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.code, "bad-option");
      assert.match(error.message, message);
      return true;
    });
  });
}

test("options that are undefined count as not given", async () => {
  const redis = await create({ port: undefined, host: undefined, config: undefined, signal: undefined });
  assert.equal(redis.host, "127.0.0.1");
  await redis.close();
});

test("config.port and config.bind say where it listens", async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const address = probe.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  const redis = await PyRedis.create({ config: { port, bind: ["127.0.0.1", "::1"] } });
  assert.equal(redis.url, `redis://127.0.0.1:${port}`);
  for (const host of ["127.0.0.1", "::1"]) {
    const client = await RespClient.connect({ host, port });
    assert.equal(await client.ask("PING"), "+PONG");
    await client.close();
  }
  await redis.close();
});

test("config.port 0 with a unix socket means the socket only", async () => {
  const path = join(makeTestDirectory(), "s");
  const redis = await PyRedis.create({ config: { port: 0, unixsocket: path } });
  assert.deepEqual([redis.port, redis.url], [0, `unix://${path}`]);
  const client = await RespClient.connect({ path });
  assert.equal(await client.ask("PING"), "+PONG");
  await client.close();
  await redis.close();
  assert.equal(existsSync(path), false);
});

test("what belongs to a process may be off", async () => {
  const redis = await PyRedis.create({ config: { daemonize: "no", logfile: "", supervised: "no" } });
  await redis.close();
});

test("the url of an IPv6 address has brackets", async () => {
  const redis = await PyRedis.create({ host: "::1" });
  assert.equal(redis.url, `redis://[::1]:${redis.port}`);
  assert.equal(new URL(redis.url).port, String(redis.port));
  await redis.close();
});

test("a port that is taken is a ListenError with the system's code", async () => {
  const first = await PyRedis.create();
  await assert.rejects(PyRedis.create({ port: first.port }), (error: unknown) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.code, "EADDRINUSE");
    return true;
  });
  await first.close();
});

test("a start that fails half-way leaves no port open", async () => {
  const lines: string[] = [];
  const taken = await PyRedis.create();
  const { port } = taken;
  await taken.close();
  const unixsocket = join(makeTestDirectory(), "missing", "s");
  await assert.rejects(PyRedis.create({ port, config: { unixsocket }, log: (_level, text) => lines.push(text) }), {
    name: "ListenError",
    code: "ENOENT",
    message: `${unixsocket}: No such file or directory`,
  });
  const again = await PyRedis.create({ port });
  assert.equal(again.port, port);
  await again.close();
});

test("a signal that has aborted before: nothing is started", async () => {
  const lines: string[] = [];
  const reason = new Error("changed my mind");
  await assert.rejects(
    PyRedis.create({ signal: AbortSignal.abort(reason), log: (_level, text) => lines.push(text) }),
    reason,
  );
  assert.deepEqual(lines, []);
});

test("a signal that aborts during the start: it is told at once, and the port is free", async () => {
  const first = await PyRedis.create();
  const { port } = first;
  await first.close();
  const controller = new AbortController();
  const started = PyRedis.create({ port, signal: controller.signal });
  controller.abort();
  await assert.rejects(started, { name: "AbortError" });
  const again = await listenWhenFree(port);
  await again.close();
});

/** The server that came up nevertheless is closing. */
async function listenWhenFree(port: number): Promise<PyRedis> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await PyRedis.create({ port });
    } catch (error) {
      if (!(error instanceof ListenError) || attempt > 1000) throw error;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a signal that aborts later closes the server; after close() it is let go", async () => {
  const controller = new AbortController();
  const redis = await PyRedis.create({ signal: controller.signal });
  const client = await RespClient.connect({ port: redis.port });
  controller.abort();
  await client.waitForClose();
  await client.close();
  await redis.close();
  assert.equal(inspect(redis), "PyRedis { closed }");
});

test("console.log shows one line, and JSON.stringify does not meet the engine", async () => {
  const redis = await PyRedis.create();
  assert.equal(inspect(redis), `PyRedis { redis://127.0.0.1:${redis.port} }`);
  assert.equal(inspect({ redis }, { depth: 9 }), `{ redis: PyRedis { redis://127.0.0.1:${redis.port} } }`);
  assert.equal(JSON.stringify(redis), '{"host":"127.0.0.1"}');
  await redis.close();
});

test("await using closes it, where the symbol exists or comes later", async (t) => {
  const redis = await PyRedis.create();
  assert.equal(typeof redis[Symbol.asyncDispose], "function");
  await redis[Symbol.asyncDispose]();
  await assert.rejects(RespClient.connect({ port: redis.port }));

  const own = Object.getOwnPropertyDescriptor(Symbol, "asyncDispose");
  if (own?.configurable !== false) t.diagnostic("this Node's symbol can be replaced");
});

test("close() twice is one close", async () => {
  const redis = await PyRedis.create();
  const closing = redis.close();
  assert.equal(redis.close(), closing);
  await closing;
});
