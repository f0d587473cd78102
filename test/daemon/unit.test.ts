// The printed service files: what each manager's own checker says of them, and a server that really runs by one.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** The words of nobody, who has a home in the laboratory. */
function asNobody(lab: Lab): { words: string[]; home: string } {
  const home = lab.path("nobody");
  if (!existsSync(home)) {
    mkdirSync(home);
    chownSync(home, 65534, 65534);
  }
  const variables = [
    `HOME=${home}`,
    "XDG_RUNTIME_DIR=",
    "XDG_STATE_HOME=",
    "XDG_DATA_HOME=",
    "PYREDIS_DAEMON_REGISTRY=",
  ];
  return { words: ["--reuid", "65534", "--regid", "65534", "--clear-groups", "env", ...variables], home };
}

test("a user's own unit, and templates of both kinds, are accepted too", needs("systemd-analyze"), async (t) => {
  const lab = new Lab(t);
  mkdirSync(lab.path("conf"));
  for (const [scope, words, expected] of [
    ["user", ["--port", "7999"], [/^ExecStartPre=\/.*mkdir -p -m 750 .*\/7999$/m, /^WantedBy=default\.target$/m]],
    ["user", ["--template"], [/--port %i /, /^ExecStartPre=\/.*mkdir .*\/%i$/m]],
    ["system", ["--template"], [/--dir \/var\/lib\/pyredis\/%i --port %i /, /^StateDirectory=pyredis\/%i$/m]],
    ["system", ["--template", "/etc/pyredis/%i.conf"], [/server \/etc\/pyredis\/%i\.conf --dir/]],
    [
      "system",
      ["--template", "--user", "daemon", "--dir", `${lab.home}/%i`],
      [/^ReadWritePaths=\/.*\/%i$/m, /^# First create /m],
    ],
    ["system", ["--template", "--requirepass", STRANGE], [/a%%b/, /--port %i/]],
  ] as const) {
    const { stdout, code, stderr } = await printUnit(lab, "systemd", "--scope", scope, ...words);
    assert.equal(code, 0, stderr);
    for (const pattern of expected) assert.match(stdout, pattern);
    if (scope === "user")
      assert.doesNotMatch(stdout, /^(User|DynamicUser|ProtectHome|PrivateTmp|CapabilityBoundingSet)=/m);
    const isTemplate = words[0] === "--template";
    const file = lab.write(`${scope}/pyredis${isTemplate ? "@7001" : ""}.service`, stdout);
    const env = { XDG_RUNTIME_DIR: lab.home };
    const verified = await lab.run("systemd-analyze", [`--${scope}`, "verify", file], { env });
    assert.deepEqual([verified.code, verified.stdout + verified.stderr], [0, ""]);
  }
});

test(
  "an ordinary user's unit for the system names no home; his own is the default",
  needs("root", "setpriv"),
  async (t) => {
    const lab = new Lab(t);
    const main = join(lab.installPackage(), "dist/cli/main.js");
    const { words, home } = asNobody(lab);
    const print = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await lab.run("setpriv", [
        ...words,
        process.execPath,
        main,
        "unit",
        "systemd",
        ...args,
      ]);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const own = await print();
    assert.match(own, /^# Save as ~\/\.config\/systemd\/user\/pyredis-6379\.service/);
    assert.ok(own.includes(`--dir ${home}/.local/share/pyredis/6379`));
    const system = await print("--scope", "system");
    assert.match(system, /^DynamicUser=yes$/m);
    assert.equal(system.includes(home), false);
    // A directory outside of the system's places is somebody's: a user made for the service could not write to it.
    const elsewhere = await print("--scope", "system", "--dir", home);
    assert.match(elsewhere, /^User=nobody$/m);
    assert.doesNotMatch(elsewhere, /DynamicUser/);
    // And so is what others cannot read.
    const config = join(home, "private.conf");
    writeFileSync(config, "port 7002\n", { mode: 0o600 });
    chownSync(config, 65534, 65534);
    assert.match(
      await print("--scope", "system", config),
      /^# .*private\.conf is closed to others, so the server runs as nobody/m,
    );
  },
);

test(
  "supervisord runs the printed section where no directory was there before",
  needs("root", "supervisord", "setpriv"),
  async (t) => {
    const lab = new Lab(t);
    const main = join(lab.installPackage(), "dist/cli/main.js");
    const { words, home } = asNobody(lab);
    const port = await findFreePort();
    const printed = await lab.run("setpriv", [
      ...words,
      process.execPath,
      main,
      "unit",
      "supervisor",
      "--port",
      String(port),
    ]);
    assert.equal(printed.code, 0, printed.stderr);
    assert.match(printed.stdout, /^directory=\/$/m);
    const head = `[supervisord]\nnodaemon=true\nlogfile=${home}/sup.log\npidfile=${home}/sup.pid\nchildlogdir=${home}\n`;
    const config = lab.write("sup.conf", head + printed.stdout);
    const supervisor = spawn("setpriv", [...words, "supervisord", "-c", config], { stdio: "ignore", cwd: home });
    lab.track(supervisor.pid ?? 0);
    const ask = (...question: string[]): string =>
      spawnSync("redis-cli", ["-p", String(port), ...question], { encoding: "utf8" }).stdout;
    await waitFor("the server", () => ask("ping") === "PONG\n");
    lab.track(Number(/process_id:(\d+)/.exec(ask("info", "server"))?.[1]));
    assert.ok(existsSync(join(home, `.local/share/pyredis/${port}`)), "it has made its directory");
    const ended = new Promise((resolve) => supervisor.once("exit", resolve));
    supervisor.kill("SIGTERM");
    await ended;
    assert.equal(ask("ping"), "");
  },
);

test("a user's places are named where the manager keeps the environment of root", needs("root"), async (t) => {
  const lab = new Lab(t);
  const { stdout } = await printUnit(lab, "supervisor", "--user", "root");
  assert.match(stdout, /^environment=HOME="\/root",USER="root"$/m);
  // A user without a home of its own: a place of the system, which is to be made first.
  const { stdout: daemon } = await printUnit(lab, "supervisor", "--user", "daemon");
  assert.match(daemon, /^; First: install -d -o daemon -m 750 \/var\/lib\/pyredis\/6379\.$/m);
  assert.match(daemon, /--dir \/var\/lib\/pyredis\/6379 --pidfile \/var\/lib\/pyredis\/6379\/pyredis-6379\.pid/);
});

test("relative paths are made absolute: a service begins elsewhere", async (t) => {
  const lab = new Lab(t);
  mkdirSync(lab.path("data"));
  lab.write("r.conf", "port 7003\n");
  for (const manager of ["systemd", "supervisor", "launchd"]) {
    const { stdout, code, stderr } = await printUnit(lab, manager, "r.conf", "--dir", "data", "--user", "daemon");
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(lab.path("r.conf")) && stdout.includes(lab.path("data")), stdout);
  }
  const { code } = await printUnit(lab, "supervisor", "--dir", "nowhere");
  assert.equal(code, 2, "a directory that is not there");
});

test("supervisord runs the server by the printed section, and stops it", needs("supervisord"), async (t) => {
  const lab = new Lab(t);
  const port = await findFreePort();
  const words = ["--port", String(port), "--dir", lab.home, "--requirepass", STRANGE];
  const { stdout } = await printUnit(lab, "supervisor", ...words);
  mkdirSync(lab.path("logs"));
  const head = `[supervisord]\nnodaemon=true\nlogfile=${lab.path("sup.log")}\npidfile=${lab.path("sup.pid")}\nchildlogdir=${lab.path("logs")}\n`;
  const supervisor = spawn("supervisord", ["-c", lab.write("sup.conf", head + stdout)], {
    stdio: "ignore",
    env: { ...process.env, PYREDIS_DAEMON_REGISTRY: lab.path("supervised") },
  });
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
  const env = { PYREDIS_DAEMON_REGISTRY: lab.path("supervised") };
  const status = await lab.run(process.execPath, [MAIN, "status", ...words], { env });
  assert.equal(status.code, 0, status.stdout);
  assert.match(status.stdout, new RegExp(`^pyredis-${port} is running, pid \\d+, .*, under supervisor, `));
  const ps = await lab.run(process.execPath, [MAIN, "ps"], { env });
  assert.match(ps.stdout, new RegExp(`^pyredis-${port} +\\d+ +running \\(supervisor\\) `, "m"));
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
  assert.equal(await refused("systemd", "--template", "--port", "7000"), 2);
  assert.equal(await refused("supervisor", "--template"), 2);
  assert.equal(await refused("systemd", "--scope", "user", "--user", "daemon"), 2);
  assert.equal(await refused("systemd", "--scope", "moon"), 2);
  assert.equal(await refused("systemd", "--no-such-directive", "x"), 2);
});

test("ps lists the daemons that run, as a table and as JSON", async (t) => {
  const lab = new Lab(t);
  await lab.example("start");
  const table = await lab.run(process.execPath, [MAIN, "ps"]);
  assert.match(table.stdout, /^NAME +PID +STATE +UPTIME +MEMORY +ADDRESS +PIDFILE +REASON\n/);
  assert.match(
    table.stdout,
    new RegExp(`^example +${lab.pidIn()} +running +\\d+s +\\d+\\.\\dM +example:ok +${lab.pidfile}$`, "m"),
  );
  const json = await lab.run(process.execPath, [MAIN, "ps", "--json"]);
  assert.equal(JSON.parse(json.stdout)[0].pid, lab.pidIn());
  assert.equal((await lab.run(process.execPath, [MAIN, "ps", "words"])).code, 2);
});
