// Stopping and restarting: bounded, forced, remembered.
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { isRunning, Lab } from "./lab.js";

test("stop ends the daemon, which then has removed its files", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start");
  const stopped = await lab.example("stop");
  assert.deepEqual(stopped.json, { outcome: "stopped", pid: json.pid });
  assert.equal(isRunning(json.pid ?? 0), false);
  assert.equal(existsSync(lab.pidfile), false);
  assert.equal(existsSync(`${lab.pidfile}.launch`), false);
  assert.equal(readFileSync(lab.path("stopped"), "utf8"), "SIGTERM\n", "stopping() was called once");
});

test("stop of what does not run is no error", async (t) => {
  const lab = new Lab(t);
  assert.deepEqual((await lab.example("stop")).json, { outcome: "not-running" });
});

test("a daemon that ignores SIGTERM is a stop-timeout, and runs on", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "ignore-term");
  const stopped = await lab.example("stop", "ignore-term");
  assert.equal(stopped.code, 1);
  assert.equal(stopped.json.code, "stop-timeout");
  assert.equal(stopped.json.pid, json.pid);
  assert.ok(isRunning(json.pid ?? 0));
  assert.equal((await lab.example("status")).json.state, "running");
});

test("with force it is killed, and nothing of it is left behind", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "ignore-term");
  const stopped = await lab.example("force", "ignore-term");
  assert.deepEqual(stopped.json, { outcome: "killed", pid: json.pid });
  assert.equal(isRunning(json.pid ?? 0), false);
  assert.equal(existsSync(lab.pidfile), false);
});

test("a stopped process (SIGSTOP) is killed by force", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "ignore-term");
  process.kill(json.pid ?? 0, "SIGSTOP");
  assert.equal((await lab.example("force", "ignore-term")).json.outcome, "killed");
});

test("a daemon whose run() ends removes its pidfile", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "ends");
  assert.ok(json.pid !== undefined);
  assert.equal((await lab.example("stop")).json.outcome, "not-running");
  assert.equal(existsSync(lab.pidfile), false);
});

test("status follows the life of the daemon", async (t) => {
  const lab = new Lab(t);
  const state = async () => (await lab.example("status")).json.state;
  assert.equal(await state(), "stopped");
  await lab.example("start");
  assert.equal(await state(), "running");
  lab.killNow();
  await lab.example("stop"); // waits for the kernel, removes the leftovers
  assert.equal(await state(), "stopped");
});

test("restart gives a new process the arguments of the old, whatever its own are", async (t) => {
  const lab = new Lab(t);
  const first = await lab.example("start", "special");
  const second = await lab.example("restart", "other", { cwd: "/usr" });
  assert.equal(second.code, 0, second.json.message);
  assert.notEqual(second.json.pid, first.json.pid);
  assert.deepEqual(second.json.addresses, ["example:special"]);
});

test("restart after kill -9 still knows the arguments", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "special");
  lab.killNow();
  const { json } = await lab.example("restart");
  assert.deepEqual(json.addresses, ["example:special"]);
});

test("restart of what never ran starts it", async (t) => {
  const lab = new Lab(t);
  const { code, json } = await lab.example("restart");
  assert.equal(code, 0, json.message);
  assert.deepEqual(json.addresses, ["example:ok"]);
});

test("the launch record is private, and one that others could have written is not executed", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "special");
  const record = `${lab.pidfile}.launch`;
  assert.equal(statSync(record).mode & 0o777, 0o600);
  chmodSync(record, 0o666);
  const { json } = await lab.example("restart", "own");
  assert.deepEqual(json.addresses, ["example:own"]);
});
