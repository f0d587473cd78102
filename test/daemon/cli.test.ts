// The pyredis command, as a user runs it. A stand-in server listens and misbehaves on demand; the last tests use the
// real one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspectInstance, nativeProblem } from "#src/daemon/index.js";
import { type Finished, findFreePort, isRunning, Lab, needs, type RunOptions, readPs, waitFor } from "./lab.js";

const REAL_CLI = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** A CLI in a scratch directory, and the arguments that keep all files of its instance there. */
class CliLab extends Lab {
  readonly port: number;
  readonly cli: string;

  static async create(t: TestContext, cli?: string): Promise<CliLab> {
    return new CliLab(t, await findFreePort(), cli);
  }

  private constructor(t: TestContext, port: number, cli?: string) {
    super(t);
    this.port = port;
    this.cli = cli ?? this.installCli();
  }

  override get pidfile(): string {
    return this.path("run/server.pid");
  }

  get args(): string[] {
    const files = ["--pidfile", this.pidfile, "--logfile", this.path("server.log"), "--dir", this.home];
    return ["--port", String(this.port), ...files];
  }

  async pyredis(words: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const finished = await this.run(process.execPath, [this.cli, ...words], options);
    this.track(this.pidIn());
    return finished;
  }

  async command(name: string, own: readonly string[] = [], options: RunOptions = {}): Promise<Finished> {
    return await this.pyredis([name, ...this.args, ...own], options);
  }
}

async function answers(port: number, request = ""): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1", () => socket.write(request));
    socket.once("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

test("start returns when the port answers and prints pid, address and log; then status, stop, status", async (t) => {
  const lab = await CliLab.create(t);
  const started = await lab.command("start");
  assert.equal(started.code, 0, started.stderr);
  assert.equal(await answers(lab.port), "+PONG\r\n");
  const pid = lab.pidIn();
  const files = `pidfile ${lab.pidfile}, log ${lab.path("server.log")}`;
  const line = `server is running: pid ${pid}, 127.0.0.1:${lab.port}, ${files}\n`;
  assert.equal(started.stdout, line);
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), lab.home, "the server has entered its dir");
  assert.match(readPs(pid, "args").join(" "), /cli\/main\.js server --port/);

  const running = await lab.command("status", ["--json"]);
  assert.equal(running.code, 0);
  const { pid: statusPid, state, code, addresses } = JSON.parse(running.stdout);
  assert.deepEqual(
    { statusPid, state, code, addresses },
    { statusPid: pid, state: "running", code: 0, addresses: [`127.0.0.1:${lab.port}`] },
  );
  assert.match((await lab.command("status")).stdout, new RegExp(`^server is running, pid ${pid}, `));

  const stopped = await lab.command("stop");
  assert.deepEqual([stopped.code, stopped.stdout], [0, `server has stopped (pid ${pid})\n`]);
  assert.equal(isRunning(pid), false);
  const status = await lab.command("status");
  assert.deepEqual([status.code, status.stdout], [3, `server is stopped, pidfile ${lab.pidfile}\n`]);
  const again = await lab.command("stop");
  assert.deepEqual([again.code, again.stdout], [0, `server is not running (pidfile ${lab.pidfile})\n`]);
});

test("status has the LSB's codes: 1 for a dead one, 4 for a starting and for an unreadable one", async (t) => {
  const lab = await CliLab.create(t);
  await lab.command("start");
  lab.killNow();
  await lab.command("start");
  const pid = lab.pidIn();
  const record = readFileSync(`${lab.pidfile}.state`, "utf8");
  await lab.command("stop");
  lab.write("run/server.pid", `${pid}\n`);
  lab.write("run/server.pid.state", record);
  assert.equal((await lab.command("status")).code, 1);
  lab.write("run/server.pid.state", record.replace(/"pid":\d+,"start":"[^"]*"/, `"pid":${process.pid},"start":"1@x"`));
  assert.equal((await lab.command("status")).code, 1);
  rmSync(`${lab.pidfile}.state`);
  rmSync(lab.pidfile);
  mkdirSync(lab.pidfile);
  const unknown = await lab.command("status", ["--json"]);
  assert.equal(unknown.code, 4);
  assert.equal(JSON.parse(unknown.stdout).state, "unknown");
});

test("a server that is still booting is status 4, and can be stopped; its start has failed then", async (t) => {
  const lab = await CliLab.create(t);
  const start = lab.command("start", [], { env: { FAKE_SERVER: "hang" } });
  await waitFor("a pid", () => inspectInstance(lab.pidfile).identity !== undefined);
  const starting = await lab.command("status", ["--json"]);
  assert.equal(starting.code, 4, starting.stdout);
  assert.equal(JSON.parse(starting.stdout).state, "starting");
  assert.equal((await lab.command("stop")).code, 0);
  const { code, stderr } = await start;
  assert.equal(code, 1);
  assert.match(stderr, /^pyredis: ended before it was ready/);
});

test("a server that hangs at boot is a start time-out with code 151, and is stopped", async (t) => {
  const lab = await CliLab.create(t);
  const { code, stderr } = await lab.command("start", ["--start-timeout", "0.5"], { env: { FAKE_SERVER: "hang" } });
  assert.equal(code, 151);
  assert.match(stderr, /^pyredis: not ready within 0\.5 s; stopped it/);
  assert.equal((await lab.command("status")).code, 3);
});

test("a second start has code 150 and tells the pid", async (t) => {
  const lab = await CliLab.create(t);
  await lab.command("start");
  const { code, stderr } = await lab.command("start");
  assert.deepEqual(
    [code, stderr],
    [150, `pyredis: server is already running, pid ${lab.pidIn()} (pidfile ${lab.pidfile})\n`],
  );
});

test("a busy port, a crash, a bad configuration line and a missing directory are told on stderr", async (t) => {
  const lab = await CliLab.create(t);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(lab.port, "127.0.0.1", resolve));
  const busy = await lab.command("start");
  await new Promise((resolve) => holder.close(resolve));
  assert.equal(busy.code, 1);
  assert.match(busy.stderr, /EADDRINUSE/);

  const crashed = await lab.command("start", [], { env: { FAKE_SERVER: "crash" } });
  assert.equal(crashed.code, 1);
  assert.match(crashed.stderr, /^pyredis: no memory for the moon\nThe end of its log:\n(.*\n)* {2}Error: no memory/);

  const bad = await lab.command("start", ["--no-such-thing", "1"]);
  assert.equal(bad.code, 2);
  assert.equal(bad.stderr, "pyredis: unknown option --no-such-thing\n");

  const nowhere = await lab.command("start", ["--dir", "/no/such/place"]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /No such file or directory/);
  assert.equal((await lab.command("status")).code, 3);
});

test("a directory that is not writable is told before anything starts", async (t) => {
  const lab = await CliLab.create(t);
  const { code, stderr } = await lab.command("start", ["--dir", "/proc"]);
  assert.equal(code, 1);
  assert.match(stderr, /^pyredis: cannot write to the data directory \/proc: /);
});

test("stop of one that ignores SIGTERM: 152, and 153 with --force", async (t) => {
  const lab = await CliLab.create(t);
  await lab.command("start", [], { env: { FAKE_SERVER: "ignore-term" } });
  const pid = lab.pidIn();
  const waited = await lab.command("stop", ["--stop-timeout", "0.2"]);
  assert.equal(waited.code, 152);
  assert.match(waited.stderr, new RegExp(`server \\(pid ${pid}\\) still runs 0.2 s after SIGTERM`));
  const forced = await lab.command("stop", ["--stop-timeout=0.2", "--force"]);
  assert.equal(forced.code, 153);
  assert.equal(isRunning(pid), false);
});

test("restart keeps the options of the start, and tells a broken configuration before it stops anything", async (t) => {
  const lab = await CliLab.create(t);
  lab.write("redis.conf", `include more.conf\nport ${lab.port}\npidfile run/server.pid\nlogfile server.log\ndir .\n`);
  lab.write("more.conf", "maxclients 77\n");
  const started = await lab.pyredis(["start", "redis.conf", "--umask", "022", "--hz", "20"]);
  assert.equal(started.code, 0, started.stderr);
  const first = lab.pidIn();
  assert.match(readFileSync(lab.path("server.log"), "utf8"), /maxclients 77/);

  const conf = lab.path("redis.conf");
  const restarted = await lab.pyredis(["restart", conf], { cwd: lab.home });
  assert.equal(restarted.code, 0, restarted.stderr);
  const second = lab.pidIn();
  assert.notEqual(second, first);
  assert.match(readPs(second, "args").join(" "), /--hz 20/);
  assert.match(readFileSync(`/proc/${second}/status`, "utf8"), /^Umask:\s+0022$/m);

  lab.write("more.conf", "maxclients many\n");
  const refused = await lab.pyredis(["restart", "--pidfile", lab.pidfile]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /not restarted, the server would not start again:.*maxclients/s);
  assert.ok(isRunning(second));

  const unclear = await lab.pyredis(["stop", conf]);
  assert.equal(unclear.code, 1);
  assert.match(unclear.stderr, /cannot tell which instance is meant/);
  assert.equal((await lab.pyredis(["stop", conf, "--pidfile", lab.pidfile])).code, 0);
});

test("daemonize yes makes `server` a starter; without it the process itself is the server", async (t) => {
  const lab = await CliLab.create(t);
  const words = ["server", ...lab.args, "--daemonize", "yes"];
  const script = 'umask 031; exec "$@"';
  const { code, stdout } = await lab.run("sh", ["-c", script, "sh", process.execPath, lab.cli, ...words]);
  assert.equal(code, 0);
  assert.match(stdout, /^server is running: pid \d+/);
  assert.match(readFileSync(`/proc/${lab.pidIn()}/status`, "utf8"), /^Umask:\s+0031$/m, "redis-server keeps it too");
  assert.equal((await lab.command("stop")).code, 0);
});

test("a configuration on standard input reaches the daemon, and its restart", async (t) => {
  const lab = await CliLab.create(t);
  const conf = `port ${lab.port}\npidfile ${lab.pidfile}\nlogfile ${lab.path("server.log")}\ndir ${lab.home}\nmaxclients 55\n`;
  const logged = () => readFileSync(lab.path("server.log"), "utf8").match(/maxclients 55/g)?.length;
  assert.equal((await lab.pyredis(["start", "-"], { stdin: conf })).code, 0);
  assert.equal(logged(), 1);
  assert.equal((await lab.pyredis(["restart", "--pidfile", lab.pidfile])).code, 0);
  assert.equal(logged(), 2);
  assert.equal((await lab.pyredis(["stop", "-"], { stdin: conf })).code, 0);
  assert.equal((await lab.pyredis(["server", "-", "--daemonize", "yes"], { stdin: conf })).code, 0);
  assert.equal(logged(), 3);
});

test("a user without privileges has files of their own in the XDG places", needs("root"), async (t) => {
  const lab = await CliLab.create(t, REAL_CLI);
  const main = join(lab.installPackage(), "dist/cli/main.js");
  const home = lab.path("nobody");
  const asNobody = async (command: string): Promise<Finished> => {
    const words = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, main, command];
    const env = { HOME: home, XDG_RUNTIME_DIR: "", XDG_STATE_HOME: "", XDG_DATA_HOME: "" };
    return await lab.run("setpriv", [...words, "--port", String(lab.port)], { env });
  };
  mkdirSync(home);
  await lab.run("chown", ["65534:65534", home]);
  const started = await asNobody("start");
  assert.equal(started.code, 0, started.stderr);
  const pidfile = join(home, ".local/state/pyredis", `pyredis-${lab.port}.pid`);
  const pid = lab.track(lab.pidIn(pidfile));
  assert.equal(statSync(pidfile).uid, 65534);
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), join(home, ".local/share/pyredis", String(lab.port)));
  assert.ok(existsSync(join(home, ".local/state/pyredis", `pyredis-${lab.port}.log`)));
  assert.equal((await asNobody("status")).code, 0);

  const byRoot = await lab.run(process.execPath, [main, "stop", "--pidfile", pidfile]);
  assert.equal(byRoot.code, 0, "root may stop a user's daemon");
  assert.equal(isRunning(pid), false);
});

test("wrong options are usage errors with code 2", async (t) => {
  const lab = await CliLab.create(t);
  for (const words of [["nonsense"], ["start", "--start-timeout", "soon"], ["stop", "--stop-timeout"], []]) {
    const { code, stderr } = await lab.pyredis(words);
    assert.equal(code, 2, words.join(" "));
    assert.notEqual(stderr, "");
  }
  const help = await lab.pyredis(["start", "--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--start-timeout <seconds>/);
});

test("logs prints the end of the log", async (t) => {
  const lab = await CliLab.create(t);
  await lab.command("start");
  await lab.command("stop");
  lab.write("server.log", "one\ntwo\nthree\n");
  const { code, stdout } = await lab.command("logs", ["-n", "2"]);
  assert.deepEqual([code, stdout], [0, "two\nthree\n"]);
  rmSync(lab.path("server.log"));
  const missing = await lab.command("logs");
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^pyredis: cannot read the log .* of server: no such file/);
});

test("the real server: start, an answer, kill -9, start, stop", async (t) => {
  const lab = await CliLab.create(t, REAL_CLI);
  assert.equal((await lab.command("start")).code, 0);
  assert.equal(await answers(lab.port, "PING\r\n"), "+PONG\r\n");
  lab.killNow();
  const again = await lab.command("start");
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await answers(lab.port, "PING\r\n"), "+PONG\r\n");
  const stopped = await lab.command("stop");
  assert.equal(stopped.code, 0, stopped.stderr);
});

test("the real server honours daemonize yes, and `server` without it is one process", async (t) => {
  const lab = await CliLab.create(t, REAL_CLI);
  const { code, stdout } = await lab.command("server", ["--daemonize", "yes"]);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^server is running: pid ${lab.pidIn()}, `));
  const [, sid = ""] = readPs(lab.pidIn(), "pid,sid");
  // Without the addon the daemon leads a session of its own.
  assert.equal(sid === String(lab.pidIn()), nativeProblem() !== "");
  assert.equal((await lab.command("stop")).code, 0);

  const child = spawn(process.execPath, [REAL_CLI, "server", ...lab.args], { stdio: "ignore" });
  const pid = lab.track(child.pid ?? 0);
  await waitFor("its log", () => existsSync(lab.path("server.log")));
  const ready = new RegExp(`^${pid}:M .* Ready to accept connections`, "m");
  await waitFor("the pid its caller got", () => ready.test(readFileSync(lab.path("server.log"), "utf8")));
  child.kill("SIGTERM");
  await waitFor("its end", () => child.exitCode !== null);
  assert.equal(child.exitCode, 0);
});

test("output that nobody reads is no crash", async (t) => {
  const lab = await CliLab.create(t);
  const script = `"${process.execPath}" "${lab.cli}" status --port ${lab.port} 2>err | true; cat err`;
  assert.deepEqual(await lab.run("bash", ["-c", script]), { code: 0, stdout: "", stderr: "" });
});

test("the real server on a busy port: the reason and a code that is not 0", async (t) => {
  const lab = await CliLab.create(t, REAL_CLI);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(lab.port, "127.0.0.1", resolve));
  const { code, stderr } = await lab.command("start");
  await new Promise((resolve) => holder.close(resolve));
  assert.equal(code, 1);
  assert.match(stderr, /[Aa]ddress already in use|EADDRINUSE/);
});

test("start --no-detach is the server itself, with the daemon's pidfile; stop ends it", async (t) => {
  const lab = new Lab(t);
  const port = await findFreePort();
  const main = lab.installCli();
  const words = ["--port", String(port), "--dir", lab.home, "--pidfile", lab.path("p.pid")];
  const child = spawn(process.execPath, [main, "start", "--no-detach", ...words], { stdio: "ignore" });
  lab.track(child.pid ?? 0);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const status = async () => (await lab.run(process.execPath, [main, "status", ...words])).stdout;
  await waitFor("the pidfile", () => lab.pidIn(lab.path("p.pid")) === child.pid);
  const second = await lab.run(process.execPath, [main, "start", ...words]);
  assert.equal(second.code, 150);
  // Before it is ready a SIGTERM ends it as it ends any process that boots.
  await waitFor("it to run", async () => (await status()).includes(`is running, pid ${child.pid}`));
  assert.equal((await lab.run(process.execPath, [main, "stop", ...words])).code, 0);
  assert.equal(await ended, 0);
});
