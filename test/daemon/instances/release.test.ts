// A deployment switches a link: `current` means v1, then v2. A restart starts what the link means now, and stops nothing
// before it has seen that this comes up.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findFreePort, isRunning, Lab, readPs } from "../lab.js";

function switchTo(lab: Lab, version: string): void {
  symlinkSync(version, lab.path("next"));
  renameSync(lab.path("next"), lab.path("current"));
}

/** `current/bin/pyredis` is a link to v1's program, v2 lies beside it. */
async function makeReleases(t: TestContext): Promise<{ lab: Lab; port: number; words: string[] }> {
  const lab = new Lab(t);
  const package_ = lab.installPackage();
  for (const version of ["v1", "v2"]) {
    cpSync(package_, lab.path(`${version}/pyredis`), { recursive: true });
    mkdirSync(lab.path(`${version}/bin`));
    symlinkSync("../pyredis/dist/cli/main.js", lab.path(`${version}/bin/pyredis`));
  }
  rmSync(package_, { recursive: true });
  switchTo(lab, "v1");
  const port = await findFreePort();
  const conf = lab.write("shared/redis.conf", `port ${port}\nbind 127.0.0.1\npidfile ${lab.path("shared/p.pid")}\n`);
  return { lab, port, words: [conf, "--dir", lab.path("shared"), "--logfile", lab.path("shared/s.log")] };
}

/** The release whose code a process runs. */
function releaseOf(pid: number): string {
  return /\/(v\d)\//.exec(readFileSync(`/proc/${pid}/maps`, "utf8"))?.[1] ?? readPs(pid, "args").join(" ");
}

test("pyredis, called by a link: restart runs the new release, and v1 may be gone by then", async (t) => {
  const { lab, words } = await makeReleases(t);
  const pyredis = (...args: string[]) => lab.run(process.execPath, [lab.path("current/bin/pyredis"), ...args]);
  const pidfile = lab.path("shared/p.pid");
  const started = await pyredis("start", ...words);
  assert.equal(started.code, 0, started.stderr);
  const first = lab.track(lab.pidIn(pidfile));
  assert.equal(releaseOf(first), "v1");

  switchTo(lab, "v2");
  rmSync(lab.path("v1"), { recursive: true });
  const restarted = await pyredis("restart", ...words);
  assert.equal(restarted.code, 0, restarted.stderr);
  const second = lab.track(lab.pidIn(pidfile));
  assert.equal(isRunning(first), false);
  assert.equal(releaseOf(second), "v2");
  assert.equal((await pyredis("stop", ...words)).code, 0);
});

test("a release that does not come up is told, and the old server works on", async (t) => {
  const { lab, words } = await makeReleases(t);
  const pyredis = (version: string, ...args: string[]) =>
    lab.run(process.execPath, [lab.path(`${version}/bin/pyredis`), ...args]);
  const pidfile = lab.path("shared/p.pid");
  assert.equal((await pyredis("current", "start", ...words)).code, 0);
  const first = lab.track(lab.pidIn(pidfile));
  const assertRefused = async (why: RegExp): Promise<void> => {
    const { code, stderr } = await pyredis("v1", "restart", "--pidfile", pidfile);
    assert.equal(code, 1, stderr);
    assert.match(stderr, why);
    assert.doesNotMatch(stderr, /^ {4}at .*rehears/m);
    assert.ok(isRunning(first), "it was not stopped");
  };
  switchTo(lab, "v3"); // there is none
  await assertRefused(/not restarted, .*(Cannot find module|no such file)/s);
  switchTo(lab, "v2");
  const main = lab.path("v2/pyredis/dist/cli/main.js");
  const whole = readFileSync(main, "utf8");
  writeFileSync(main, "throw new Error('half a release');\n");
  await assertRefused(/not restarted, it would not start again: .*half a release/s);
  writeFileSync(main, "setTimeout(() => {}, 600_000);\n");
  const { code, stderr } = await pyredis("v1", "restart", "--pidfile", pidfile, "--start-timeout", "1");
  assert.equal(code, 1);
  assert.match(stderr, /it did not come to its start within 1 s/);
  writeFileSync(main, whole);
  const restarted = await pyredis("v1", "restart", "--pidfile", pidfile);
  assert.equal(restarted.code, 0, restarted.stderr);
  assert.equal(releaseOf(lab.track(lab.pidIn(pidfile))), "v2");
});

const PROGRAM = `
import { Daemon } from "PACKAGE";
import { VERSION } from "./version.mjs";
class Service extends Daemon {
  async run() {
    this.ready({ addresses: [VERSION] });
    await new Promise(() => setInterval(() => {}, 60_000));
  }
}
const daemon = new Service({ pidfile: "HOME/run/p.pid", logFile: "HOME/s.log" });
try {
  console.log(JSON.stringify(await daemon[process.argv[2]]()));
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
`;

for (const [how, cwd, program] of [
  ["by a path with the link in it", "", "current/app.mjs"],
  ["by a relative path, from inside of the link", "current", "./app.mjs"],
] as const) {
  test(`a program of the library, called ${how}: restart runs the new release`, async (t) => {
    const lab = new Lab(t);
    for (const version of ["v1", "v2"]) {
      const library = new URL("../../../src/daemon/index.js", import.meta.url).href;
      lab.write(`${version}/app.mjs`, PROGRAM.replace("PACKAGE", library).replaceAll("HOME", lab.home));
      lab.write(`${version}/version.mjs`, `export const VERSION = "${version}";\n`);
    }
    switchTo(lab, "v1");
    // As a shell calls it: PWD has the name of the link.
    const run = async (verb: string) => {
      const script = 'cd "$1" && exec "$2" "$3" "$4"';
      const words = ["-c", script, "sh", join(lab.home, cwd), process.execPath, program, verb];
      const { stdout } = await lab.run("sh", words);
      return JSON.parse(stdout);
    };
    assert.deepEqual((await run("start")).addresses, ["v1"]);
    switchTo(lab, "v2");
    assert.deepEqual((await run("restart")).addresses, ["v2"]);
    rmSync(lab.path("v1"), { recursive: true });
    assert.deepEqual((await run("restart")).addresses, ["v2"]);

    rmSync(lab.path("v2/version.mjs"));
    const pid = lab.pidIn(lab.path("run/p.pid"));
    const refused = await lab.run(process.execPath, [lab.path("current/app.mjs"), "restart"]);
    assert.match(refused.stdout + refused.stderr, /version\.mjs/, "it cannot even load");
    lab.write("v2/version.mjs", 'export const VERSION = "v2";\n');
    assert.ok(isRunning(pid));
    assert.equal((await run("stop")).outcome, "stopped");
    assert.deepEqual(readdirSync(lab.path("run")), []);
  });
}
