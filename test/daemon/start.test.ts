// Starting: what the new process looks like, who wins, and what the starter is told.
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { test } from "node:test";
import { isRunning, Lab, listFds, needs, readPs, waitFor } from "./lab.js";

test("start returns when the daemon is ready, and the pidfile has its pid and a newline, nothing else", async (t) => {
  const lab = new Lab(t);
  const { code, json } = await lab.example("start");
  assert.equal(code, 0);
  assert.deepEqual(json.addresses, ["example:ok"]);
  assert.equal(lab.pidIn(), json.pid);
  assert.ok(isRunning(lab.pidIn()));
  assert.equal(statSync(lab.pidfile).mode & 0o777, 0o644);
  assert.equal(readFileSync(lab.pidfile, "utf8"), `${json.pid}\n`);
  assert.match(lab.state().start ?? "", /^\d+@[0-9a-f-]+$/);
  assert.deepEqual(readdirSync(lab.path("run")).sort(), [
    "example.pid",
    "example.pid.launch",
    "example.pid.lock",
    "example.pid.state",
  ]);
  assert.equal(statSync(`${lab.pidfile}.state`).mode & 0o777, 0o644);
  assert.equal(statSync(`${lab.pidfile}.lock`).mode & 0o777, 0o600, "nobody else can lock it");
});

test("the daemon leads no session, has no terminal, and is reparented", needs("addon", "script"), async (t) => {
  const lab = new Lab(t);
  // script(1) gives the starter a controlling terminal, which the daemon must not keep.
  const command = `"${process.execPath}" "$EXAMPLE" start "${lab.home}" && ps -o tty= -p $$`;
  const example = new URL("./fixtures/example-daemon.js", import.meta.url).pathname;
  const starter = await lab.run("script", ["-qec", command, "/dev/null"], { env: { EXAMPLE: example } });
  assert.equal(starter.code, 0, starter.stdout);
  assert.match(starter.stdout, /pts\//, "the starter had a terminal");
  const pid = lab.track(lab.pidIn());
  const [ppid = "", pgid, sid, tty] = readPs(pid, "ppid,pgid,sid,tty");
  assert.equal(tty, "?");
  assert.notEqual(sid, String(pid));
  assert.equal(sid, pgid);
  assert.ok(ppid === "1" || readPs(Number(ppid), "comm")[0] === "systemd", "init is the parent");
  assert.equal(readPs(Number(sid), "pid")[0], "", "the intermediate child is gone and reaped");
});

test("working directory, umask and signals are as configured, not as inherited", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "ok", { cwd: "/usr" });
  const status = readFileSync(`/proc/${lab.pidIn()}/status`, "utf8");
  assert.equal(readlinkSync(`/proc/${lab.pidIn()}/cwd`), lab.home);
  assert.match(status, /^Umask:\s+0037$/m);
  assert.match(status, /^SigBlk:\s+0+$/m);
});

test("the log is appended to, whoever else writes to it", async (t) => {
  const lab = new Lab(t);
  await lab.example("start");
  const O_APPEND = 0o2000;
  for (const fd of [1, 2]) {
    const info = readFileSync(`/proc/${lab.pidIn()}/fdinfo/${fd}`, "utf8");
    const flags = Number.parseInt(/^flags:\s+([0-7]+)$/m.exec(info)?.[1] ?? "0", 8);
    assert.notEqual(flags & O_APPEND, 0);
  }
});

test("no descriptor of the starter reaches the daemon, whatever its number", async (t) => {
  const lab = new Lab(t);
  const marker = openSync(lab.write("marker", ""), "r");
  const fds = Array.from({ length: 60 }, (_, i): number | "ignore" => (i === 0 || i === 57 ? marker : "ignore"));
  await lab.example("start", "ok", { fds });
  closeSync(marker);
  const open = listFds(lab.pidIn());
  assert.equal(open.includes(lab.path("marker")), false, open.join("\n"));
  const files = new Set(open.filter((target) => target.startsWith("/")));
  assert.deepEqual([...files].sort(), [
    "/dev/null",
    lab.path("example.log"),
    lab.pidfile,
    `${lab.pidfile}.lock`,
    `${lab.pidfile}.state`,
  ]);
});

test("the second start fails and tells the pid of the first", async (t) => {
  const lab = new Lab(t);
  const first = await lab.example("start");
  const second = await lab.example("start");
  assert.equal(second.code, 1);
  assert.equal(second.json.code, "already-running");
  assert.equal(second.json.pid, first.json.pid);
});

test("of many concurrent starters exactly one wins, and the losers tell the winner's pid", async (t) => {
  const lab = new Lab(t);
  const starters = await Promise.all(Array.from({ length: 20 }, () => lab.example("start")));
  const winners = starters.filter((starter) => starter.code === 0);
  assert.equal(winners.length, 1);
  for (const { json } of starters) assert.equal(json.pid, winners[0]?.json.pid);
  assert.equal(starters.filter(({ json }) => json.code === "already-running").length, 19);
  assert.equal(lab.log.match(/^run /gm)?.length, 1, "only one run()");
});

test("after kill -9 the next start works, at once and every time", async (t) => {
  const lab = new Lab(t);
  for (let round = 0; round < 3; round++) {
    const { code, json } = await lab.example("start");
    assert.equal(code, 0, json.message);
    lab.killNow();
  }
});

test("kill -9 of the starter at any moment leaves nothing that prevents a start", async (t) => {
  const lab = new Lab(t);
  for (const moment of ["run/example.pid", "run/example.pid.launch", "example.log"]) {
    const starter = lab.spawnExample("start", "ok");
    await waitFor(moment, () => existsSync(lab.path(moment)));
    starter.kill("SIGKILL");
    await waitFor("the end of the starter", () => starter.signalCode !== null || starter.exitCode !== null);
    // Whether the first daemon was made or not: one runs now, and it can be stopped.
    const { code, json } = await lab.example("start");
    assert.ok(code === 0 || json.code === "already-running", json.message);
    assert.ok(isRunning(json.pid ?? 0));
    assert.equal((await lab.example("stop")).json.outcome, "stopped");
  }
});

test("a run() that throws before it is ready gives the starter its message", async (t) => {
  const lab = new Lab(t);
  const { code, json } = await lab.example("start", "throws");
  assert.equal(code, 1);
  assert.equal(json.code, "start-failed");
  assert.equal(json.message, "the moon is in the wrong phase");
  assert.match(lab.log, /at ExampleDaemon\.run/, "the stack is in the log");
});

test("an unhandled rejection before ready is a failed start", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "rejects");
  assert.equal(json.code, "start-failed");
  assert.equal(json.message, "nobody awaits this");
});

test("a reason given with fail() reaches the starter", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "fails");
  assert.equal(json.message, "the port is taken");
});

test("a daemon that just exits is explained by the end of its log", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "exits");
  assert.equal(json.code, "start-failed");
  assert.equal(json.message, "ended before it was ready: exit code 3");
  assert.match(json.log ?? "", /^run \d+ exits\nthe last words in the log\n$/m);
});

test("a daemon that is not ready in time is stopped, and the start has failed", async (t) => {
  const lab = new Lab(t);
  const { json } = await lab.example("start", "never-ready");
  assert.equal(json.code, "start-timeout");
  assert.equal(isRunning(json.pid ?? 0), false);
});

test("a failed start leaves no pidfile and no launch record", async (t) => {
  const lab = new Lab(t);
  for (const mode of ["throws", "exits", "fails", "never-ready"]) {
    await lab.example("start", mode);
    assert.deepEqual(readdirSync(lab.path("run")), [], mode);
  }
  assert.equal((await lab.example("start")).code, 0);
});

test("a log file that cannot be opened is the reason, before anything is started", async (t) => {
  const lab = new Lab(t);
  lab.write("example.log/in-the-way", "");
  const { json } = await lab.example("start");
  assert.equal(json.code, "start-failed");
  assert.match(json.message ?? "", /cannot write to the log file .*: it is a directory/);
  assert.deepEqual(readdirSync(lab.path("run")), []);
});

test("the daemon's children inherit neither the lock nor the hand-off", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "parent");
  const child = lab.track(Number(/child (\d+)/.exec(lab.log)?.[1]));
  assert.equal(listFds(child).includes(lab.pidfile), false);
  assert.match(lab.log, /handoff undefined/);
  lab.killNow();
  assert.equal((await lab.example("start")).code, 0, "a surviving child does not hold the instance");
});
