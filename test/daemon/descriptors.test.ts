// Every owner of a descriptor gives it back, also when what it tries fails: pidfiles and their locks, datagram sockets,
// the status pipe of a start, pidfds of signals, the readers of a log. (The poller's: test/integration/closed-server.test.ts.)
import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, rmSync } from "node:fs";
import { test } from "node:test";
import { inspectInstance, readLog, SystemLog } from "#src/daemon/index.js";
import { Claim, removeLeftovers } from "#src/daemon/instance/claim.js";
import { identifyProcess } from "#src/daemon/instance/process-identity.js";
import { trySignal } from "#src/daemon/instance/process-signal.js";
import { spawnDaemon } from "#src/daemon/spawn-daemon.js";
import { Lab } from "./lab.js";

const ROUNDS = 20;
const LINUX = { skip: process.platform !== "linux" && "descriptors are listed on Linux only" };

function countFds(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Does it once, for whatever stays for good, and then again and again: no descriptor more. */
async function assertLeavesNothing(work: () => Promise<void> | void): Promise<void> {
  await work();
  const before = countFds();
  for (let i = 0; i < ROUNDS; i++) await work();
  assert.equal(countFds(), before);
}

test("pidfiles and their locks", LINUX, async (t) => {
  const lab = new Lab(t);
  await assertLeavesNothing(async () => {
    const claim = await Claim.acquire(lab.pidfile);
    const identity = { pid: 4194301, startTime: "1@nobody" };
    claim.writeState({ identity, state: "running", addresses: [], logFile: "" });
    claim.writeState({ identity, state: "running", addresses: ["again"], logFile: "" });
    claim.announce();
    claim.close();
    assert.equal(inspectInstance(lab.pidfile).state, "dead");
    assert.equal(removeLeftovers(lab.pidfile), true);
    rmSync(lab.pidfile); // it names this process, which is not the record's
    assert.equal(inspectInstance(lab.pidfile).state, "stopped");
    lab.write("directory.pid/file", "");
    await assert.rejects(Claim.acquire(lab.path("directory.pid")));
    assert.equal(inspectInstance(lab.path("directory.pid")).state, "unknown");
    lab.write("foreign.pid", "x".repeat(10_000));
    await assert.rejects(Claim.acquire(lab.path("foreign.pid")));
  });
});

test("datagram sockets, with and without somebody who listens", LINUX, async (t) => {
  const lab = new Lab(t);
  await assertLeavesNothing(() => {
    const log = new SystemLog({ ident: "x", path: lab.path("nobody") });
    assert.equal(log.log("info", "a line"), false);
    log.close();
    log.close();
  });
});

test("signals and readers of logs", LINUX, async (t) => {
  const lab = new Lab(t);
  const own = identifyProcess(process.pid);
  assert.ok(own !== undefined);
  process.on("SIGURG", () => {});
  const log = lab.write("a.log", "first\nlast\n");
  await assertLeavesNothing(async () => {
    assert.equal(trySignal(own, "SIGURG"), true);
    assert.equal(trySignal({ ...own, startTime: "another" }, "SIGURG"), false);
    let text = "";
    await readLog(log, { lines: 1, follow: false }, async (chunk) => {
      text += chunk.toString();
    });
    assert.equal(text, "last\n");
  });
});

for (const [what, file, word] of [
  ["a program that is not there", "/nowhere/program", "x"],
  ["a word that no program can get", process.execPath, "a\0b"],
] as const) {
  test(`the start of ${what}`, LINUX, async () => {
    const places = { pidfile: "/x", logFile: "/x", stdout: "", stderr: "", base: "/", workingDirectory: "/" };
    const handoff = { ...places, bootDirectory: "/", role: "daemon", files: 0, settleMs: 0 } as const;
    await assertLeavesNothing(async () => {
      const fd = openSync("/dev/null", "r+");
      const fds = { stdinFd: fd, stdoutFd: fd, stderrFd: fd, lockFd: fd, preserved: [] };
      await assert.rejects(spawnDaemon({ command: { file, args: [word] }, handoff, umask: 0o22, ...fds }));
      closeSync(fd);
    });
  });
}
