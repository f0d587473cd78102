// How a daemon has ended is kept until the next start or stop: code, signal, time and last words.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { test } from "node:test";
import { isRunning, killNow, Lab, needs, waitFor } from "../lab.js";

const BEGIN = Date.now();

for (const [mode, code, words] of [
  ["later-returns", 7, "the last line of its log"],
  ["later-exits", 5, "the last line of its log"],
  ["later-throws", 1, "the moon has gone"],
  ["later-rejects", 1, "nobody awaits this"],
  ["later-fails", 6, "the port is taken"],
] as const) {
  test(`a daemon that ${mode.replace("-", " ")} is dead, with exit code ${code} and its last words`, async (t) => {
    const lab = new Lab(t);
    const { json } = await lab.example("start", mode);
    const pid = json.pid ?? 0;
    process.kill(pid, "SIGUSR2");
    await waitFor("its end", () => !isRunning(pid));
    assert.equal(existsSync(lab.pidfile), false, "kill $(cat pidfile) must not meet somebody else");
    const { json: status } = await lab.example("status", mode);
    assert.equal(status.state, "dead");
    assert.deepEqual({ ...status.end, at: 0 }, { code, signal: null, at: 0, words });
    assert.ok((status.end?.at ?? 0) >= BEGIN && (status.end?.at ?? 0) <= Date.now());
    assert.match(status.reason ?? "", new RegExp(`^pid ${pid}: exit code ${code} at 2.*Z, last words: ${words}$`));
    assert.equal((await lab.example("stop", mode)).json.outcome, "not-running");
    assert.equal((await lab.example("status", mode)).json.state, "stopped");
    assert.deepEqual(readdirSync(lab.path("run")), []);
  });
}

test("one that ends with code 0 has nothing to tell", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "later-ends");
  process.kill(json.pid ?? 0, "SIGUSR2");
  await waitFor("its end", () => !isRunning(json.pid ?? 0));
  assert.equal((await lab.example("status")).json.state, "stopped");
  assert.deepEqual(readdirSync(lab.path("run")), []);
});

test("one that was killed is dead, with the last line of its log; the next start clears it", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "later-returns");
  killNow(json.pid ?? 0);
  await waitFor("its end", () => !isRunning(json.pid ?? 0));
  const { json: status } = await lab.example("status");
  assert.equal(status.state, "dead");
  assert.match(status.reason ?? "", /: killed .*SIGKILL.*last sign of life at 2.*last words: run \d+ later-returns$/);
  assert.equal(status.end?.code, null);
  await lab.example("start");
  assert.equal((await lab.example("status")).json.state, "running");
});

test(
  "one that has given its user away and ends in order is stopped, and dead with its code else",
  needs("root"),
  async (t) => {
    for (const [mode, state] of [
      ["later-ends", "stopped"],
      ["later-returns", "dead"],
    ] as const) {
      const lab = new Lab(t);
      mkdirSync(lab.path("run"), { recursive: true, mode: 0o755 });
      const env = { EXAMPLE_OPTIONS: JSON.stringify({ uid: 65534, gid: 65534 }) };
      const { code, json } = await lab.example("start", mode, { env });
      assert.equal(code, 0, json.message);
      const pid = json.pid ?? 0;
      assert.equal(readFileSync(lab.pidfile, "utf8"), `${pid}\n`, "written while it could be");
      assert.equal((await lab.example("status")).json.state, "running");
      process.kill(pid, "SIGUSR2");
      await waitFor("its end", () => !isRunning(pid));
      const { json: status } = await lab.example("status");
      assert.equal(status.state, state, status.reason);
      if (state === "dead") assert.match(status.reason ?? "", /exit code 7/);
      assert.equal((await lab.example("stop")).json.outcome, "not-running");
      assert.deepEqual(readdirSync(lab.path("run")), [], "what it could not remove is removed by the next who can");
      rmSync(lab.home, { recursive: true, force: true });
    }
  },
);

test("a record that its own unprivileged daemon has forged leads to no process of others", needs("root"), async (t) => {
  const lab = new Lab(t);
  const env = { EXAMPLE_OPTIONS: JSON.stringify({ uid: 65534, gid: 65534 }) };
  const { json } = await lab.example("start", "ok", { env });
  const record = readFileSync(`${lab.pidfile}.state`, "utf8");
  const stat = readFileSync(`/proc/${process.pid}/stat`, "utf8");
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  const forged = record.replace(/"pid":\d+,"start":"\d+/, `"pid":${process.pid},"start":"${ticks}`);
  const { writeFileSync } = await import("node:fs");
  writeFileSync(`${lab.pidfile}.state`, forged); // it stays the file of uid 65534
  const { json: status } = await lab.example("status");
  assert.equal(status.state, "unknown");
  assert.match(status.reason ?? "", /belongs to uid 65534 but names a process of uid 0/);
  assert.equal((await lab.example("force")).json.code, "bad-pidfile");
  assert.ok(isRunning(json.pid ?? 0));
});
