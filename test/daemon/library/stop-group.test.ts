// What a daemon has spawned: it lives on after the daemon, or with `stopGroup` ends with it, however that ends.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isRunning, killNow, Lab, waitFor } from "../lab.js";

/** Children: one that ends at SIGTERM, one that does not, its own child, and one with a session of its own. */
const PROGRAM = `
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { Daemon } from "pyredis/daemon";
class Main extends Daemon {
  async run() {
    const script = 'echo $$ >> pids; "$@"; exit 0';
    const stubborn = 'trap "" TERM; echo $$ >> pids; while :; do sleep 1; done';
    const options = { stdio: "ignore", cwd: process.argv[4] };
    spawn("sh", ["-c", script, "sh", "tail", "-f", "/dev/null", process.argv[4] + "/pids"], options);
    spawn("sh", ["-c", stubborn, "sh", process.argv[4]], options);
    const apart = spawn("tail", ["-f", process.argv[4] + "/pids"], { ...options, detached: true });
    appendFileSync(process.argv[4] + "/apart", String(apart.pid));
    process.on("SIGUSR2", () => process.exit(9));
    this.ready();
    await new Promise((resolve) => { const alive = setInterval(() => {}, 1e6); process.on("SIGWINCH", () => { clearInterval(alive); resolve(); }); });
  }
}
const options = { pidfile: "main.pid", logFile: "main.log", stopTimeoutMs: 2000, ...JSON.parse(process.argv[3]) };
console.log(JSON.stringify(await new Main(options)[process.argv[2]]()));`;

class GroupLab extends Lab {
  get children(): number[] {
    return readFileSync(this.path("pids"), "utf8").trim().split("\n").map(Number);
  }

  get apart(): number {
    return this.track(Number(readFileSync(this.path("apart"), "utf8")));
  }

  get pid(): number {
    return this.track(this.pidIn(this.path("main.pid")));
  }

  async does(verb: string, options: object): Promise<void> {
    const program = this.writeProgram(PROGRAM);
    this.write("pids", verb === "start" ? "" : readFileSync(this.path("pids"), "utf8"));
    const { code, stderr } = await this.run(process.execPath, [program, verb, JSON.stringify(options), this.home]);
    assert.equal(code, 0, stderr);
    if (verb === "start") {
      await waitFor("both children", () => this.children.length === 2);
      assert.ok(this.children.map((pid) => this.track(pid)).every(isRunning));
    }
  }

  async ends(): Promise<void> {
    await waitFor("the end of all children", () => !this.children.some(isRunning));
    assert.ok(isRunning(this.apart), "what has made itself a session is not the daemon's any more");
  }
}

for (const supervise of [false, true]) {
  const options = { stopGroup: true, supervise };
  const how = supervise ? "supervised" : "alone";

  test(`stop() ends the whole group, ${how}`, async (t) => {
    const lab = new GroupLab(t);
    await lab.does("start", options);
    await lab.does("stop", options);
    assert.ok(!lab.children.some(isRunning), "when stop() returns they are gone");
    await lab.ends();
  });

  test(`SIGTERM from anybody, and the end of run(), end the whole group, ${how}`, async (t) => {
    for (const signal of ["SIGTERM", "SIGWINCH"] as const) {
      const lab = new GroupLab(t);
      await lab.does("start", options);
      const worker = JSON.parse(
        (await lab.run(process.execPath, [lab.path("program.mjs"), "status", JSON.stringify(options), lab.home]))
          .stdout,
      ).worker;
      process.kill(signal === "SIGWINCH" && supervise ? worker : lab.pid, signal);
      await lab.ends();
    }
  });
}

test("a daemon that is killed leaves its group to the next stop with force", async (t) => {
  const lab = new GroupLab(t);
  const options = { stopGroup: true, handlesSignals: false, signals: { SIGTERM: "ignore" } };
  await lab.does("start", options);
  const program = lab.path("program.mjs");
  const script = readFileSync(program, "utf8").replace("[process.argv[2]]()", ".stop({ force: true, timeoutMs: 200 })");
  const { stdout, stderr } = await lab.run(process.execPath, [
    lab.write("force.mjs", script),
    "stop",
    JSON.stringify(options),
    lab.home,
  ]);
  assert.match(stdout, /"outcome":"(stopped|killed)"/, stderr);
  await lab.ends();
});

test("the children of a crashed worker do not meet those of the next", async (t) => {
  const lab = new GroupLab(t);
  const options = { stopGroup: true, supervise: { firstDelayMs: 10 } };
  await lab.does("start", options);
  const first = lab.children;
  const status = await lab.run(process.execPath, [
    lab.path("program.mjs"),
    "status",
    JSON.stringify(options),
    lab.home,
  ]);
  process.kill(JSON.parse(status.stdout).worker, "SIGUSR2");
  await waitFor("the next children", () => lab.children.length === 4);
  assert.ok(!first.some(isRunning));
  await lab.does("stop", options);
  assert.ok(!lab.children.some(isRunning));
});

test("without the option children live on", async (t) => {
  const lab = new GroupLab(t);
  await lab.does("start", {});
  await lab.does("stop", {});
  const { children } = lab;
  assert.ok(children.every(isRunning));
  for (const pid of children) killNow(pid);
});
