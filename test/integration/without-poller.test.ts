// Without the addon Node reads and writes every socket by itself. All that is tested of connections holds there as well.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const tests = dirname(dirname(fileURLToPath(import.meta.url)));

test("connections, pushes and transactions work without the addon", async () => {
  const files = [
    "integration/connections.test.js",
    "integration/faults.test.js",
    "integration/session-ends.test.js",
    "integration/staged-arguments.test.js",
    "integration/pubsub.test.js",
    "integration/tracking-order.test.js",
    "stress/connections.test.js",
    "commands/transactions/multi.test.js",
  ];
  // A test runner inside of one would report to that one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await run(
    process.execPath,
    ["--enable-source-maps", "--expose-gc", "--test", "--test-reporter=tap", ...files.map((file) => join(tests, file))],
    { env: { ...env, PYREDIS_NO_NATIVE: "1" }, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: unknown) => ({ stdout: String((error as { stdout?: unknown }).stdout ?? error) }));
  assert.match(stdout, /^# fail 0$/m, stdout);
  const passed = Number(/^# pass (\d+)$/m.exec(stdout)?.[1]);
  assert.ok(passed >= 30, `only ${passed} tests ran`);
});
