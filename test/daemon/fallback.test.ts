// Without the addon: weaker, said so, and never in conflict with a starter that has it. What does not depend on it is
// all tried once more.
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isRunning, Lab, listFds, needs, readPs } from "./lab.js";

const WITHOUT = { env: { PYREDIS_NO_NATIVE: "1" } };

test("the daemon starts without the addon, and its log says what it lacks", async (t) => {
  const lab = new Lab(t);
  const { code, json } = await lab.example("start", "ok", WITHOUT);
  assert.equal(code, 0, json.message);
  assert.match(lab.log, /^daemon: native addon not available \(PYREDIS_NO_NATIVE=1\); started with spawn/);
  const [sid, tty] = readPs(lab.pidIn(), "sid,tty");
  assert.equal(sid, String(lab.pidIn()), "the leader of a session of its own");
  assert.equal(tty, "?");
  assert.match(readFileSync(`/proc/${lab.pidIn()}/status`, "utf8"), /^Umask:\s+0037$/m);
});

test("inherited descriptors are replaced by /dev/null, even behind a gap", async (t) => {
  const lab = new Lab(t);
  const marker = openSync(lab.write("marker", ""), "r");
  const fds = Array.from({ length: 60 }, (_, i): number | "ignore" => (i === 0 || i === 57 ? marker : "ignore"));
  await lab.example("start", "ok", { ...WITHOUT, fds });
  closeSync(marker);
  assert.equal(listFds(lab.pidIn()).includes(lab.path("marker")), false);
});

test("the lock is the same one: starters with and without the addon exclude each other", async (t) => {
  const lab = new Lab(t);
  const starters = await Promise.all([
    lab.example("start", "ok", WITHOUT),
    lab.example("start"),
    lab.example("start", "ok", WITHOUT),
    lab.example("start"),
  ]);
  assert.equal(starters.filter((starter) => starter.code === 0).length, 1);
  assert.equal(lab.log.match(/^run /gm)?.length, 1);
});

test("stop, kill -9 and restart work without the addon", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "special", WITHOUT);
  lab.killNow();
  const { json } = await lab.example("restart", "ok", WITHOUT);
  assert.deepEqual(json.addresses, ["example:special"]);
  assert.equal((await lab.example("stop", "ok", WITHOUT)).json.outcome, "stopped");
  assert.equal(isRunning(json.pid ?? 0), false);
});

test("a failed start has its reason without the addon too", async (t) => {
  const lab = new Lab(t);
  assert.equal((await lab.example("start", "fails", WITHOUT)).json.message, "the port is taken");
  assert.match((await lab.example("start", "exits", WITHOUT)).json.log ?? "", /the last words in the log/);
  assert.equal((await lab.example("start", "never-ready", WITHOUT)).json.code, "start-timeout");
});

for (const name of ["start", "stop", "pidfile", "signals", "supervise", "job"]) {
  test(`${name}.test.js passes without the addon too`, needs("addon"), async (t) => {
    const lab = new Lab(t);
    const file = join(dirname(fileURLToPath(import.meta.url)), `${name}.test.js`);
    // A runner of its own, which does not know that it has one above it.
    const env = { PYREDIS_NO_NATIVE: "1", NODE_TEST_CONTEXT: undefined };
    const { code, stdout } = await lab.run(process.execPath, ["--test", "--test-reporter=tap", file], { env });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^# pass [1-9]/m);
    assert.match(stdout, /^# fail 0$/m);
  });
}
