// Where no descriptor is left: what is connected is served on, cron runs, and afterwards everything is as before.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FileLogger } from "#src/server/logger.js";
import { findFreePort } from "../support/child-process.js";
import { CLI_MAIN } from "../support/pyredis-process.js";
import { RespClient } from "../support/resp-client.js";
import { waitFor } from "../support/wait-for.js";

const run = promisify(execFile);
const fixture = fileURLToPath(new URL("fixtures/no-descriptors.js", import.meta.url));
/** Node loads the modules of a test one by one, many at a time: the package is a bundle, and needs far less. */
const UNBUNDLED_LIMIT = 1000;
/** Redis starts with so many. */
const LOWEST_LIMIT = 40;

for (const withAddon of [true, false]) {
  test(`an embedded server serves on, ${withAddon ? "with" : "without"} the addon`, async () => {
    const env = withAddon ? {} : { PYREDIS_NO_NATIVE: "1" };
    const script = `ulimit -n ${UNBUNDLED_LIMIT}; exec "$@"`;
    const { stdout } = await run("sh", ["-c", script, "sh", process.execPath, fixture], {
      env: { ...process.env, ...env },
      timeout: 60_000,
    });
    const { reason, taken, replies, hasTicked, second } = JSON.parse(stdout);
    assert.equal(reason, "EMFILE");
    assert.ok(taken > 0);
    assert.equal(hasTicked, true);
    assert.equal(second, "+PONG");
    const bind = "CONFIG SET bind 127.0.0.1 127.0.0.2";
    assert.match(replies[bind], /^-ERR CONFIG SET failed/);
    delete replies[bind];
    for (const [command, reply] of Object.entries(replies)) assert.match(String(reply), /^[+$*]/, command);
  });
}

test(`the server starts and serves with ${LOWEST_LIMIT} descriptors`, async (t) => {
  const port = await findFreePort();
  const directory = mkdtempSync(join(tmpdir(), "pyredis-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const script = `ulimit -n ${LOWEST_LIMIT}; exec "$@"`;
  const words = [CLI_MAIN, "server", "--port", String(port), "--save", "", "--hz", "100", "--dir", directory];
  const server = spawn("sh", ["-c", script, "sh", process.execPath, ...words], { stdio: "ignore" });
  t.after(() => server.kill("SIGKILL"));
  const client = await waitFor("the server", () =>
    RespClient.connect({ host: "127.0.0.1", port }).catch(() => undefined),
  );
  // As many clients as there may be, which is what is left of the descriptors.
  const others: RespClient[] = [];
  t.after(() => Promise.all([client, ...others].map((one) => one?.close())));
  for (let i = 0; i < LOWEST_LIMIT; i++) {
    const other = await RespClient.connect({ host: "127.0.0.1", port });
    others.push(other);
    await other.ask("PING").catch(() => {});
  }
  assert.match((await client?.ask("INFO", "everything")) ?? "", /maxclients:8/);
  assert.equal(await client?.ask("PING"), "+PONG");
  server.kill("SIGTERM");
  await waitFor("the end", () => server.exitCode !== null);
  assert.equal(server.exitCode, 0);
});

test("a log that cannot be written loses lines, and nothing else", () => {
  const logger = new FileLogger(() => 0);
  for (const path of ["/dev/full", "/nowhere/log", "/"]) {
    logger.path = path;
    logger.log("warning", "a line");
    logger.fromHandler("a line");
  }
});
