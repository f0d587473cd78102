// The programs that README.md and docs/daemon.md print, taken from there and run.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { test } from "node:test";
import { type Finished, findFreePort, isRunning, Lab, waitFor } from "./lab.js";

const ROOT = new URL("../../..", import.meta.url).pathname;

/** The first block of code after the line, as a program beside an installed pyredis. */
function installExample(lab: Lab, file: string, line: string, change: (code: string) => string): string {
  const text = readFileSync(`${ROOT}/${file}`, "utf8");
  const at = text.indexOf(`\n${line}`);
  assert.notEqual(at, -1, `${file} has no line ${line}`);
  const code = /```[jt]s\n(.*?)```/s.exec(text.slice(at))?.[1] ?? "";
  mkdirSync(lab.path("node_modules"));
  symlinkSync(ROOT, lab.path("node_modules/pyredis"));
  lab.write("package.json", '{ "name": "example" }'); // or a package around the scratch directory would be its own
  return lab.write("example.mjs", change(code));
}

async function live(lab: Lab, program: string, pidfile: string): Promise<void> {
  const run = (verb: string): Promise<Finished> => lab.run(process.execPath, [program, verb]);
  const started = await run("start");
  assert.equal(started.code, 0, started.stderr);
  const first = lab.track(lab.pidIn(pidfile));
  assert.ok(isRunning(first));
  const restarted = await run("restart");
  assert.equal(restarted.code, 0, restarted.stderr);
  const second = lab.track(lab.pidIn(pidfile));
  assert.notEqual(second, first);
  const stopped = await run("stop");
  assert.equal(stopped.code, 0, stopped.stderr);
  assert.equal(isRunning(second), false);
}

test("README: the ticker starts, ticks, tells its status, and stops", async (t) => {
  const lab = new Lab(t);
  const program = installExample(lab, "README.md", "## Daemons of your own", (code) => code);
  const { code, stdout, stderr } = await lab.run(process.execPath, [program, "start"]);
  assert.equal(code, 0, stderr);
  const pid = lab.track(lab.pidIn(lab.path("ticker.pid")));
  assert.match(stdout, new RegExp(`pid: ${pid},`));
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), "/", "by default; its files were named before");
  assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^Umask:\s+0027$/m);
  await waitFor("three ticks", () => readFileSync(lab.path("ticker.log"), "utf8").startsWith("tick\ntick\ntick\n"));
  assert.match((await lab.run(process.execPath, [program, "status"])).stdout, /state: 'running'/);
  assert.equal((await lab.run(process.execPath, [program, "stop"])).code, 0);
  await live(lab, program, lab.path("ticker.pid"));
});

test("docs/daemon.md: the library's first example serves, and stops in order", async (t) => {
  const lab = new Lab(t);
  const port = await findFreePort();
  const program = installExample(lab, "docs/daemon.md", "## The library", (code) =>
    code
      .replaceAll("7000", String(port))
      .replace("/run/hello.pid", lab.path("hello.pid"))
      .replace("/var/log/hello.log", lab.path("hello.log"))
      .replace("daemon.start()", "daemon[process.argv[2]]()"),
  );
  assert.equal((await lab.run(process.execPath, [program, "start"])).code, 0);
  lab.track(lab.pidIn(lab.path("hello.pid")));
  const socket = createConnection(port, "127.0.0.1");
  const [data] = await once(socket, "data");
  assert.equal(String(data), "hello\n");
  socket.destroy();
  assert.equal((await lab.run(process.execPath, [program, "stop"])).code, 0);
  await live(lab, program, lab.path("hello.pid"));
});

test("docs/daemon.md: the classic Python Daemon class in ten lines", async (t) => {
  const lab = new Lab(t);
  const work = 'import { setTimeout } from "node:timers/promises";\nconst doSomething = () => setTimeout(10);\n';
  const program = installExample(lab, "docs/daemon.md", "The classic Python `Daemon` class", (code) => {
    assert.equal(code.trim().split("\n").filter(Boolean).length, 10);
    return work + code.replaceAll("/tmp/daemon.", lab.path("daemon."));
  });
  await live(lab, program, lab.path("daemon.pid"));
});
