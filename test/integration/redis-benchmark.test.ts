// redis-benchmark, the load generator of Redis, runs against pyredis without an error and leaves what it wrote.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { startPyRedisProcess } from "../support/pyredis-process.js";

const run = promisify(execFile);
const REQUESTS = 20_000;

test("redis-benchmark runs set, get, incr and mset in pipelines, and its keys are there", async (t) => {
  const server = await startPyRedisProcess();
  t.after(() => server.close());
  const words = ["-p", String(server.port), "-t", "set,get,incr,mset", "-n", String(REQUESTS), "-P", "16", "-r", "500"];
  const { stdout, stderr } = await run("redis-benchmark", [...words, "--csv"], { timeout: 60_000 });
  assert.equal(stderr, "");
  const rows = stdout.trim().split("\n").slice(1);
  const tests = rows.map((row) => row.split(",")[0]);
  assert.deepEqual(tests, ['"SET"', '"GET"', '"INCR"', '"MSET (10 keys)"']);
  for (const row of rows) assert.ok(Number(row.split(",")[1]?.replaceAll('"', "")) > 0, row);

  const client = await server.connect();
  t.after(() => client.close());
  // Random keys: 500 of SET and MSET (`key:…`), 500 of INCR (`counter:…`), each hit many times over.
  assert.equal(await client.ask("DBSIZE"), ":1000");
  const stats = await client.ask("INFO", "commandstats");
  for (const name of ["set", "get", "incr", "mset"]) {
    const calls = Number(new RegExp(`cmdstat_${name}:calls=(\\d+),`).exec(stats)?.[1]);
    // It ends a whole pipeline late.
    assert.ok(calls >= REQUESTS && calls < REQUESTS + 50 * 16, `${name}: ${calls} calls`);
  }
  assert.doesNotMatch(stats, /rejected_calls=[1-9]|failed_calls=[1-9]/);
});
