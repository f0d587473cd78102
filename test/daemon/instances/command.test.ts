// The command and its instances: a server in the foreground, names, the list, exit codes, paths beyond ASCII.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Finished, findFreePort, isRunning, killNow, Lab, needs, type RunOptions, waitFor } from "../lab.js";

const MAIN = new URL("../../../../dist/cli/main.js", import.meta.url).pathname;

class CommandLab extends Lab {
  /** What the latest server in the foreground has written. */
  output = "";

  pyredis(words: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return this.run(process.execPath, [MAIN, ...words], options);
  }

  /** A server in the foreground; ready when it answers. */
  async server(t: TestContext, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const child = spawn(process.execPath, [MAIN, "server", ...words], {
      cwd: this.home,
      env: { ...process.env, PYREDIS_DAEMON_REGISTRY: this.path("registry"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.track(child.pid ?? 0);
    t.after(() => child.kill("SIGKILL"));
    this.output = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.output += chunk;
    });
    await waitFor("the server", () => this.output.includes("Ready to accept connections"));
    return child;
  }

  /** A configuration; `name` is of its pidfile, the log and the directory. */
  configure(name: string, port: number, ...lines: string[]): string {
    const places = [`pidfile ${this.path(`${name}.pid`)}`, `logfile ${this.path(`${name}.log`)}`, `dir ${this.home}`];
    return this.write(`${name}.conf`, [`port ${port}`, "bind 127.0.0.1", ...places, ...lines, ""].join("\n"));
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  await waitFor("its end", () => child.exitCode !== null || child.signalCode !== null);
}

test("a server in the foreground beside the daemon of its file leaves the daemon's files alone", async (t) => {
  const lab = new CommandLab(t);
  const conf = lab.configure("a", await findFreePort());
  assert.equal((await lab.pyredis(["start", conf])).code, 0);
  const pid = lab.track(lab.pidIn(lab.path("a.pid")));
  const files = readdirSync(lab.home).sort();
  const state = readFileSync(lab.path("a.pid.state"), "utf8");
  assert.notEqual((await lab.pyredis(["server", conf])).code, 0);
  // On a port of its own it serves, as redis-server does, and the pidfile stays the daemon's.
  const other = await lab.server(t, [conf, "--port", String(await findFreePort()), "--logfile", ""]);
  assert.match(lab.output, new RegExp(`# Failed to write PID file: a is already running, pid ${pid} \\(pidfile `));
  assert.equal(readFileSync(lab.path("a.pid"), "utf8"), `${pid}\n`);
  other.kill("SIGTERM");
  await endOf(other);
  assert.deepEqual(readdirSync(lab.home).sort(), files);
  assert.equal(readFileSync(lab.path("a.pid"), "utf8"), `${pid}\n`);
  assert.equal(readFileSync(lab.path("a.pid.state"), "utf8"), state);
  assert.equal((await lab.pyredis(["stop", conf])).code, 0);
});

test("a server in the foreground neither overwrites nor removes what is no pidfile, and follows no link", async (t) => {
  const lab = new CommandLab(t);
  const data = lab.write("precious", "my letters\n");
  symlinkSync(data, lab.path("link.pid"));
  const run = async (pidfile: string): Promise<void> => {
    const words = ["--port", String(await findFreePort()), "--pidfile", pidfile, "--dir", lab.home];
    const child = await lab.server(t, words);
    child.kill("SIGTERM");
    await endOf(child);
    assert.equal(child.exitCode, 0, pidfile);
  };
  await run(data);
  await run(lab.path("link.pid"));
  await run("/dev/null");
  assert.equal(readFileSync(data, "utf8"), "my letters\n");
  assert.ok(existsSync(lab.path("link.pid")));
  assert.ok(existsSync("/dev/null"));
  assert.equal(existsSync("/dev/null.lock") || existsSync("/dev/null.state"), false);
});

test("status, ps and stop know a server in the foreground, with a pidfile and without, and under whom it runs", async (t) => {
  const lab = new CommandLab(t);
  const conf = lab.configure("a", await findFreePort(), 'logfile ""');
  const child = await lab.server(t, [conf]);
  assert.equal(lab.pidIn(lab.path("a.pid")), child.pid);
  const status = await lab.pyredis(["status", conf]);
  assert.equal(status.code, 0);
  assert.match(status.stdout, new RegExp(`^a is running, pid ${child.pid}, 127\\.0\\.0\\.1:\\d+, in the foreground, `));
  const again = await lab.pyredis(["start", conf]);
  assert.equal(again.code, 150);
  const restart = await lab.pyredis(["restart", conf]);
  assert.equal(restart.code, 1);
  assert.match(restart.stderr, /not restarted.*foreground/);
  assert.ok(isRunning(child.pid ?? 0));

  const port = await findFreePort();
  const plain = await lab.server(t, ["--port", String(port), "--dir", lab.home]);
  const ps = await lab.pyredis(["ps"]);
  assert.match(ps.stdout, new RegExp(`^pyredis-${port} +${plain.pid} +running \\(foreground\\) .*:${port} `, "m"));
  assert.equal((await lab.pyredis(["status", "--port", String(port)])).code, 0);
  assert.equal((await lab.pyredis(["stop", `pyredis-${port}`])).code, 0);
  await endOf(plain);
  assert.equal((await lab.pyredis(["stop", "a"])).code, 0);
  await endOf(child);
  assert.equal(existsSync(lab.path("a.pid")), false);
  assert.equal((await lab.pyredis(["ps"])).stdout.trim().split("\n").length, 1);
});

test("every verb takes the name that ps shows, of a crashed one too", async (t) => {
  const lab = new CommandLab(t);
  const confs = await Promise.all(["one", "two"].map(async (name) => lab.configure(name, await findFreePort())));
  for (const conf of confs) assert.equal((await lab.pyredis(["start", conf])).code, 0);
  const pid = lab.track(lab.pidIn(lab.path("one.pid")));
  lab.track(lab.pidIn(lab.path("two.pid")));
  const ps = await lab.pyredis(["ps"]);
  const [titles = "", one = "", two = ""] = ps.stdout.split("\n");
  assert.match(titles, /^NAME +PID +STATE .* PIDFILE/);
  assert.match(one, new RegExp(`^one +${pid} +running .* ${lab.path("one.pid")}$`));
  assert.match(two, /^two /);

  assert.match((await lab.pyredis(["status", "one"])).stdout, new RegExp(`^one is running, pid ${pid}, `));
  assert.match((await lab.pyredis(["logs", "two"])).stdout, /Ready to accept connections/);
  assert.equal((await lab.pyredis(["reopen", "one"])).code, 0);
  assert.match((await lab.pyredis(["start", "one"])).stderr, new RegExp(`one is already running, pid ${pid} `));
  const restarted = await lab.pyredis(["restart", "one"]);
  assert.equal(restarted.code, 0, restarted.stderr);
  const second = lab.track(lab.pidIn(lab.path("one.pid")));
  assert.notEqual(second, pid);

  killNow(second);
  await waitFor("its end", () => !isRunning(second));
  assert.match((await lab.pyredis(["ps"])).stdout, /^one +- +dead .* pid \d+: killed/m);
  const json = JSON.parse((await lab.pyredis(["status", "one", "--json"])).stdout);
  assert.deepEqual([json.name, json.state, json.code, json.pid], ["one", "dead", 1, null]);
  assert.equal(json.end.code, null);
  const started = await lab.pyredis(["start", "one"]);
  assert.equal(started.code, 0, started.stderr);
  lab.track(lab.pidIn(lab.path("one.pid")));
  assert.equal((await lab.pyredis(["stop", "one"])).code, 0);

  const unknown = await lab.pyredis(["stop", "twoo"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /no instance and no configuration file with the name twoo \(did you mean "two"\?\)/);
  assert.equal((await lab.pyredis(["stop", "two"])).code, 0);
});

test("a name that two instances have is refused, with their pidfiles", async (t) => {
  const lab = new CommandLab(t);
  for (const folder of ["a", "b"]) {
    mkdirSync(lab.path(folder));
    const conf = lab.configure(`${folder}/same`, await findFreePort());
    assert.equal((await lab.pyredis(["start", conf])).code, 0);
    lab.track(lab.pidIn(lab.path(`${folder}/same.pid`)));
  }
  const { code, stderr } = await lab.pyredis(["stop", "same"]);
  assert.equal(code, 2);
  assert.match(stderr, /2 instances have the name same: .*a\/same\.pid, .*b\/same\.pid/);
  for (const folder of ["a", "b"]) {
    assert.equal((await lab.pyredis(["stop", "--pidfile", lab.path(`${folder}/same.pid`)])).code, 0);
  }
});

test("logs shows no other instance's log for a pidfile that nobody has", async (t) => {
  const lab = new CommandLab(t);
  const { code, stdout, stderr } = await lab.pyredis(["logs", "--pidfile", "/nowhere/x.pid"]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(stderr, "pyredis: it is not known where x logs (pidfile /nowhere/x.pid)\n");
});

test(
  "what a user may not do is exit code 4, and what is wrong in the arguments 2",
  needs("root", "setpriv"),
  async (t) => {
    const lab = new CommandLab(t);
    const main = join(lab.installPackage(), "dist/cli/main.js");
    const port = String(await findFreePort());
    mkdirSync(lab.path("own"));
    chownSync(lab.path("own"), 65534, 65534);
    const secret = lab.write("secret.conf", `port ${port}\n`);
    chmodSync(secret, 0o600);
    mkdirSync(lab.path("closed"), { mode: 0o700 });
    const asNobody = (...words: string[]): Promise<Finished> => {
      const env = { HOME: lab.path("own"), XDG_RUNTIME_DIR: "", XDG_STATE_HOME: "", XDG_DATA_HOME: "" };
      const user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", process.execPath, main];
      return lab.run("setpriv", [...user, ...words], { env, cwd: lab.path("own") });
    };
    const own = [
      "--port",
      port,
      "--pidfile",
      lab.path("own/p.pid"),
      "--logfile",
      lab.path("own/s.log"),
      "--dir",
      lab.path("own"),
    ];
    const denied: [what: string, words: string[]][] = [
      ["log", ["--logfile", lab.path("closed/s.log")]],
      ["dir", ["--dir", lab.path("closed")]],
      ["pidfile", ["--pidfile", lab.path("closed/p.pid")]],
      ["pidfile's directory", ["--pidfile", lab.path("closed/new/p.pid")]],
      ["unix socket", ["--unixsocket", lab.path("closed/s.sock")]],
    ];
    if (readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8").trim() !== "0") {
      denied.push(["port", ["--port", "80", "--bind", "127.0.0.1"]]);
    }
    for (const [what, words] of denied) {
      const { code, stderr } = await asNobody("start", ...own, ...words);
      assert.equal(code, 4, `${what}: ${stderr}`);
      assert.match(stderr, /[Pp]ermission denied/, what);
      assert.doesNotMatch(stderr, /^\s+at /m, what);
      assert.deepEqual(
        readdirSync(lab.path("own")).filter((name) => name.startsWith("p.pid")),
        [],
        what,
      );
    }
    assert.equal((await asNobody("start", secret)).code, 4);
    assert.equal((await asNobody("logs", ...own, "--logfile", lab.path("closed/s.log"))).code, 4);
    for (const words of [
      ["--prot", "1"],
      ["--port", "many"],
      ["--maxmemory", "x"],
    ]) {
      for (const verb of ["start", "status", "stop"]) {
        const { code, stderr } = await asNobody(verb, ...words);
        assert.equal(code, 2, `${verb} ${words.join(" ")}: ${stderr}`);
      }
    }
  },
);

for (const [what, name] of [
  ["in Latin", "dé"],
  ["in Chinese", "数据"],
  ["with a space and quotes", "a \"b' c"],
] as const) {
  test(`paths ${what} are shown and found as they are`, async (t) => {
    const lab = new CommandLab(t);
    const home = lab.path(name);
    mkdirSync(home);
    const port = await findFreePort();
    const quoted = JSON.stringify(home).slice(1, -1);
    const lines = [`port ${port}`, "bind 127.0.0.1", `dir "${quoted}"`, `pidfile "${quoted}/p é.pid"`];
    const conf = lab.write(
      `${name}/redis.conf`,
      [...lines, 'logfile "s é.log"', 'unixsocket "s é.sock"', ""].join("\n"),
    );
    const started = await lab.pyredis(["start", conf]);
    assert.equal(started.code, 0, started.stderr);
    const pidfile = join(home, "p é.pid");
    const pid = lab.track(lab.pidIn(pidfile));
    const json = JSON.parse((await lab.pyredis(["status", conf, "--json"])).stdout);
    assert.deepEqual(
      [json.pidfile, json.logFile, json.pid, json.addresses],
      [pidfile, join(home, "s é.log"), pid, [`127.0.0.1:${port}`, join(home, "s é.sock")]],
    );
    assert.match((await lab.pyredis(["logs", conf])).stdout, /Ready to accept connections/);
    assert.match((await lab.pyredis(["logs", "--pidfile", pidfile])).stdout, /Ready to accept connections/);
    assert.match((await lab.pyredis(["ps"])).stdout, /^p é +\d+ +running/m);
    const ask = async (...words: string[]) => (await lab.run("redis-cli", ["-p", String(port), ...words])).stdout;
    for (const [directive, value] of [
      ["dir", home],
      ["pidfile", pidfile],
      ["logfile", "s é.log"],
    ] as const) {
      assert.equal(await ask("config", "get", directive), `${directive}\n${value}\n`);
    }
    assert.ok((await ask("info", "server")).includes(`config_file:${conf}`));
    await ask("config", "set", "proc-title-template", "{title} {config-file} {unixsocket}");
    assert.ok(readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`main.js ${conf} s é.sock`));
    const restarted = await lab.pyredis(["restart", conf]);
    assert.equal(restarted.code, 0, restarted.stderr);
    lab.track(lab.pidIn(pidfile));
    assert.equal((await lab.pyredis(["stop", "p é"])).code, 0);
    assert.equal(existsSync(pidfile), false);
  });
}
