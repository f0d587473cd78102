// What may lie where the pidfile should be: stale, foreign, hostile. A start is never prevented by a leftover, and a
// process that is not ours is never signalled.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { test } from "node:test";
import { inspectInstance, stopInstance } from "#src/daemon/index.js";
import { isRunning, Lab, needs, processState, readPs, waitFor } from "./lab.js";

/** A process that is nobody's daemon; its words hold the lab's directory, so the lab will end it. */
function spawnBystander(lab: Lab): number {
  const child = spawn("tail", ["-f", lab.write("bystander", "")], { stdio: "ignore", detached: true });
  child.unref();
  return lab.track(child.pid ?? 0);
}

async function assertStarts(lab: Lab): Promise<void> {
  const { code, json } = await lab.example("start");
  assert.equal(code, 0, json.message);
  assert.equal(lab.pidIn(), json.pid);
  assert.ok(isRunning(lab.pidIn()));
}

const LEFTOVERS: [what: string, text: string][] = [
  ["empty", ""],
  ["full of NULs", "\0".repeat(100)],
  ["garbage", "not a pid at all\n"],
  ["a pid that nobody has", "4194301\n"],
  ["a number that is no pid", "99999999999999999999\n"],
  ["pid 0, the own process group", "0\nstart 1@x\nstate running\n"],
  ["pid 1, init", "1\nstart 1@x\nstate running\n"],
  ["a negative pid", "-1\nstart 1@x\nstate running\n"],
];

for (const [what, text] of LEFTOVERS) {
  test(`a stale pidfile (${what}): status is dead, stop signals nobody, start works`, async (t) => {
    const lab = new Lab(t);
    lab.write("run/example.pid", text);
    assert.equal((await lab.example("status")).json.state, "dead");
    assert.equal((await lab.example("stop")).json.outcome, "not-running");
    lab.write("run/example.pid", text);
    await assertStarts(lab);
  });
}

test("a pidfile that names a live foreign process: it is not signalled, and start works", async (t) => {
  const lab = new Lab(t);
  const bystander = spawnBystander(lab);
  lab.write("run/example.pid", `${bystander}\n`);
  const { json } = await lab.example("status");
  assert.equal(json.state, "dead");
  assert.match(json.reason ?? "", /which is not ours/);
  assert.equal((await lab.example("force")).json.outcome, "not-running");
  assert.ok(isRunning(bystander));
  assert.ok(existsSync(lab.pidfile), "another program's pidfile is not ours to remove");
  await assertStarts(lab);
  assert.ok(isRunning(bystander));
});

test("a recycled pid, alive but of another start time: it is not signalled, and start works", async (t) => {
  const lab = new Lab(t);
  await assertStarts(lab);
  const record = readFileSync(lab.pidfile, "utf8");
  lab.killNow();
  await waitFor("its end", () => !isRunning(lab.pidIn()));
  const bystander = spawnBystander(lab);
  lab.write("run/example.pid", record.replace(/^\d+/, String(bystander)));
  assert.equal((await lab.example("status")).json.state, "dead");
  assert.equal((await lab.example("force")).json.outcome, "not-running");
  assert.ok(isRunning(bystander));
  lab.write("run/example.pid", record.replace(/^\d+/, String(bystander)));
  await assertStarts(lab);
  assert.ok(isRunning(bystander));
});

test("a zombie counts as dead", async (t) => {
  const lab = new Lab(t);
  // A parent that never waits: its dead child stays a zombie as long as the parent lives. A shell would wait; so the
  // child ends only when the shell has become something else.
  const script = '(until [ -e "$1" ]; do sleep 0.01; done) & echo $!; exec tail -f "$0"';
  const gate = lab.path("gate");
  const parent = spawn("sh", ["-c", script, lab.write("bystander", ""), gate]);
  let output = "";
  parent.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  const ppid = lab.track(parent.pid ?? 0);
  await waitFor("the end of the shell", () => readPs(ppid, "comm")[0] === "tail");
  lab.write("gate", "");
  await waitFor("a zombie", () => output.endsWith("\n") && processState(Number(output)) === "Z");
  const zombie = Number(output);
  const stat = readFileSync(`/proc/${zombie}/stat`, "utf8");
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  lab.write("run/example.pid", `${zombie}\nstart ${ticks}@${boot}\nstate running\nlog x\n`);
  assert.equal((await lab.example("status")).json.state, "dead");
  assert.equal((await lab.example("stop")).json.outcome, "not-running");
  await assertStarts(lab);
});

test("the pidfile is locked for as long as the daemon lives, for every program to see", needs("flock"), async (t) => {
  const lab = new Lab(t);
  await assertStarts(lab);
  const isFree = (): boolean => spawnSync("flock", ["-n", lab.pidfile, "true"]).status === 0;
  assert.equal(isFree(), false);
  lab.killNow();
  await waitFor("the end of the lock", isFree);
});

test("a symbolic link is refused and its target untouched", async (t) => {
  const lab = new Lab(t);
  const target = lab.write("precious", "12345\n");
  mkdirSync(lab.path("run"));
  symlinkSync(target, lab.pidfile);
  for (const command of ["start", "stop"]) {
    const { code, json } = await lab.example(command);
    assert.equal(code, 1);
    assert.equal(json.code, "bad-pidfile");
    assert.match(json.message ?? "", /it is a symbolic link/);
  }
  assert.equal((await lab.example("status")).json.state, "unknown");
  assert.equal(readFileSync(target, "utf8"), "12345\n");
  assert.ok(lstatSync(lab.pidfile).isSymbolicLink());
});

test("a second name of somebody's file is replaced, the file untouched", async (t) => {
  const lab = new Lab(t);
  const target = lab.write("precious", "12345\n");
  mkdirSync(lab.path("run"));
  linkSync(target, lab.pidfile);
  await assertStarts(lab);
  assert.equal(readFileSync(target, "utf8"), "12345\n");
});

test("a directory is refused", async (t) => {
  const lab = new Lab(t);
  mkdirSync(lab.pidfile, { recursive: true });
  const { json } = await lab.example("start");
  assert.equal(json.code, "bad-pidfile");
  assert.match(json.message ?? "", /it is a directory/);
  const { state, reason } = (await lab.example("status")).json;
  assert.equal(state, "unknown");
  assert.match(reason ?? "", /not a regular file/);
});

test("a fifo is refused and hangs nobody", async (t) => {
  const lab = new Lab(t);
  mkdirSync(lab.path("run"));
  assert.equal(spawnSync("mkfifo", [lab.pidfile]).status, 0);
  assert.match((await lab.example("start")).json.message ?? "", /not a regular file/);
  assert.equal((await lab.example("status")).json.state, "unknown");
});

test("a file with somebody's data is not overwritten by mistake", async (t) => {
  const lab = new Lab(t);
  const data = "maxmemory 100mb\n".repeat(50);
  lab.write("run/example.pid", data);
  const { json } = await lab.example("start");
  assert.equal(json.code, "bad-pidfile");
  assert.match(json.message ?? "", /does not look like a pidfile/);
  assert.equal(readFileSync(lab.pidfile, "utf8"), data);
});

test("a pidfile that others can write to is not believed", async (t) => {
  const lab = new Lab(t);
  await assertStarts(lab);
  chmodSync(lab.pidfile, 0o666);
  const { state, reason } = (await lab.example("status")).json;
  assert.equal(state, "unknown");
  assert.match(reason ?? "", /other users can write to it/);
  assert.equal((await lab.example("stop")).json.code, "bad-pidfile");
  assert.ok(isRunning(lab.pidIn()));
});

test(
  "another user's pidfile is replaced by a start, and not believed about others' processes",
  needs("root"),
  async (t) => {
    const lab = new Lab(t);
    await assertStarts(lab);
    const record = readFileSync(lab.pidfile, "utf8");
    const forged = lab.write("forged/run/example.pid", record);
    chownSync(forged, 65534, 65534);
    const status = inspectInstance(forged);
    assert.equal(status.state, "unknown");
    assert.match(status.reason, /belongs to uid 65534 but names a process of uid 0/);
    await assert.rejects(stopInstance(forged, { timeoutMs: 1000, force: true }), { code: "bad-pidfile" });
    assert.ok(isRunning(lab.pidIn()));
    assert.equal((await lab.example("stop")).json.outcome, "stopped");

    lab.write("run/example.pid", "");
    chownSync(lab.pidfile, 65534, 65534);
    await assertStarts(lab);
    assert.equal(statSync(lab.pidfile).uid, 0);
  },
);

test("a pidfile removed by hand: the daemon does not remove its successor's", async (t) => {
  const lab = new Lab(t);
  await assertStarts(lab);
  const first = lab.pidIn();
  spawnSync("rm", [lab.pidfile]);
  await assertStarts(lab);
  const second = lab.pidIn();
  assert.notEqual(second, first);
  process.kill(first, "SIGTERM");
  await waitFor("the end of the first", () => !isRunning(first));
  assert.equal(lab.pidIn(), second);
  assert.ok(existsSync(`${lab.pidfile}.launch`));
});
