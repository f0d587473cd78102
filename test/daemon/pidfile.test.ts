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
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { test } from "node:test";
import { inspectInstance, stopInstance } from "#src/daemon/index.js";
import { formatState } from "#src/daemon/instance/state-file.js";
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
  ["full of NULs", "\0".repeat(30)],
  ["a pid that nobody has", "4194301\n"],
  ["without a newline", "4194301"],
  ["pid 1, init", "1\n"],
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

const DATA: [what: string, text: string][] = [
  ["a word", "not a pid at all\n"],
  ["two numbers", "12\n13\n"],
  ["a number that is no pid", "99999999999999999999\n"],
  ["pid 0, the own process group", "0\n"],
  ["a negative number", "-1\n"],
  ["a configuration", "maxmemory 100mb\n".repeat(50)],
  ["many NULs", "\0".repeat(4096)],
];

for (const [what, text] of DATA) {
  test(`a file that is no pidfile (${what}) is neither overwritten nor removed`, async (t) => {
    const lab = new Lab(t);
    lab.write("run/example.pid", text);
    assert.equal((await lab.example("status")).json.state, "unknown");
    for (const command of ["start", "stop", "force", "restart"]) {
      const { json } = await lab.example(command);
      assert.equal(json.code, "bad-pidfile", command);
      assert.match(json.message ?? "", /it exists and is no pidfile/);
    }
    assert.equal(readFileSync(lab.pidfile, "utf8"), text);
    assert.deepEqual(readdirSync(lab.path("run")), ["example.pid"], "and nothing is left beside it");
  });
}

for (const suffix of ["state", "launch", "lock"]) {
  test(`somebody's file with the name of our ${suffix} file is neither overwritten nor removed`, async (t) => {
    const lab = new Lab(t);
    const path = lab.write(`run/example.pid.${suffix}`, "precious\n");
    const { json } = await lab.example("start");
    assert.equal(json.code, "bad-pidfile", json.message);
    assert.match(json.message ?? "", new RegExp(`example\\.pid\\.${suffix}`));
    await lab.example("stop");
    assert.equal(readFileSync(path, "utf8"), "precious\n");
  });

  test(`a link in the place of our ${suffix} file is refused, its target untouched`, async (t) => {
    const lab = new Lab(t);
    const target = lab.write("precious", "");
    mkdirSync(lab.path("run"));
    symlinkSync(target, `${lab.pidfile}.${suffix}`);
    const { json } = await lab.example("start");
    assert.equal(json.code, "bad-pidfile", json.message);
    assert.match(json.message ?? "", /it is a symbolic link/);
    assert.equal(readFileSync(target, "utf8"), "");
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
  const record = readFileSync(`${lab.pidfile}.state`, "utf8");
  lab.killNow();
  await waitFor("its end", () => !isRunning(lab.pidIn()));
  const bystander = spawnBystander(lab);
  const recycle = (): void => {
    lab.write("run/example.pid", `${bystander}\n`);
    lab.write("run/example.pid.state", record.replace(/"pid":\d+/, `"pid":${bystander}`));
  };
  recycle();
  assert.equal((await lab.example("status")).json.state, "dead");
  assert.equal((await lab.example("force")).json.outcome, "not-running");
  assert.ok(isRunning(bystander));
  recycle();
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
  const identity = { pid: zombie, startTime: `${ticks}@${boot}` };
  lab.write("run/example.pid", `${zombie}\n`);
  const record = { identity, state: "running" as const, addresses: [], logFile: "" };
  lab.write("run/example.pid.state", formatState(record, 1));
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
  assert.match(reason ?? "", /it is a directory/);
});

test("a fifo is refused and hangs nobody", async (t) => {
  const lab = new Lab(t);
  mkdirSync(lab.path("run"));
  assert.equal(spawnSync("mkfifo", [lab.pidfile]).status, 0);
  assert.match((await lab.example("start")).json.message ?? "", /not a regular file/);
  assert.equal((await lab.example("status")).json.state, "unknown");
});

test("a record that others can write to is not believed", async (t) => {
  const lab = new Lab(t);
  await assertStarts(lab);
  chmodSync(`${lab.pidfile}.state`, 0o666);
  const { state, reason } = (await lab.example("status")).json;
  assert.equal(state, "unknown");
  assert.match(reason ?? "", /other users can write to it/);
  assert.equal((await lab.example("stop")).json.code, "bad-pidfile");
  assert.ok(isRunning(lab.pidIn()));
});

test(
  "another user's files are replaced by a start, and not believed about others' processes",
  needs("root"),
  async (t) => {
    const lab = new Lab(t);
    await assertStarts(lab);
    const record = readFileSync(`${lab.pidfile}.state`, "utf8");
    const forged = lab.path("forged/run/example.pid");
    chownSync(lab.write("forged/run/example.pid.state", record), 65534, 65534);
    const status = inspectInstance(forged);
    assert.equal(status.state, "unknown");
    assert.match(status.reason, /belongs to uid 65534 but names a process of uid 0/);
    await assert.rejects(stopInstance(forged, { timeoutMs: 1000, force: true }), { code: "bad-pidfile" });
    assert.ok(isRunning(lab.pidIn()));
    assert.equal((await lab.example("stop")).json.outcome, "stopped");

    for (const suffix of ["", ".state", ".lock"]) {
      chownSync(lab.write(`run/example.pid${suffix}`, ""), 65534, 65534);
    }
    await assertStarts(lab);
    for (const suffix of ["", ".state", ".lock"]) assert.equal(statSync(lab.pidfile + suffix).uid, 0);
  },
);

test("a pidfile removed by hand: the daemon is still the instance, and ends as it should", async (t) => {
  const lab = new Lab(t);
  await assertStarts(lab);
  const pid = lab.pidIn();
  spawnSync("rm", [lab.pidfile]);
  assert.equal((await lab.example("status")).json.pid ?? pid, pid);
  assert.equal((await lab.example("start")).json.code, "already-running");
  assert.deepEqual((await lab.example("stop")).json, { outcome: "stopped", pid });
  assert.deepEqual(readdirSync(lab.path("run")), []);
});

test("all files removed by hand: the daemon does not remove its successor's", async (t) => {
  const lab = new Lab(t);
  await assertStarts(lab);
  const first = lab.pidIn();
  spawnSync("rm", ["-r", lab.path("run")]);
  await assertStarts(lab);
  const second = lab.pidIn();
  assert.notEqual(second, first);
  process.kill(first, "SIGTERM");
  await waitFor("the end of the first", () => !isRunning(first));
  assert.equal(lab.pidIn(), second);
  assert.ok(existsSync(`${lab.pidfile}.launch`));
  assert.equal((await lab.example("status")).json.state, "running");
});

test(
  "who may read the pidfile cannot prevent a start, before, while or after the daemon runs",
  needs("root", "flock", "setpriv"),
  async (t) => {
    const lab = new Lab(t);
    await assertStarts(lab);
    const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    for (const name of ["example.pid", "example.pid.state"]) {
      const path = lab.path(`run/${name}`);
      const holder = spawn("setpriv", [...nobody, "flock", "-s", path, "tail", "-f", path], { stdio: "ignore" });
      lab.track(holder.pid ?? 0);
      t.after(() => holder.kill("SIGKILL"));
    }
    const refused = spawnSync("setpriv", [...nobody, "flock", "-s", "-n", `${lab.pidfile}.lock`, "true"]);
    assert.notEqual(refused.status, 0, "the lock that counts is not to be had");
    lab.killNow();
    await waitFor("its end", () => !isRunning(lab.pidIn()));
    await assertStarts(lab);
    assert.equal((await lab.example("stop")).json.outcome, "stopped");
    await assertStarts(lab);
  },
);

test("a lock that is no daemon's is told as what it is", needs("flock"), async (t) => {
  const lab = new Lab(t);
  mkdirSync(lab.path("run"));
  const lock = lab.write("run/example.pid.lock", "");
  const holder = spawn("flock", [lock, "tail", "-f", lock], { stdio: "ignore", detached: true });
  lab.track(holder.pid ?? 0);
  await waitFor("the lock", () => spawnSync("flock", ["-n", lock, "true"]).status === 1);
  const { json } = await lab.example("start");
  assert.equal(json.code, "bad-pidfile");
  assert.match(
    json.message ?? "",
    new RegExp(`held by pid ${holder.pid} \\(flock\\).*no daemon of ours says that it runs`),
  );
});

test("init scripts, ps, kill and Python read the pidfile as they read any other", needs("python3"), async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "hooks");
  lab.write("config", "12345 67890");
  await lab.example("reload");
  await waitFor("a text with numbers", () => lab.state().text === "reloaded 12345 67890");
  const pid = lab.pidIn();
  const script = `set -e; kill -0 $(cat "$1"); ps -o pid= -p $(cat "$1"); [ -x /proc/$(cat "$1") ]; read p < "$1"; echo $p
    python3 -c 'import sys; print(int(open(sys.argv[1]).read()))' "$1"; kill -TERM $(cat "$1")`;
  const { code, stdout } = await lab.run("sh", ["-c", script, "sh", lab.pidfile]);
  assert.equal(code, 0);
  assert.deepEqual(stdout.trim().split(/\s+/), [String(pid), String(pid), String(pid)]);
  await waitFor("its end", () => !isRunning(pid));
  assert.equal(existsSync(lab.pidfile), false);
});
