// The protocols of service managers: sd_notify, watchdog, socket activation; and not detaching.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import { detectServiceManager, Notifier, takeListenFds } from "#src/daemon/index.js";
import { EXAMPLE, findFreePort, isRunning, killNow, Lab, needs, waitFor } from "./lab.js";
import { exitOf, Manager } from "./manager.js";

const NEEDS_MANAGER = needs("addon", "python3");
const MAIN = new URL("../../../dist/cli/main.js", import.meta.url).pathname;

test(
  "under a manager start() does not detach, and tells ready, reloading, status and stopping",
  NEEDS_MANAGER,
  async (t) => {
    const lab = new Lab(t);
    const manager = await Manager.start(t, lab);
    lab.write("config", "new");
    const child = lab.spawnService("start", "hooks", { NOTIFY_SOCKET: manager.socket });
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
    await manager.hears("STOPPING=1\n--\nEXTEND_TIMEOUT_USEC=20000000");
    assert.equal(lab.pidIn(), 0, "its pidfile is gone");
  },
);

test(
  "a supervisor tells the manager the same, and lives on through the crash of its worker",
  NEEDS_MANAGER,
  async (t) => {
    const lab = new Lab(t);
    const manager = await Manager.start(t, lab);
    lab.write("config", "new");
    const options = JSON.stringify({ supervise: { firstDelayMs: 10 } });
    const child = lab.spawnService("start", "hooks", { NOTIFY_SOCKET: manager.socket, EXAMPLE_OPTIONS: options });
    const exited = exitOf(child);
    await manager.hears(`EXTEND_TIMEOUT_USEC=20000000\n--\nREADY=1\nMAINPID=${child.pid}`);
    const worker = lab.state().worker ?? 0;
    killNow(lab.track(worker));
    await manager.hears("READY=1", 2);
    await lab.example("reload");
    await manager.hears("READY=1", 3);
    assert.match(manager.text, /RELOADING=1\nMONOTONIC_USEC=\d+\n--\nSTATUS=reloaded new\n--\nREADY=1/);
    await lab.example("stop");
    assert.equal(await exited, 0);
    await manager.hears("STOPPING=1\n--\nEXTEND_TIMEOUT_USEC=20000000");
  },
);

/** Processor time in hundredths of a second. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

test("the watchdog is fed while the event loop turns, and not while it is stuck", NEEDS_MANAGER, async (t) => {
  const lab = new Lab(t);
  const manager = await Manager.start(t, lab);
  const env = { NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: "40000" };
  const child = lab.spawnService("start", "blocks", env);
  const pid = child.pid ?? 0;
  await manager.hears("WATCHDOG=1", 5);
  child.kill("SIGUSR2");
  await waitFor("the block", () => existsSync(lab.path("blocked")));
  const feedings = (text: string): number => text.split("WATCHDOG=1").length;
  const before = feedings(await manager.hearsUntil("MARK=1"));
  const startedAt = cpuTicks(pid);
  await waitFor("ten periods, burnt in the loop", () => cpuTicks(pid) - startedAt > 20);
  assert.equal(feedings(await manager.hearsUntil("MARK=2")), before);
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

test(
  "the server answers on sockets that systemd-socket-activate opened",
  needs("systemd-socket-activate"),
  async (t) => {
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
  },
);

test("LISTEN_FDS by hand: the server answers on an inherited socket, and not on its port", async (t) => {
  const lab = new Lab(t);
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  const fd: unknown = Reflect.get(Reflect.get(listener, "_handle"), "fd");
  assert.ok(typeof fd === "number" && typeof address === "object" && address !== null);
  // The manager's part: the socket is descriptor 3, and LISTEN_PID names the very process that gets it.
  const words = [process.execPath, MAIN, "server", "--dir", lab.home, "--logfile", "log", "--port"];
  words.push(String(await findFreePort()));
  const child = spawn("sh", ["-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", ...words], {
    stdio: ["ignore", "ignore", "ignore", fd],
  });
  lab.track(child.pid ?? 0);
  const exited = exitOf(child);
  listener.close();
  const ask = (port: string | number) => spawnSync("redis-cli", ["-p", String(port), "ping"], { encoding: "utf8" });
  const log = (): string => (existsSync(lab.path("log")) ? readFileSync(lab.path("log"), "utf8") : "");
  await waitFor("ready", () => log().includes("Ready to accept connections"));
  assert.equal(ask(address.port).stdout, "PONG\n");
  assert.notEqual(ask(words.at(-1) ?? "").stdout, "PONG\n");
  child.kill("SIGTERM");
  assert.equal(await exited, 0);
});

test("supervised systemd: Redis's messages, in the foreground whatever daemonize says", NEEDS_MANAGER, async (t) => {
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
  const env = { ...process.env, NOTIFY_SOCKET: manager.socket, WATCHDOG_USEC: "40000" };
  const child = spawn(process.execPath, [...args, "--logfile", lab.path("log")], { env, stdio: "ignore" });
  const exited = exitOf(child);
  lab.track(child.pid ?? 0);
  await manager.hears("STATUS=Ready to accept connections\nREADY=1\n");
  assert.match(manager.text, /STATUS=Redis is loading\.\.\.\n/);
  assert.match(readFileSync(lab.path("log"), "utf8"), /Supervised by systemd\. Please make sure/);
  await manager.hears("WATCHDOG=1", 3);
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

test("a manager's variables count only with a proof that they mean this process", () => {
  const pid = String(process.pid);
  for (const [env, manager] of [
    [{ SYSTEMD_EXEC_PID: pid }, "systemd"],
    [{ SYSTEMD_EXEC_PID: pid, NOTIFY_SOCKET: "@x" }, "systemd"],
    [{ LISTEN_PID: pid, LISTEN_FDS: "1" }, "systemd"],
    // What every shell of a desktop session has, and what was meant for another process: an ancestor.
    [{ INVOCATION_ID: "x", SYSTEMD_EXEC_PID: "1", LISTEN_PID: "1" }, undefined],
    [{ NOTIFY_SOCKET: "@x" }, undefined],
    [{ NOTIFY_SOCKET: "@x", SYSTEMD_EXEC_PID: "1" }, undefined],
    [{ SUPERVISOR_ENABLED: "1", SUPERVISOR_PROCESS_NAME: "x" }, undefined],
    [{ UPSTART_JOB: "x" }, undefined],
  ] as const) {
    assert.equal(detectServiceManager(env), manager, JSON.stringify(env));
  }
});

/** A program whose process has this name, as a manager's has, and that runs the words behind it as its child. */
function writeParent(lab: Lab, name: string): string {
  const path = lab.write(name, '#!/bin/sh\n"$@"\nexit $?\n');
  chmodSync(path, 0o755);
  return path;
}

test("under supervisord and systemd start() does not detach; under their descendants it does", async (t) => {
  const lab = new Lab(t);
  const words = [process.execPath, EXAMPLE, "start", lab.home, "ends"];
  const inForeground = /^run \d+ ends\n$/; // its output is the starter's
  const variables = { supervisord: { SUPERVISOR_ENABLED: "1" }, systemd: { NOTIFY_SOCKET: "@nowhere" } };
  for (const [manager, env] of Object.entries(variables)) {
    const parent = writeParent(lab, manager);
    const child = await lab.run(parent, words, { env });
    assert.match(child.stdout, inForeground, manager);
    // A shell that the service has started, and the service's own starter.
    const grandchild = await lab.run(parent, ["sh", "-c", '"$@"; exit $?', "sh", ...words.slice(0, 4), "ok"], { env });
    assert.match(grandchild.stdout, /^\{"pid":\d+/, manager);
    const daemon = lab.pidIn();
    assert.doesNotMatch(readFileSync(`/proc/${daemon}/environ`, "latin1"), /NOTIFY_SOCKET/, "that is the ancestor's");
    await lab.example("stop");
  }
});

test("as PID 1 start() does not detach", needs("namespaces"), async (t) => {
  const lab = new Lab(t);
  const words = [process.execPath, EXAMPLE, "start", lab.home, "ends"];
  const first = await lab.run("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", ...words]);
  assert.equal(first.stdout, "run 1 ends\n");
});

test("whoever has bound NOTIFY_SOCKET and is the parent is the manager", needs("python3"), async (t) => {
  const lab = new Lab(t);
  const script = `
import os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
sys.exit(subprocess.run(sys.argv[2:], env={**os.environ, "NOTIFY_SOCKET": sys.argv[1]}).returncode)`;
  const words = [process.execPath, EXAMPLE, "start", lab.home, "ends"];
  const { stdout, stderr } = await lab.run("python3", ["-c", script, lab.path("notify sock"), ...words]);
  assert.match(stdout, /^run \d+ ends\n$/, stderr);
});

test("detach: false runs in the caller's process; the example stays a child", async (t) => {
  const lab = new Lab(t);
  const child = spawn(process.execPath, [EXAMPLE, "start", lab.home, "ok"], {
    env: { ...process.env, EXAMPLE_OPTIONS: '{"detach":false}', PYREDIS_DAEMON_REGISTRY: lab.path("registry") },
    stdio: "ignore",
  });
  const exited = exitOf(child);
  lab.track(child.pid ?? 0);
  await waitFor("running", () => lab.state().state === "running");
  assert.equal(lab.pidIn(), child.pid);
  await lab.example("stop");
  assert.equal(await exited, 0);
});
