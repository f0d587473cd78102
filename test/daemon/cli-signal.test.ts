// pyredis reload, reopen and signal, with the real server.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readlinkSync, renameSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { type Finished, findFreePort, isRunning, Lab, needs, processState, waitFor } from "./lab.js";

const MAIN = new URL("../../../dist/cli/main.js", import.meta.url).pathname;

interface Instance {
  readonly lab: Lab;
  readonly log: string;
  pid(): number;
  pyredis(...words: string[]): Promise<Finished>;
}

async function makeInstance(t: TestContext): Promise<Instance> {
  const lab = new Lab(t);
  const port = await findFreePort();
  const log = lab.path("server.log");
  const args = ["--port", String(port), "--dir", lab.home, "--pidfile", lab.path("p.pid"), "--logfile", log];
  return {
    lab,
    log,
    pid: () => lab.track(lab.pidIn(lab.path("p.pid"))),
    pyredis: (...words) => lab.run(process.execPath, [MAIN, ...words, ...args]),
  };
}

/** The files behind standard output and standard error. */
function streamsOf(pid: number): string[] {
  return [1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
}

for (const [verb, signal] of [
  ["reload", "SIGHUP"],
  ["reopen", "SIGUSR1"],
] as const) {
  test(`${verb} (${signal}) opens the log anew, and the server works on`, needs("addon"), async (t) => {
    const { lab, log, pid, pyredis } = await makeInstance(t);
    assert.equal((await pyredis("start")).code, 0);
    const rotated = lab.path("server.log.1");
    renameSync(log, rotated);
    assert.deepEqual(streamsOf(pid()), [rotated, rotated]);
    const sent = await pyredis(verb);
    assert.deepEqual([sent.code, sent.stdout], [0, `p (pid ${pid()}) opens its log anew\n`]);
    await waitFor("the new log", () => streamsOf(pid()).every((file) => file === log));
    assert.equal((await pyredis("status")).code, 0);
    assert.equal((await pyredis("stop")).code, 0);
    assert.match(readFileSync(log, "utf8"), /bye bye/, "the server's own lines are in the new one");
  });
}

test("signal sends any signal by its name, to this process only", async (t) => {
  const { pid, pyredis } = await makeInstance(t);
  assert.equal((await pyredis("start")).code, 0);
  const server = pid();
  const stopped = await pyredis("signal", "stop");
  assert.deepEqual([stopped.code, stopped.stdout], [0, `p (pid ${server}) was sent SIGSTOP\n`]);
  await waitFor("the stop", () => processState(server) === "T");
  assert.equal((await pyredis("signal", "SIGCONT")).code, 0);
  await waitFor("its going on", () => processState(server) !== "T");
  assert.equal((await pyredis("signal", "TERM")).code, 0);
  await waitFor("its end", () => !isRunning(server));
});

test("what does not run is code 7, and a word that is no signal code 2", async (t) => {
  const { lab, pyredis } = await makeInstance(t);
  for (const words of [["reload"], ["reopen"], ["signal", "HUP"]]) {
    const { code, stdout, stderr } = await pyredis(...words);
    assert.deepEqual([code, stdout, stderr], [7, "", `pyredis: p is not running (pidfile ${lab.path("p.pid")})\n`]);
  }
  for (const words of [["signal", "moon"], ["signal", "0"], ["signal"]]) {
    const { code, stderr } = await pyredis(...words);
    assert.equal(code, 2, words.join(" "));
    assert.notEqual(stderr, "");
  }
  assert.ok(!existsSync(lab.path("p.pid")));
  const help = await lab.run(process.execPath, [MAIN, "--help"]);
  for (const verb of ["reload", "reopen", "signal"]) assert.match(help.stdout, new RegExp(`^ {2}${verb} `, "m"));
});
