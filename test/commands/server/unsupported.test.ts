// What the running server says of directives without an effect, of itself, and of subcommands that it does not know.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { PYREDIS_VERSION } from "#src/base/version.js";
import { PyRedis, type PyRedisOptions } from "#src/index.js";
import { startInProcess } from "../../support/in-process.js";
import { RespClient } from "../../support/resp-client.js";

async function start(t: TestContext) {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  return client;
}

test("an unknown subcommand counts as an error, and on no command's counters", async (t) => {
  const client = await start(t);
  await client.ask("CONFIG", "RESETSTAT");
  for (const name of ["CONFIG", "CLIENT", "OBJECT", "MEMORY"]) {
    assert.equal(await client.ask(name, "FOO", "bar"), `-ERR unknown subcommand 'FOO'. Try ${name} HELP.`);
  }
  assert.equal(await client.ask("CONFIG"), "-ERR wrong number of arguments for 'config' command");
  assert.equal(await client.ask("CONFIG", "GET"), "-ERR wrong number of arguments for 'config|get' command");
  await client.ask("MULTI");
  await client.ask("CONFIG", "FOO");
  assert.match(await client.ask("EXEC"), /^-EXECABORT/);
  const stats = await client.ask("INFO", "commandstats");
  const names = [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+),.*?rejected_calls=(\d+)/g)].map((m) =>
    m.slice(1).join(" "),
  );
  assert.deepEqual(names.sort(), ["config 0 1", "config|get 0 1", "config|resetstat 1 0", "exec 1 0", "multi 1 0"]);
  assert.match(await client.ask("INFO", "errorstats"), /errorstat_ERR:count=7\\r\\n/);
});

test("INFO names the version of pyredis beside Redis's", async (t) => {
  const client = await start(t);
  const info = await client.ask("INFO", "server");
  assert.ok(info.includes(`\\r\\npyredis_version:${PYREDIS_VERSION}\\r\\n`), info);
  assert.match(info, /redis_version:7\.4\.1\\r\\n/);
});

test("CONFIG SET tells the truth about what protects data, and logs the rest", async (t) => {
  const log: string[] = [];
  const redis = await PyRedis.create({ log: (level, text) => level === "warning" && log.push(text) });
  t.after(() => redis.close());
  const client = await RespClient.connect({ port: redis.port });
  t.after(() => client.close());
  assert.equal(
    await client.ask("CONFIG", "SET", "appendonly", "yes"),
    "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - appendonly is not supported yet: the server " +
      "writes no append-only file, and the data would be gone with the process.",
  );
  assert.match(
    await client.ask("CONFIG", "SET", "save", "60 1"),
    /^-ERR CONFIG SET failed .* - save is not supported yet/,
  );
  assert.equal(await client.ask("CONFIG", "SET", "save", ""), "+OK");
  assert.equal(await client.ask("CONFIG", "SET", "masterauth", "x"), "+OK");
  assert.deepEqual(
    log.filter((line) => !line.startsWith("Accepted ")),
    ["masterauth has no effect yet: the server does not replicate."],
  );
  assert.equal(
    await client.ask("CONFIG", "SET", "locale-collate", "xx_YY"),
    "-ERR CONFIG SET failed (possibly related to argument 'locale-collate') - Invalid locale name",
  );
});

test("create() rejects what protects data or access, and a directory with a dataset, unless it is to ignore them", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "pyredis-stored-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "dump.rdb"), "REDIS0011");
  const cases: readonly [config: NonNullable<PyRedisOptions["config"]>, reason: RegExp][] = [
    [{ appendonly: "yes" }, /^appendonly is not supported yet: .* ignoreUnsupported\.$/],
    [{ save: "60 1" }, /^save is not supported yet: /],
    [{ "cluster-enabled": true }, /^cluster-enabled is not supported yet: /],
    [{ dir }, /dump\.rdb holds data, which this server cannot load yet: .* ignoreUnsupported\.$/],
  ];
  for (const [config, reason] of cases) {
    await assert.rejects(PyRedis.create({ config }), { name: "ConfigError", message: reason });
    const log: string[] = [];
    const redis = await PyRedis.create({ config, ignoreUnsupported: true, log: (_, text) => log.push(text) });
    await redis.close();
    assert.match(log.join("\n"), /is not supported yet|holds data/);
  }
  assert.equal(readFileSync(join(dir, "dump.rdb"), "utf8"), "REDIS0011");
});
