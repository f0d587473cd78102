// The supervisor: restarts, gives up with a reason, and never outlives or loses its worker.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isRunning, killNow, Lab, waitFor } from "./lab.js";

function supervised(policy: object): { env: NodeJS.ProcessEnv } {
  return { env: { EXAMPLE_OPTIONS: JSON.stringify({ supervise: policy }) } };
}

function workerOf(lab: Lab): number {
  return lab.track(lab.state().worker ?? 0);
}

test("a crashed worker is replaced, and status shows how often and why", async (t) => {
  const lab = new Lab(t);
  const { code, json } = await lab.example("start", "crashes", supervised({ firstDelayMs: 10 }));
  assert.equal(code, 0, json.message);
  const first = workerOf(lab);
  assert.notEqual(first, json.pid);
  process.kill(first, "SIGUSR2");
  await waitFor("the restart", () => lab.state().reason?.startsWith("restarted") === true);
  assert.notEqual(workerOf(lab), first);
  const { json: status } = await lab.example("status");
  assert.equal(status.state, "running");
  assert.equal(status.restarts, 1);
  assert.equal(status.reason, "restarted after: exit code 9");
  assert.equal(lab.pidIn(), json.pid, "the instance is the supervisor");
});

test("the pause doubles with each crash, and too many of them end it with the reason in status", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "crashes", supervised({ firstDelayMs: 10, limit: 3, windowMs: 60_000 }));
  lab.write("broken", "");
  process.kill(workerOf(lab), "SIGUSR2");
  await waitFor("the end", () => !isRunning(json.pid ?? 0));
  const pauses = [...lab.log.matchAll(/^daemon: .*, restart \d in (.*) s$/gm)].map((match) => Number(match[1]));
  assert.deepEqual(pauses, [0.01, 0.02, 0.04]);
  const { json: status } = await lab.example("status");
  assert.equal(status.state, "dead");
  assert.match(
    status.reason ?? "",
    /exit code 1 at .*, last words: gave up after 4 crashes within 60 s: the moon has gone$/,
  );
  assert.equal((await lab.example("start", "ok")).code, 0, "the next start takes over");
});

test("a worker that never worked is a failed start and no crash", async (t) => {
  const lab = new Lab(t);
  lab.write("broken", "");
  const { json } = await lab.example("start", "crashes", supervised({ firstDelayMs: 10 }));
  assert.equal(json.code, "start-failed");
  assert.equal(json.message, "the moon has gone");
  assert.equal(lab.log.match(/^run /gm)?.length, 1);
});

test("stop ends both, and the worker ends in order", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "ok", supervised({}));
  const worker = workerOf(lab);
  assert.equal((await lab.example("stop")).json.outcome, "stopped");
  assert.equal(isRunning(worker), false);
  assert.equal(readFileSync(lab.path("stopped"), "utf8"), "SIGTERM\n");
});

test("kill -9 of the supervisor ends the worker, and the next start waits for that", async (t) => {
  const lab = new Lab(t);
  const options = supervised({});
  const { json } = await lab.example("start", "ok", options);
  const worker = workerOf(lab);
  killNow(json.pid ?? 0);
  const next = await lab.example("start", "ok", options);
  assert.equal(next.code, 0, next.json.message);
  assert.equal(isRunning(worker), false, "the lock was the worker's until it was gone");
});

test("a worker that is killed is replaced; signals reach the worker", async (t) => {
  const lab = new Lab(t);
  lab.write("config", "fresh");
  await lab.example("start", "hooks", supervised({ firstDelayMs: 10 }));
  killNow(workerOf(lab));
  await waitFor("the restart", () => lab.state().reason === "restarted after: ended by SIGKILL");
  await lab.example("reload");
  await waitFor("the reload", () => lab.state().text === "reloaded fresh");
});

test("a worker whose event loop is stuck is replaced", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "blocks", supervised({ firstDelayMs: 10, watchdogMs: 1500 }));
  process.kill(workerOf(lab), "SIGUSR2");
  await waitFor("the restart", () => lab.state().reason === "restarted after: ended by SIGKILL (silent for 1.5 s)");
});
