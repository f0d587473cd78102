// The command line of `pyredis` as a person meets it: help, versions, typos, output that is lost, and what a restart makes
// of options and of an edited file.
import assert from "node:assert/strict";
import { existsSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PYREDIS_VERSION } from "#src/base/version.js";
import { formatServerWords, overlayServerWords, parseServerWords } from "#src/cli/server-words.js";
import { RespClient } from "../support/resp-client.js";
import { type Finished, findFreePort, isRunning, Lab, type RunOptions } from "./lab.js";

const CLI = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

class CliLab extends Lab {
  async pyredis(words: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const env = { HOME: this.home, XDG_RUNTIME_DIR: this.home, ...options.env };
    return await this.run(process.execPath, [CLI, ...words], { ...options, env });
  }

  /** Arguments that keep an instance's files here. */
  places(name: string): string[] {
    return ["--pidfile", this.path(`${name}.pid`), "--logfile", this.path(`${name}.log`), "--dir", this.home];
  }
}

async function ask(t: TestContext, port: number, ...words: string[]): Promise<string> {
  const client = await RespClient.connect({ port });
  t.after(() => client.close());
  return await client.ask(...words);
}

test("the version is that of the package, in every spelling", async (t) => {
  const lab = new CliLab(t);
  const { version }: { version: string } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
  assert.equal(PYREDIS_VERSION, version);
  for (const words of [["-v"], ["--version"], ["version"]]) {
    assert.deepEqual(await lab.pyredis(words), { code: 0, stdout: `${version}\n`, stderr: "" });
  }
  const server = await lab.pyredis(["server", "--version"]);
  assert.equal(server.stdout, `Redis server v=7.4.1 sha=00000000:0 malloc=pyredis-${version} bits=64 build=0\n`);
});

test("the help names the program as it is called, and has examples", async (t) => {
  const lab = new CliLab(t);
  const all = await lab.pyredis(["--help"]);
  assert.equal(all.code, 0);
  assert.match(all.stdout, /Examples:\n {2}pyredis start /);
  const start = await lab.pyredis(["start", "--help"]);
  assert.match(start.stdout, /--ignore-unsupported/);
  assert.match(start.stdout, /Examples:\n {2}pyredis start /);
  const server = await lab.pyredis(["server", "--help"]);
  assert.match(server.stderr, /^Usage: pyredis server \[/);
  assert.match(server.stderr, /--ignore-unsupported/);
  assert.ok(!`${all.stdout}${start.stdout}${server.stderr}`.includes("redis-server ["));
});

test("a typo has code 2 and a suggestion: commands, our options, directives, signals", async (t) => {
  const lab = new CliLab(t);
  const cases: readonly [words: string[], stderr: string][] = [
    [["strat"], 'unknown command strat (did you mean "start"?)'],
    [["statsu", "--port", "7000"], 'unknown command statsu (did you mean "status"?)'],
    [["redis.conf"], 'unknown command redis.conf (did you mean "start redis.conf"?)'],
    [["stop", "--forec"], 'unknown option --forec (did you mean "--force"?)'],
    [["start", "--h"], 'unknown option --h (did you mean "--hz"?)'],
    [["start", "--port=7000"], "unknown option --port=7000 (write it as two words: --port 7000)"],
    [["start", "--prot", "7000"], 'unknown option --prot (did you mean "--port"?)'],
    [["restart", "--maxmemroy", "1gb"], 'unknown option --maxmemroy (did you mean "--maxmemory"?)'],
    [["start", "--ignore-unsuported"], 'unknown option --ignore-unsuported (did you mean "--ignore-unsupported"?)'],
    [["logs", "--lins", "5"], 'unknown option --lins (did you mean "--lines"?)'],
    [["signal", "SIGHPU"], 'SIGHPU is no signal\'s name (did you mean "SIGHUP"?)'],
    [["signal", "ZOO"], "ZOO is no signal's name"],
    [["status", "--xyzzyxyzzy", "1"], "unknown option --xyzzyxyzzy"],
    [["--port", "7000"], 'no command before --port (did you mean "start --port"?)'],
    [["ps", "--jsn"], 'unknown option --jsn (did you mean "--json"?)'],
    [
      ["start", "--start-timeout", "soon"],
      "option '--start-timeout <seconds>' argument 'soon' is invalid. Not a time in seconds.",
    ],
  ];
  for (const [words, stderr] of cases) {
    assert.deepEqual(
      await lab.pyredis(words),
      { code: 2, stdout: "", stderr: `pyredis: ${stderr}\n` },
      words.join(" "),
    );
  }
});

test("rename-command of an unknown command is refused in Redis's words, with a suggestion below", async (t) => {
  const lab = new CliLab(t);
  const server = await lab.pyredis(["server", "--rename-command", "kyes", "x"]);
  assert.equal(server.code, 1);
  assert.match(server.stderr, /'\nNo such command in rename-command\nDid you mean 'keys'\?\n$/);
});

test("output that cannot be written is a failure of every command", {
  skip: !existsSync("/dev/full") && "no /dev/full",
}, async (t) => {
  const lab = new CliLab(t);
  const port = String(await findFreePort());
  const commands: readonly string[][] = [
    ["--help"],
    ["--version"],
    ["version"],
    ["help", "start"],
    ["start", "--help"],
    ["server", "--version"],
    ["server", "--check-system"],
    ["start", "--port", port, ...lab.places("a")],
    ["status", ...lab.places("a")],
    ["status", "--json", ...lab.places("a")],
    ["logs", ...lab.places("a")],
    ["ps"],
    ["ps", "--json"],
    ["reopen", ...lab.places("a")],
    ["unit", "systemd", "--port", port],
    ["restart", ...lab.places("a")],
    ["stop", ...lab.places("a")],
  ];
  for (const words of commands) {
    const full = openSync("/dev/full", "w");
    const finished = await lab.runInto(full, process.execPath, [CLI, ...words]);
    assert.ok(finished.code !== 0, `${words.join(" ")}: ${finished.code}`);
    assert.match(finished.stderr, /cannot write to standard output: .*no space left/, words.join(" "));
  }
  assert.equal((await lab.pyredis(["status", ...lab.places("a")])).code, 3, "what they did, they did");
});

test("options of a restart come on top of those of the start, and stay", async (t) => {
  const lab = new CliLab(t);
  const port = await findFreePort();
  const words = ["--port", String(port), "--bind", "127.0.0.1", ...lab.places("a")];
  const started = await lab.pyredis(["start", ...words, "--hz", "20", "--maxmemory", "5mb"]);
  assert.equal(started.code, 0, started.stderr);
  const restarted = await lab.pyredis(["restart", ...words, "--maxmemory", "10mb"]);
  assert.equal(restarted.code, 0, restarted.stderr);
  assert.match(await ask(t, port, "CONFIG", "GET", "maxmemory"), /"10485760"/);
  assert.match(await ask(t, port, "CONFIG", "GET", "hz"), /"20"/);
  assert.equal((await lab.pyredis(["restart", "--pidfile", lab.path("a.pid")])).code, 0);
  assert.match(await ask(t, port, "CONFIG", "GET", "maxmemory"), /"10485760"/);

  const other = await findFreePort();
  assert.equal((await lab.pyredis(["restart", "--pidfile", lab.path("a.pid"), "--port", String(other)])).code, 0);
  assert.equal(await ask(t, other, "PING"), "+PONG");
  const wrong = await lab.pyredis(["restart", "--pidfile", lab.path("a.pid"), "--hz", "many"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /At the option --hz\n.*couldn't be parsed into an integer/s);
  const refused = await lab.pyredis(["restart", "--pidfile", lab.path("a.pid"), "--appendonly", "yes"]);
  assert.match(refused.stderr, /would not start again:.*appendonly is not supported/s);
  assert.equal(await ask(t, other, "PING"), "+PONG", "it runs on");
  const ignoring = await lab.pyredis([
    "restart",
    "--pidfile",
    lab.path("a.pid"),
    "--appendonly",
    "yes",
    "--ignore-unsupported",
  ]);
  assert.equal(ignoring.code, 0, ignoring.stderr);
  assert.match(ignoring.stderr, /^pyredis: warning: appendonly is not supported/);
  assert.equal((await lab.pyredis(["restart", "--pidfile", lab.path("a.pid")])).code, 0, "the flag stays, too");
  assert.equal((await lab.pyredis(["stop", "--pidfile", lab.path("a.pid")])).code, 0);
});

test("a file that has another port or pidfile by now still means the server that was started with it", async (t) => {
  const lab = new CliLab(t);
  const [first, second] = [await findFreePort(), await findFreePort()];
  const conf = lab.path("redis.conf");
  const write = (port: number, pidfile: string): void =>
    writeFileSync(
      conf,
      `port ${port}\nbind 127.0.0.1\npidfile ${lab.path(pidfile)}\nlogfile ${lab.path("a.log")}\ndir ${lab.home}\n`,
    );
  write(first, "one.pid");
  assert.equal((await lab.pyredis(["start", conf])).code, 0);
  const pid = lab.pidIn(lab.path("one.pid"));
  write(second, "two.pid");
  const status = await lab.pyredis(["status", conf]);
  assert.equal(status.code, 0, status.stdout);
  assert.match(status.stdout, new RegExp(`pid ${pid}, 127\\.0\\.0\\.1:${first}`));

  const restarted = await lab.pyredis(["restart", conf]);
  assert.equal(restarted.code, 0, restarted.stderr);
  assert.ok(!isRunning(pid), "the old one is gone");
  assert.ok(!existsSync(lab.path("one.pid")));
  lab.track(lab.pidIn(lab.path("two.pid")));
  assert.equal(await ask(t, second, "PING"), "+PONG");

  const moved = await lab.pyredis(["restart", conf, "--port", String(first)]);
  assert.equal(moved.code, 0, moved.stderr);
  assert.equal(await ask(t, first, "PING"), "+PONG");
  assert.equal((await lab.pyredis(["stop", conf])).code, 0);
  assert.equal((await lab.pyredis(["status", conf])).code, 3);
});

test("where the pidfile follows from the port, an edited port does not start a second server", async (t) => {
  const lab = new CliLab(t);
  const [first, second] = [await findFreePort(), await findFreePort()];
  const conf = lab.path("redis.conf");
  const write = (port: number): void =>
    writeFileSync(conf, `port ${port}\nbind 127.0.0.1\nlogfile ${lab.path("a.log")}\ndir ${lab.home}\n`);
  write(first);
  const started = await lab.pyredis(["start", conf]);
  assert.equal(started.code, 0, started.stderr);
  write(second);
  const restarted = await lab.pyredis(["restart", conf]);
  assert.equal(restarted.code, 0, restarted.stderr);
  const listed: { pid: number; addresses: string[] }[] = JSON.parse((await lab.pyredis(["ps", "--json"])).stdout);
  assert.deepEqual(
    listed.map(({ addresses }) => addresses),
    [[`127.0.0.1:${second}`]],
  );
  assert.equal(await ask(t, second, "PING"), "+PONG");
  const beside = await lab.pyredis(["restart", conf, "--port", String(await findFreePort())]);
  assert.equal(beside.code, 2);
  assert.match(beside.stderr, /not restarted, .*\n {2}pid \d+, 127\.0\.0\.1:\d+, --pidfile /);
  assert.equal((await lab.pyredis(["stop", conf])).code, 0);
});

test("a directory with a dataset ends the start with one line, and the dataset stays as it is", async (t) => {
  const lab = new CliLab(t);
  const port = String(await findFreePort());
  const cases: readonly [file: string, shown: string, options: string[]][] = [
    ["data-1/dump.rdb", "data-1/dump.rdb", []],
    ["data-2/my.rdb", "data-2/my.rdb", ["--dbfilename", "my.rdb"]],
    ["data-3/appendonlydir/appendonly.aof.manifest", "data-3/appendonlydir", []],
    ["data-4/appendonly.aof", "data-4/appendonly.aof", []],
  ];
  for (const [file, shown, options] of cases) {
    const path = lab.write(file, "REDIS0011");
    const before = statSync(path);
    const dir = lab.path(file.split("/", 1)[0] ?? "");
    const words = ["--port", port, "--save", "", ...options, "--dir", dir, "--pidfile", lab.path("b.pid")];
    const line = `pyredis: ${lab.path(shown)} holds data, which this server cannot load yet: it would come up empty. Choose another dir, move it away, or start with --ignore-unsupported.\n`;
    const server = await lab.pyredis(["server", ...words]);
    assert.equal(server.code, 1);
    assert.ok(server.stderr.endsWith(line), server.stderr);
    const start = await lab.pyredis(["start", ...words, "--logfile", lab.path("b.log")]);
    assert.notEqual(start.code, 0);
    assert.ok(start.stderr.includes(line), start.stderr);
    const ignoring = await lab.pyredis(["start", "--ignore-unsupported", ...words, "--logfile", lab.path("b.log")]);
    assert.equal(ignoring.code, 0, ignoring.stderr);
    assert.match(ignoring.stderr, /^pyredis: warning: .* holds data/m);
    assert.match(readFileSync(lab.path("b.log"), "utf8"), /# .* holds data, which .* It stays as it is\./);
    assert.equal((await lab.pyredis(["stop", ...words])).code, 0);
    assert.equal(readFileSync(path, "utf8"), "REDIS0011");
    assert.equal(statSync(path).mtimeMs, before.mtimeMs);
  }
});

test("the server's words are taken apart and put together again", () => {
  const same = (...argv: string[]): void => assert.deepEqual(formatServerWords(parseServerWords(argv)), argv);
  same("redis.conf", "--port", "1", "--save", "", "--save", "900", "1", "--hz 5");
  same("--requirepass", "--force", "--proc-title-template", "--save", "--hz", "5");
  same("redis.conf", "--ignore-unsupported", "--port", "1", "-");
  assert.deepEqual(formatServerWords(parseServerWords(["-", "--port", "1"])), ["--port", "1", "-"]);
  assert.deepEqual(formatServerWords(parseServerWords(["--ignore-unsupported", "a.conf"])), [
    "a.conf",
    "--ignore-unsupported",
  ]);
});

test("laid over each other, the last value of a directive counts, and lines that add up stay", () => {
  const overlay = (before: string[], given: string[]): string[] =>
    formatServerWords(overlayServerWords(parseServerWords(before), parseServerWords(given), "/here"));
  assert.deepEqual(overlay(["a.conf", "--port", "1", "--hz", "5"], ["--PORT", "2"]), [
    "a.conf",
    "--hz",
    "5",
    "--PORT",
    "2",
  ]);
  assert.deepEqual(overlay(["--slave-priority", "1"], ["--replica-priority 2"]), ["--replica-priority 2"]);
  assert.deepEqual(overlay(["--include", "/a"], ["--include", "b"]), ["--include", "/a", "--include", "/here/b"]);
  assert.deepEqual(overlay(["--include", "/a"], ["--include", "/a"]), ["--include", "/a"]);
  assert.deepEqual(overlay(["--save", "60", "1"], ["--save", ""]), ["--save", ""]);
  assert.deepEqual(overlay(["a.conf", "--dir", "/x"], ["b.conf", "--dir", "y"]), ["/here/b.conf", "--dir", "/here/y"]);
});
