// The protocols of service managers: sd_notify, watchdog, socket activation, syslog, journal; and not detaching.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Notifier, SystemLog, takeListenFds } from "#src/daemon/index.js";
import { EXAMPLE, findFreePort, isRunning, Lab, waitFor } from "./lab.js";

const MAIN = new URL("../../../dist/cli/main.js", import.meta.url).pathname;

/** A datagram socket as the service manager has it: Node has none, Python does. Each message is appended to a file. */
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
out = open(sys.argv[2], "ab", buffering=0)
out.write(b"listening\\n")
while True: out.write(s.recv(65536) + b"\\n--\\n")
`;

class Manager {
  readonly socket: string;
  readonly #file: string;

  private constructor(lab: Lab) {
    this.socket = lab.path("notify");
    this.#file = lab.path("notified");
  }

  static async start(t: TestContext, lab: Lab): Promise<Manager> {
    const manager = new Manager(lab);
    const child = spawn("python3", ["-c", LISTENER, manager.socket, manager.#file], { stdio: "ignore" });
    t.after(() => child.kill("SIGKILL"));
    await waitFor("the listener", () => existsSync(manager.#file) && manager.text.includes("listening"));
    return manager;
  }

  get text(): string {
    return readFileSync(this.#file, "latin1");
  }

  async hears(what: string, times = 1): Promise<void> {
    await waitFor(`${what} in ${this.text}`, () => this.text.split(what).length > times);
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

test("under a manager start() does not detach, and tells ready, reloading, status and stopping", async (t) => {
  const lab = new Lab(t);
  const manager = await Manager.start(t, lab);
  lab.write("config", "new");
  const child = lab.spawnExample("start", "hooks", { NOTIFY_SOCKET: manager.socket });
  const exited = exitOf(child);
  await manager.hears(`READY=1\nMAINPID=${child.pid}`);
  assert.match(manager.text, /EXTEND_TIMEOUT_USEC=20000000/);
  assert.equal(lab.pidIn(), child.pid, "no other process was made");
  assert.equal((await lab.example("status")).json.state, "running");
  assert.equal((await lab.example("start")).json.code, "already-running");
  await lab.example("reload");
  await manager.hears("READY=1", 2);
  assert.match(manager.text, /RELOADING=1\nMONOTONIC_USEC=\d+\n--\n.*STATUS=reloaded new\n--\nREADY=1/s);
  await lab.example("stop");
  assert.equal(await exited, 0);
  await manager.hears("STOPPING=1");
  assert.equal(lab.pidIn(), 0, "its pidfile is gone");
});

test("the watchdog is fed while the event loop turns, and not while it is stuck", async (t) => {
  const lab = new Lab(t);
  const manager = await Manager.start(t, lab);
  const env = { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: "40000" };
  const child = lab.spawnExample("start", "blocks", env);
  await manager.hears("WATCHDOG=1", 5);
  child.kill("SIGUSR2");
  // Stuck as soon as it burns all its time: two feedings would have come in every window.
  const fed = (): number => manager.text.split("WATCHDOG=1").length;
  let before = fed();
  let since = Date.now();
  await waitFor("ten periods without food", () => {
    if (fed() !== before) {
      before = fed();
      since = Date.now();
    }
    return Date.now() - since > 400;
  });
  lab.write("enough", "");
  await manager.hears("WATCHDOG=1", before + 2);
  child.kill("SIGKILL");
});

test("a watchdog of another process is not fed, and the variables reach no child", () => {
  const env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: "@nowhere", WATCHDOG_USEC: "1000", WATCHDOG_PID: "1" };
  const notifier = new Notifier(env);
  notifier.ready();
  assert.deepEqual(env, {});
  assert.equal(notifier.send("STATUS=nobody"), false);
});

test("sockets count only for the process they are meant for", () => {
  assert.deepEqual(takeListenFds({ LISTEN_PID: "1", LISTEN_FDS: "2" }), []);
  assert.deepEqual(takeListenFds({ LISTEN_PID: String(process.pid), LISTEN_FDS: "x" }), []);
  const env = { LISTEN_PID: String(process.pid), LISTEN_FDS: "2", LISTEN_FDNAMES: "web" };
  assert.deepEqual(takeListenFds(env), [
    { fd: 3, name: "web" },
    { fd: 4, name: "unknown" },
  ]);
  assert.deepEqual(env, {});
});

const hasActivate = spawnSync("systemd-socket-activate", ["--version"]).error === undefined;
const NEEDS_ACTIVATE = { skip: hasActivate ? false : "systemd-socket-activate is not installed" };

test("the server answers on sockets that systemd-socket-activate opened", NEEDS_ACTIVATE, async (t) => {
  const lab = new Lab(t);
  const port = await findFreePort();
  const unix = lab.path("redis.sock");
  const args = ["-l", `127.0.0.1:${port}`, "-l", unix, "-E", "PATH", process.execPath, MAIN, "server"];
  // The port of the configuration is not opened: the manager's sockets replace it.
  const child = spawn("systemd-socket-activate", [...args, "--dir", lab.home, "--port", "1"], { stdio: "ignore" });
  lab.track(child.pid ?? 0);
  const exited = exitOf(child);
  await waitFor("the socket", () => existsSync(unix));
  const ask = async (...where: string[]) => (await lab.run("redis-cli", [...where, "ping"])).stdout;
  await waitFor("the listener", () => spawnSync("redis-cli", ["-p", String(port), "ping"]).status === 0);
  assert.equal(await ask("-p", String(port)), "PONG\n");
  assert.equal(await ask("-s", unix), "PONG\n");
  await lab.run("redis-cli", ["-p", String(port), "shutdown", "nosave"]);
  assert.equal(await exited, 0);
});

test("supervised systemd: Redis's messages, in the foreground whatever daemonize says", async (t) => {
  const lab = new Lab(t);
  const manager = await Manager.start(t, lab);
  const port = await findFreePort();
  const args = [
    MAIN,
    "server",
    "--port",
    String(port),
    "--dir",
    lab.home,
    "--supervised",
    "auto",
    "--daemonize",
    "yes",
  ];
  const env = { ...process.env, NOTIFY_SOCKET: manager.socket };
  const child = spawn(process.execPath, [...args, "--logfile", lab.path("log")], { env, stdio: "ignore" });
  const exited = exitOf(child);
  lab.track(child.pid ?? 0);
  await manager.hears("STATUS=Ready to accept connections\nREADY=1\n");
  assert.match(manager.text, /STATUS=Redis is loading\.\.\.\n/);
  assert.match(readFileSync(lab.path("log"), "utf8"), /Supervised by systemd\. Please make sure/);
  child.kill("SIGTERM");
  assert.equal(await exited, 0);
  await manager.hears("STOPPING=1\n");
});

test("supervised upstart stops until it may go on; without a job it complains and runs", async (t) => {
  const lab = new Lab(t);
  const port = await findFreePort();
  const args = [MAIN, "server", "--port", String(port), "--dir", lab.home, "--supervised", "upstart"];
  const log = lab.path("log");
  const start = (env: NodeJS.ProcessEnv): ChildProcess => {
    const options = { env: { ...process.env, ...env }, stdio: "ignore" } as const;
    const child = spawn(process.execPath, [...args, "--logfile", log], options);
    lab.track(child.pid ?? 0);
    return child;
  };
  const first = start({ UPSTART_JOB: "pyredis" });
  const state = (): string => readFileSync(`/proc/${first.pid}/stat`, "utf8").split(") ")[1]?.charAt(0) ?? "";
  await waitFor("the stop", () => state() === "T");
  first.kill("SIGCONT");
  const says = (text: string): boolean => existsSync(log) && readFileSync(log, "utf8").includes(text);
  await waitFor("ready", () => says("Ready to accept"));
  first.kill("SIGTERM");
  await waitFor("its end", () => !isRunning(first.pid ?? 0));
  const second = start({ UPSTART_JOB: undefined });
  await waitFor("the complaint", () => says("upstart supervision requested, but UPSTART_JOB not found!"));
  second.kill("SIGTERM");
  await waitFor("its end", () => !isRunning(second.pid ?? 0));
});

test("syslog lines carry facility, level, ident and pid; a lost reader is found again", async (t) => {
  const lab = new Lab(t);
  const manager = await Manager.start(t, lab);
  const log = new SystemLog({ ident: "moon", facility: "local3", path: manager.socket });
  assert.equal(log.log("warning", "one\ntwo"), true);
  await manager.hears("two");
  const line = (text: string): RegExp =>
    new RegExp(`<156>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d moon\\[${process.pid}\\]: ${text}\n`);
  assert.match(manager.text, line("one"));
  assert.match(manager.text, line("two"));
  log.close();
  const nobody = new SystemLog({ ident: "moon", path: join(lab.home, "nobody") });
  assert.equal(nobody.log("err", "lost"), false);
});

test("journal messages are fields, and lines of one text stay together", async (t) => {
  const lab = new Lab(t);
  const manager = await Manager.start(t, lab);
  const log = new SystemLog({ ident: "moon", to: "journal", path: manager.socket });
  assert.equal(log.log("info", "one\ntwo"), true);
  await manager.hears("two");
  const length = "\u0007\0\0\0\0\0\0\0";
  assert.ok(
    manager.text.includes(`PRIORITY=6\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=moon\nMESSAGE\n${length}one\ntwo\n`),
  );
  log.close();
});

test("detach: false runs in the caller's process; the example stays a child", async (t) => {
  const lab = new Lab(t);
  const child = spawn(process.execPath, [EXAMPLE, "start", lab.home, "ok"], {
    env: { ...process.env, EXAMPLE_OPTIONS: '{"detach":false}', PYREDIS_DAEMON_REGISTRY: lab.path("registry") },
    stdio: "ignore",
  });
  const exited = exitOf(child);
  lab.track(child.pid ?? 0);
  await waitFor(
    "running",
    () => existsSync(lab.pidfile) && readFileSync(lab.pidfile, "utf8").includes("state running"),
  );
  assert.equal(lab.pidIn(), child.pid);
  await lab.example("stop");
  assert.equal(await exited, 0);
});
