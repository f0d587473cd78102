// Jest gives a test's modules globals of their own: Node's errors are then no instances of the Error that the package
// sees. The bundle runs here in such a realm, with a module loader like Jest's.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import vm from "node:vm";
import type { Daemon, DaemonOptions, PyRedis, PyRedisOptions } from "#src/index.js";
import { makeTestDirectory } from "../support/child-process.js";
import { ROOT } from "../support/pyredis-process.js";
import { RespClient } from "../support/resp-client.js";

interface Package {
  readonly PyRedis: { create(options?: PyRedisOptions): Promise<PyRedis> };
  readonly Daemon: { ofModule(module: string, options: DaemonOptions): Daemon };
}

/** CommonJS in a context: files of the package run there, Node's own modules are the real ones. */
function loadInRealm(entry: string): { exports: Package; realm: vm.Context } {
  const realm = vm.createContext({ process, Buffer, console, AbortController, AbortSignal, URL, performance });
  const cache = new Map<string, { exports: unknown; filename: string }>();
  const real = createRequire(entry);
  const load = (filename: string): unknown => {
    const known = cache.get(filename);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as unknown, filename };
    cache.set(filename, module);
    const require = (name: string): unknown => {
      return name.startsWith(".") ? load(join(dirname(filename), name)) : real(name);
    };
    const wrapper = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, "utf8")}\n})`;
    const run: (...given: unknown[]) => void = vm.runInContext(wrapper, realm, { filename });
    run(module.exports, require, module, filename, dirname(filename));
    return module.exports;
  };
  return { exports: load(entry) as Package, realm };
}

test("a server of another realm serves, and tells a port that is taken by its code", async () => {
  const { exports, realm } = loadInRealm(join(ROOT, "dist/index.js"));
  assert.notEqual(vm.runInContext("Error", realm), Error, "it is a realm of its own");
  const redis = await exports.PyRedis.create();
  const client = await RespClient.connect({ port: redis.port });
  assert.equal(await client.ask("SET", "a", "b"), "+OK");
  assert.equal(await client.ask("CONFIG", "SET", "port", String(redis.port)), "+OK");
  await client.close();
  const busy = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => busy.once("listening", resolve));
  const address = busy.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const other = await RespClient.connect({ port: redis.port });
  assert.equal(
    await other.ask("CONFIG", "SET", "port", String(port)),
    "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
  );
  await other.close();
  await assert.rejects(exports.PyRedis.create({ port }), { name: "ListenError", code: "EADDRINUSE" });
  await new Promise((resolve) => busy.close(resolve));
  await redis.close();
});

test("a daemon of another realm that does not run is stopped, not unknown", () => {
  const { exports } = loadInRealm(join(ROOT, "dist/index.js"));
  const directory = makeTestDirectory();
  writeFileSync(join(directory, "daemon.mjs"), "export default function run() {}\n");
  const daemon = exports.Daemon.ofModule(join(directory, "daemon.mjs"), { pidfile: join(directory, "none.pid") });
  assert.equal(daemon.status().state, "stopped");
  assert.equal(daemon.reload(), false);
});
