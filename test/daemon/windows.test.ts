// Windows by design: with everything of POSIX taken away (fixtures/windows.ts), the server and a daemon run in the
// foreground, and what cannot be had is refused in words. No Windows is here: this is the nearest thing.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { EXAMPLE, type Finished, findFreePort, Lab, waitFor } from "./lab.js";
import { exitOf } from "./manager.js";

const FAKE = new URL("./fixtures/windows.js", import.meta.url).href;
const MAIN = new URL("../../../dist/cli/main.js", import.meta.url).pathname;
const EMPTY_PATH = { PATH: "/nowhere", PYREDIS_NO_NATIVE: "1" };

function runOnWindows(lab: Lab, ...words: string[]): Promise<Finished> {
  return lab.run(process.execPath, ["--import", FAKE, ...words], { env: EMPTY_PATH });
}

interface Server {
  readonly child: ChildProcess;
  readonly output: () => string;
}

function spawnOnWindows(lab: Lab, ...words: string[]): Server {
  const env = { ...process.env, ...EMPTY_PATH, PYREDIS_DAEMON_REGISTRY: lab.path("registry") };
  const child = spawn(process.execPath, ["--import", FAKE, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
  lab.track(child.pid ?? 0);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

test("the fake is one: platform, POSIX calls and /proc are gone", async (t) => {
  const lab = new Lab(t);
  const script = `import { readFileSync } from "node:fs";
    let proc = true;
    try { readFileSync("/proc/self/stat"); } catch { proc = false; }
    console.log(process.platform, typeof process.getuid, typeof process.setgroups, proc);`;
  const { stdout } = await runOnWindows(lab, "--input-type=module", "--eval", script);
  assert.equal(stdout, "win32 undefined undefined false\n");
});

test("pyredis/daemon can be imported, and says that it has no addon", async (t) => {
  const lab = new Lab(t);
  const library = JSON.stringify(new URL("../../../dist/daemon/index.mjs", import.meta.url).href);
  const script = `import { Daemon, nativeProblem, detectServiceManager } from ${library};
    console.log(typeof Daemon, nativeProblem(), detectServiceManager(), Daemon.list().length);`;
  const { stdout, stderr } = await runOnWindows(lab, "--input-type=module", "--eval", script);
  assert.deepEqual([stdout, stderr], ["function PYREDIS_NO_NATIVE=1 undefined 0\n", ""]);
});

for (const words of [["server"], ["start", "--no-detach", "--pidfile", "p.pid"]]) {
  test(`pyredis ${words.slice(0, 2).join(" ")} serves in the foreground`, async (t) => {
    const lab = new Lab(t);
    const port = await findFreePort();
    const file = lab.path("server.log");
    const places = ["--dir", lab.home, "--logfile", file];
    const server = spawnOnWindows(lab, MAIN, ...words, "--port", String(port), ...places);
    const exited = exitOf(server.child);
    const ask = (...command: string[]): string =>
      spawnSync("redis-cli", ["-p", String(port), ...command], { encoding: "utf8" }).stdout;
    const log = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
    await waitFor("ready", () => log().includes("Ready to accept connections"));
    assert.equal(ask("set", "a", "b"), "OK\n");
    ask("shutdown", "nosave");
    assert.equal(await exited, 0, server.output());
    assert.doesNotMatch(server.output(), /TypeError|Error:/);
    assert.equal(existsSync(lab.path("p.pid")), false, "it has taken its pidfile along");
  });
}

test("a daemon with detach: false runs", async (t) => {
  const lab = new Lab(t);
  const env = { EXAMPLE_OPTIONS: '{"detach":false}' };
  const finished = await lab.run(process.execPath, ["--import", FAKE, EXAMPLE, "start", lab.home, "ends"], {
    env: { ...EMPTY_PATH, ...env },
  });
  assert.deepEqual([finished.code, finished.stderr], [0, ""]);
  assert.match(finished.stdout, /^run \d+ ends\n$/);
});

test("what needs POSIX is refused in words", async (t) => {
  const lab = new Lab(t);
  const start = async (options: object): Promise<Finished> =>
    await lab.run(process.execPath, ["--import", FAKE, EXAMPLE, "start", lab.home, "ok"], {
      env: { ...EMPTY_PATH, EXAMPLE_OPTIONS: JSON.stringify(options) },
    });
  assert.match((await start({ detach: true })).stdout, /"message":"Windows has no daemons/);
  assert.match(
    (await start({ detach: false, uid: "nobody" })).stdout,
    /"message":"a user name needs the native addon"/,
  );
  const port = String(await findFreePort());
  const command = await runOnWindows(lab, MAIN, "start", "--port", port, "--dir", lab.home);
  assert.equal(command.code, 1);
  assert.match(command.stderr, /^pyredis: Windows has no daemons.*--no-detach/);
});
