// The command line that comes with the library: what it prints, its exit codes, and no stack for what a user can mend.
import assert from "node:assert/strict";
import { readFileSync, renameSync } from "node:fs";
import { test } from "node:test";
import { type Finished, isRunning, Lab, waitFor } from "../lab.js";

const PROGRAM = `
import { existsSync, readFileSync } from "node:fs";
import { Daemon, runDaemonCli } from "pyredis/daemon";
class Part extends Daemon {
  async run() {
    if (existsSync("broken")) { console.error("one word"); throw new Error("the moon has gone"); }
    this.onReload(() => this.status("read " + readFileSync("config", "utf8")));
    this.ready({ addresses: ["here"] });
    console.log("line 1\\nline 2\\nline 3");
    await new Promise(() => setInterval(() => {}, 1e6));
  }
}
const make = (word) => new Part({ pidfile: word + ".pid", logFile: word + ".log", workingDirectory: "." });
`;
const ONE = `${PROGRAM} await make("moon").cli();`;
const TWO = `${PROGRAM} await runDaemonCli(["moon", "sun"].map(make));`;

function prepare(lab: Lab, code: string): (...words: string[]) => Promise<Finished> {
  const program = lab.writeProgram(code, "moons.mjs");
  return async (...words) => {
    const finished = await lab.run(process.execPath, [program, ...words]);
    for (const word of ["moon", "sun"]) lab.track(lab.pidIn(lab.path(`${word}.pid`)));
    assert.doesNotMatch(finished.stderr, /^ +at /m, "no stack");
    return finished;
  };
}

test("start, status, reload, reopen, logs, restart and stop say what they did, with the codes of the LSB", async (t) => {
  const lab = new Lab(t);
  const run = prepare(lab, ONE);
  const log = lab.path("moon.log");
  assert.deepEqual(await run("status"), { code: 3, stdout: "moon is stopped\n", stderr: "" });
  assert.deepEqual(await run("stop"), { code: 0, stdout: "moon is not running\n", stderr: "" });
  assert.deepEqual(await run("reload"), { code: 7, stdout: "", stderr: "moon: it is not running\n" });

  const started = await run("start");
  const pid = lab.pidIn(lab.path("moon.pid"));
  assert.deepEqual(started, { code: 0, stdout: `moon is running: pid ${pid}, here, log ${log}\n`, stderr: "" });
  assert.deepEqual(await run("start"), {
    code: 150,
    stdout: "",
    stderr: `moon: moon is already running, pid ${pid} (pidfile ${lab.path("moon.pid")})\n`,
  });
  assert.deepEqual(await run("status"), {
    code: 0,
    stdout: `moon is running, pid ${pid}, here, log ${log}\n`,
    stderr: "",
  });
  const json: Record<string, unknown> = JSON.parse((await run("status", "--json")).stdout);
  assert.deepEqual([json.daemon, json.state, json.code, json.pid], ["moon", "running", 0, pid]);

  lab.write("config", "it");
  assert.deepEqual(await run("reload"), { code: 0, stdout: "moon reloads\n", stderr: "" });
  await waitFor("the reload", async () => (await run("status")).stdout.includes("read it"));
  assert.equal((await run("logs", "-n", "2")).stdout, "line 2\nline 3\n");
  renameSync(log, `${log}.1`);
  assert.equal((await run("reopen")).code, 0);

  assert.equal((await run("restart")).code, 0);
  const next = lab.pidIn(lab.path("moon.pid"));
  assert.notEqual(next, pid);
  assert.deepEqual(await run("stop"), { code: 0, stdout: `moon has stopped (pid ${next})\n`, stderr: "" });
  assert.equal(isRunning(next), false);
});

test("wrong words are told with a suggestion, and are code 2", async (t) => {
  const lab = new Lab(t);
  const run = prepare(lab, ONE);
  for (const [words, message] of [
    [["strat"], /unknown command 'strat'\n\(Did you mean start\?\)/],
    [["start", "--start-timout", "1"], /unknown option '--start-timout'\n\(Did you mean --start-timeout\?\)/],
    [["start", "--start-timeout", "soon"], /Not a time in seconds/],
    [["logs", "-n", "x"], /Not a number of lines/],
    [["status", "moon"], /too many arguments/],
    [["constructor"], /unknown command/],
    [["run"], /unknown command/],
    [[], /^Usage: moons\.mjs .*\n(.*\n)*Commands:\n {2}start/],
  ] as const) {
    const { code, stdout, stderr } = await run(...words);
    assert.deepEqual([code, stdout], [2, ""], words.join(" "));
    assert.match(stderr, message);
  }
  const help = await run("--help");
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: moons\.mjs/);
});

test("a failed start has its reason and the end of the log; words behind -- are the program's", async (t) => {
  const lab = new Lab(t);
  const run = prepare(lab, ONE);
  lab.write("broken", "");
  const { code, stderr } = await (async () => {
    const program = lab.path("moons.mjs");
    return await lab.run(process.execPath, [program, "start", "--", "--of", "mine"]);
  })();
  assert.equal(code, 1);
  assert.match(stderr, /^moon: the moon has gone\nThe end of its log:\n {2}one word\n/);
  assert.equal((await run("status")).code, 3);
});

test("options that make no sense are told without a stack where the daemon is made by a function", async (t) => {
  const lab = new Lab(t);
  const run = prepare(lab, `${PROGRAM} await runDaemonCli(() => new Part({ pidFile: "x" }));`);
  const { code, stderr } = await run("start");
  assert.equal(code, 2);
  assert.match(stderr, /^moons\.mjs: .*there is no option "pidFile" \(did you mean "pidfile"\?\)\n$/);
});

test("several daemons share one command line, and are named where one is meant", async (t) => {
  const lab = new Lab(t);
  const run = prepare(lab, TWO);
  const started = await run("start");
  assert.equal(started.code, 0, started.stderr);
  assert.match(started.stdout, /^moon is running: .*\nsun is running: .*\n$/);
  assert.equal((await run("restart", "sun")).code, 0);
  assert.match((await run("stop", "sun")).stdout, /^sun has stopped \(pid \d+\)\n$/);
  const status = await run("status");
  assert.equal(status.code, 3, "the first that is not 0");
  assert.match(status.stdout, /^moon is running, .*\nsun is stopped\n$/);
  const wrong = await run("stop", "mon");
  assert.deepEqual(
    [wrong.code, wrong.stderr],
    [2, "error: there is no daemon 'mon' (did you mean \"moon\"?): moon, sun\n"],
  );
  assert.match((await run("stop")).stdout, /^moon has stopped .*\nsun is not running\n$/);
});

test("instances have a line each", async (t) => {
  const lab = new Lab(t);
  const run = prepare(
    lab,
    `${PROGRAM} await new Part({ pidfile: "moon.pid", logFile: "moon.log", workingDirectory: ".", instances: 2 }).cli();`,
  );
  const started = await run("start");
  for (const i of [0, 1]) lab.track(lab.pidIn(lab.path(`moon@${i}.pid`)));
  assert.equal(started.code, 0, started.stderr);
  assert.match(started.stdout, /^moon is running: pid \d+.*moon@0\.log\nmoon is running: pid \d+.*moon@1\.log\n$/);
  assert.match((await run("status")).stdout, /^moon 0 is running, .*\nmoon 1 is running, .*\n$/);
  assert.match((await run("logs", "-n", "1")).stdout, /^line 3\nline 3\n$/);
  assert.equal((await run("stop")).code, 0);
  assert.equal((await run("status")).stdout, "moon is stopped\n");
  assert.match(readFileSync(lab.path("moon@1.log"), "utf8"), /line 1/);
});
