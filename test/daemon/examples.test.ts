// The programs that README.md and docs/daemon.md print, taken from there and run: each in a folder of its own, beside an
// installed pyredis, as a reader would copy it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { type Finished, findFreePort, isRunning, Lab, waitFor } from "./lab.js";

const ROOT = new URL("../../..", import.meta.url).pathname;

/** All programs of a page, or of one part of it: `## The library`. */
function listPrograms(file: string, part?: string): string[] {
  const text = readFileSync(`${ROOT}/${file}`, "utf8");
  const start = part === undefined ? 0 : text.indexOf(`\n${part}\n`);
  assert.notEqual(start, -1, `${file} has no ${part}`);
  const end = part === undefined ? text.length : text.indexOf("\n## ", start + 4);
  return [...text.slice(start, end).matchAll(/```[jt]s\n(.*?)```/gs)].map(([, code = ""]) => code);
}

function findProgram(file: string, word: string): string {
  const found = listPrograms(file).filter((code) => code.includes(word));
  assert.equal(found.length, 1, `${file}: the program with ${word}`);
  return found[0] ?? "";
}

type Run = (verb: string) => Promise<Finished>;

/** start, restart and stop, as every one of them can. */
async function live(lab: Lab, run: Run, pidfile: string): Promise<void> {
  const started = await run("start");
  assert.equal(started.code, 0, started.stderr);
  const first = lab.track(lab.pidIn(pidfile));
  assert.ok(isRunning(first));
  assert.ok(started.stdout.includes(`is running: pid ${first}`), started.stdout);
  const restarted = await run("restart");
  assert.equal(restarted.code, 0, restarted.stderr);
  const second = lab.track(lab.pidIn(pidfile));
  assert.notEqual(second, first);
  assert.equal((await run("status")).code, 0);
  const stopped = await run("stop");
  assert.equal(stopped.code, 0, stopped.stderr);
  assert.equal(isRunning(second), false);
  assert.equal((await run("strat")).code, 2);
}

function install(lab: Lab, code: string): Run {
  const program = lab.writeProgram(code, "example.mjs");
  return (verb) => lab.run(process.execPath, [program, verb]);
}

test("README: the ticker starts, ticks, tells its status, and stops", async (t) => {
  const lab = new Lab(t);
  const [code = "", ...others] = listPrograms("README.md", "## Daemons of your own");
  assert.equal(others.length, 0);
  const run = install(lab, code);
  const { code: exit, stdout, stderr } = await run("start");
  assert.equal(exit, 0, stderr);
  const pid = lab.track(lab.pidIn(lab.path("ticker.pid")));
  assert.match(stdout, new RegExp(`^ticker is running: pid ${pid}, log .*/ticker\\.log\n$`));
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), "/", "by default; its files were named before");
  assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^Umask:\s+0027$/m);
  await waitFor("three ticks", () => readFileSync(lab.path("ticker.log"), "utf8").startsWith("tick\ntick\ntick\n"));
  assert.match((await run("status")).stdout, /^ticker is running, pid/);
  assert.match((await run("logs")).stdout, /^tick\n/);
  assert.equal((await run("stop")).code, 0);
  await live(lab, run, lab.path("ticker.pid"));
});

test("docs/daemon.md: every program of the page is one of those below", () => {
  assert.equal(listPrograms("docs/daemon.md").length, 4, "a new one needs a test of its own");
});

test("docs/daemon.md: the library's first example serves, and stops in order", async (t) => {
  const lab = new Lab(t);
  const port = await findFreePort();
  const run = install(lab, findProgram("docs/daemon.md", "class Hello").replaceAll("7000", String(port)));
  assert.equal((await run("start")).code, 0);
  lab.track(lab.pidIn(lab.path("hello.pid")));
  const socket = createConnection(port, "127.0.0.1");
  const [data] = await once(socket, "data");
  assert.equal(String(data), "hello\n");
  socket.destroy();
  assert.ok((await run("status")).stdout.includes(`*:${port}`));
  assert.equal((await run("stop")).code, 0);
  await live(lab, run, lab.path("hello.pid"));
});

test("docs/daemon.md: the classic Python Daemon class in nine lines", async (t) => {
  const lab = new Lab(t);
  const code = findProgram("docs/daemon.md", "class MyDaemon");
  assert.equal(code.trim().split("\n").filter(Boolean).length, 9);
  await live(lab, install(lab, code), lab.path("daemon.pid"));
});

test("docs/daemon.md: one daemon for each core", async (t) => {
  const lab = new Lab(t);
  const run = install(lab, findProgram("docs/daemon.md", "class Crawler"));
  const started = await run("start");
  const cores = availableParallelism();
  for (let i = 0; i < cores; i++) lab.track(lab.pidIn(lab.path(`crawler@${i}.pid`)));
  assert.equal(started.code, 0, started.stderr);
  const lines = started.stdout.trim().split("\n");
  assert.equal(lines.length, cores);
  for (const [i, line] of lines.entries()) assert.ok(line.includes(`share ${i} of ${cores}`), line);
  assert.equal((await run("stop")).code, 0);
});

test("docs/daemon.md: a function gives its result, here and by its name", async (t) => {
  const lab = new Lab(t);
  const program = lab.writeProgram(findProgram("docs/daemon.md", "Daemon.run("), "example.mjs");
  // Its own place of state: the example uses the default one. Root's is the system's, which stays as it is found.
  const env = { XDG_STATE_HOME: lab.home, HOME: lab.home };
  const { code, stdout, stderr } = await lab.run(process.execPath, [program], { env });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "all of 2026\nall of 2026\n");
});
