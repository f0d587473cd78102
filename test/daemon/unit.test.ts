// The printed service files: what each manager's own checker says of them, and a server that really runs by one.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findFreePort, Lab, needs, waitFor } from "./lab.js";

const MAIN = new URL("../../../dist/cli/main.js", import.meta.url).pathname;
const STRANGE = `a%b $c "d" 'e' \\f`;

function printUnit(lab: Lab, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return lab.run(process.execPath, [MAIN, "unit", ...args]);
}

test("systemd-analyze accepts the unit, strange words included", needs("systemd-analyze"), async (t) => {
  const lab = new Lab(t);
  for (const [i, args] of [
    ["--port", "7999"],
    ["--requirepass", STRANGE],
    ["--user", "daemon", "--dir", lab.home],
  ].entries()) {
    const { stdout, code } = await printUnit(lab, "systemd", ...args);
    assert.equal(code, 0);
    const verified = await lab.run("systemd-analyze", ["verify", lab.write(`pyredis-${i}.service`, stdout)]);
    assert.deepEqual([verified.code, verified.stdout + verified.stderr], [0, ""]);
    for (const key of ["Restart=on-failure", "LimitNOFILE=", "NoNewPrivileges=yes", "ProtectSystem=strict"]) {
      assert.ok(stdout.includes(`\n${key}`), key);
    }
  }
});

test("supervisord runs the server by the printed section, and stops it", needs("supervisord"), async (t) => {
  const lab = new Lab(t);
  const port = await findFreePort();
  const words = ["--port", String(port), "--dir", lab.home, "--requirepass", STRANGE];
  const { stdout } = await printUnit(lab, "supervisor", ...words);
  mkdirSync(lab.path("logs"));
  const head = `[supervisord]\nnodaemon=true\nlogfile=${lab.path("sup.log")}\npidfile=${lab.path("sup.pid")}\nchildlogdir=${lab.path("logs")}\n`;
  const supervisor = spawn("supervisord", ["-c", lab.write("sup.conf", head + stdout)], { stdio: "ignore" });
  lab.track(supervisor.pid ?? 0);
  const ask = (): string =>
    spawnSync("redis-cli", ["-p", String(port), "--no-auth-warning", "-a", STRANGE, "ping"], { encoding: "utf8" })
      .stdout;
  const starts = (): number =>
    readdirSync(lab.path("logs"))
      .map((name) => readFileSync(join(lab.path("logs"), name), "utf8").split("Ready to accept connections").length - 1)
      .reduce((sum, count) => sum + count, 0);
  await waitFor("the start", () => starts() === 1);
  assert.equal(ask(), "PONG\n");
  const info = spawnSync("redis-cli", ["-p", String(port), "--no-auth-warning", "-a", STRANGE, "info", "server"], {
    encoding: "utf8",
  });
  const pid = lab.track(Number(/process_id:(\d+)/.exec(info.stdout)?.[1]));
  process.kill(pid, "SIGKILL");
  await waitFor("the restart", () => starts() === 2);
  assert.equal(ask(), "PONG\n");
  const ended = new Promise((resolve) => supervisor.once("exit", resolve));
  supervisor.kill("SIGTERM");
  await ended;
  assert.equal(ask(), "", "the server went with it");
  assert.match(
    readFileSync(lab.path("sup.log"), "utf8"),
    /exited: pyredis-\d+ \(terminated by SIGKILL; not expected\)/,
  );
});

/** launchd.plist(5), as far as we go: each key with the type of its value. Dictionaries have keys of their own. */
const LAUNCHD_KEYS = {
  Label: "string",
  UserName: "string",
  ProgramArguments: "strings",
  WorkingDirectory: "string",
  Umask: "integer",
  RunAtLoad: "boolean",
  KeepAlive: { SuccessfulExit: "boolean", Crashed: "boolean" },
  ThrottleInterval: "integer",
  ExitTimeOut: "integer",
  SoftResourceLimits: { Core: "integer", CPU: "integer", NumberOfFiles: "integer", NumberOfProcesses: "integer" },
  HardResourceLimits: { Core: "integer", CPU: "integer", NumberOfFiles: "integer", NumberOfProcesses: "integer" },
  StandardOutPath: "string",
  StandardErrorPath: "string",
} as const;

function typeOf(value: unknown): string {
  if (Number.isInteger(value)) return "integer";
  return Array.isArray(value) && value.every((word) => typeof word === "string") ? "strings" : typeof value;
}

function assertDocumented(dictionary: object, keys: object): void {
  for (const [key, value] of Object.entries(dictionary)) {
    const type: unknown = Reflect.get(keys, key);
    if (typeof type === "object" && type !== null) assertDocumented(value, type);
    else assert.equal(typeOf(value), type, key);
  }
}

test("the property list is one, and has the words as they are", needs("python3"), async (t) => {
  const lab = new Lab(t);
  const { stdout } = await printUnit(lab, "launchd", "--user", "daemon", "--requirepass", `${STRANGE}<&>`);
  const code = "import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
  const parsed = await lab.run("python3", ["-c", code], { stdin: stdout });
  const list: { ProgramArguments: string[]; KeepAlive: unknown } = JSON.parse(parsed.stdout);
  assert.equal(list.ProgramArguments[list.ProgramArguments.indexOf("--requirepass") + 1], `${STRANGE}<&>`);
  assert.deepEqual(list.KeepAlive, { SuccessfulExit: false });
  assertDocumented(list, LAUNCHD_KEYS);
});

test("what a service file cannot say is refused", async (t) => {
  const lab = new Lab(t);
  const refused = async (...args: string[]): Promise<number | null> => (await printUnit(lab, ...args)).code;
  assert.equal(await refused("upstart"), 2);
  assert.equal(await refused("systemd", "--requirepass", "a\nb"), 2);
  assert.equal(await refused("supervisor", "--requirepass", "a ;b"), 2);
  assert.equal(await refused("systemd", "--user", "a b"), 2);
  assert.equal(await refused("systemd", "-"), 2);
  assert.equal(await refused("systemd", "--no-such-directive", "x"), 2);
});

test("ps lists the daemons that run, as a table and as JSON", async (t) => {
  const lab = new Lab(t);
  await lab.example("start");
  const table = await lab.run(process.execPath, [MAIN, "ps"]);
  assert.match(table.stdout, /^NAME +PID +STATE +UPTIME +MEMORY +ADDRESS\n/);
  assert.match(
    table.stdout,
    new RegExp(`^${lab.pidfile} +${lab.pidIn()} +running +\\d+s +\\d+\\.\\dM +example:ok$`, "m"),
  );
  const json = await lab.run(process.execPath, [MAIN, "ps", "--json"]);
  assert.equal(JSON.parse(json.stdout)[0].pid, lab.pidIn());
  assert.equal((await lab.run(process.execPath, [MAIN, "ps", "words"])).code, 2);
});
