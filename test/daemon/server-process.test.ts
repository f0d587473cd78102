// The process around the server as redis-server behaves: its log, its files, its signals, its ends.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { PYREDIS_VERSION } from "#src/base/version.js";
import { findFreePort, makeTestDirectory, removeTestDirectory, ServerProcess } from "../support/child-process.js";
import { CLI_MAIN } from "../support/pyredis-process.js";
import { RespClient } from "../support/resp-client.js";
import { waitFor } from "../support/wait-for.js";

interface Lab {
  readonly directory: string;
  readonly port: number;
  readonly file: string;
}

/** A directory with a redis.conf of these lines. */
async function makeLab(t: TestContext, ...lines: string[]): Promise<Lab> {
  const directory = makeTestDirectory();
  t.after(() => removeTestDirectory(directory));
  const port = await findFreePort();
  const file = join(directory, "redis.conf");
  writeFileSync(file, [`port ${port}`, "bind 127.0.0.1", 'save ""', `dir ${directory}`, ...lines, ""].join("\n"));
  return { directory, port, file };
}

function spawnServer(t: TestContext, ...args: string[]): ServerProcess {
  const child = new ServerProcess(process.execPath, [CLI_MAIN, "server", ...args]);
  t.after(() => child.stop());
  return child;
}

async function startServer(t: TestContext, lab: Lab, ...args: string[]): Promise<ServerProcess> {
  const child = spawnServer(t, lab.file, ...args);
  await untilLog(child, /Ready to accept connections/);
  return child;
}

/** Output may come after the end of the process. */
async function untilLog(child: ServerProcess, text: RegExp): Promise<void> {
  await waitFor(`${text} in the log`, () => text.test(child.output));
}

async function connect(t: TestContext, lab: Lab): Promise<RespClient> {
  const client = await RespClient.connect({ host: "127.0.0.1", port: lab.port });
  t.after(() => client.close());
  return client;
}

function runToEnd(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI_MAIN, "server", ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

test("a relative logfile lies in `dir` from its first line on, not where the command was given", async (t) => {
  const lab = await makeLab(t);
  const child = spawnServer(t, "--port", String(lab.port), "--dir", lab.directory, "--logfile", "relative.log");
  const path = join(lab.directory, "relative.log");
  await waitFor("the log", () => existsSync(path) && /Ready to accept/.test(readFileSync(path, "utf8")));
  assert.match(readFileSync(path, "utf8"), /^\d+:C .*# Data is kept in memory only: save is not supported yet/);
  assert.equal(existsSync("relative.log"), false);
  await child.stop();
});

test("V8's threads leave the processor to the server's own", {
  skip: process.platform !== "linux" && "no nice values of threads",
}, async (t) => {
  const child = await startServer(t, await makeLab(t));
  const niceOf = (thread: string): number => {
    const stat = readFileSync(`/proc/${child.pid}/task/${thread}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")")).split(" ")[17]);
  };
  const own = niceOf(String(child.pid));
  const others = readdirSync(`/proc/${child.pid}/task`).filter((thread) => thread !== String(child.pid));
  assert.ok(others.some((thread) => niceOf(thread) === Math.min(own + 5, 19)));
});

test("the log tells pid, initialization and each listener, in this order", async (t) => {
  const lab = await makeLab(t, "always-show-logo yes");
  const path = join(lab.directory, "s.sock");
  const child = await startServer(t, lab, "--unixsocket", path, "--unixsocketperm", "700");
  await untilLog(child, /connections unix/);
  const version = `pyredis version=${PYREDIS_VERSION}, Redis version=7.4.1, `;
  const order = [
    version,
    ` PID: ${child.pid}\n`,
    "Server initialized",
    "Ready to accept connections tcp",
    "connections unix",
  ];
  const places = order.map((text) => child.output.indexOf(text));
  assert.deepEqual(
    places,
    [...places].sort((left, right) => left - right),
  );
  assert.ok(
    places.every((place) => place >= 0),
    child.output,
  );
  assert.equal(statSync(path).mode & 0o777, 0o700);
  const client = await RespClient.connect({ path });
  t.after(() => client.close());
  assert.equal(await client.ask("PING"), "+PONG");
});

test("the log goes to logfile line by line, at its level, which CONFIG SET changes", async (t) => {
  const lab = await makeLab(t, "logfile server.log", "enable-debug-command yes");
  const child = spawnServer(t, lab.file);
  const log = (): string => readFileSync(join(lab.directory, "server.log"), "utf8");
  await waitFor("the server to be ready", () => /Ready to accept/.test(log()));
  const client = await connect(t, lab);
  assert.doesNotMatch(log(), / - Accepted /);
  await client.ask("CONFIG", "SET", "loglevel", "verbose");
  await connect(t, lab);
  await waitFor("a line of level verbose", () => new RegExp(`^${child.pid}:M .* - Accepted 127`, "m").test(log()));
  await client.ask("DEBUG", "LOG", "hello");
  assert.match(log(), / # DEBUG LOG: hello\n/);
  assert.equal(child.output, "");
});

test("a directive without an effect is one warning on standard error and one in the log", async (t) => {
  const lab = await makeLab(t, "io-threads 4", "masterauth secret", "logfile server.log");
  const child = await startServer(t, lab, "--logfile", "");
  const lines = child.output.split("\n").filter((line) => line.includes("has no effect"));
  assert.equal(lines.filter((line) => line.startsWith("pyredis: warning: ")).length, 2, child.output);
  assert.equal(lines.filter((line) => line.includes(" # ")).length, 2, child.output);
  assert.doesNotMatch(child.output, /secret/);
});

test("a pidfile is written where one is configured, and removed at the end", async (t) => {
  const lab = await makeLab(t, "pidfile server.pid");
  const child = await startServer(t, lab);
  const pidfile = join(lab.directory, "server.pid");
  assert.equal(readFileSync(pidfile, "utf8"), `${child.pid}\n`);
  child.kill("SIGTERM");
  await child.waitForExit();
  assert.equal(child.exitCode, 0);
  assert.equal(existsSync(pidfile), false);
});

test("SIGTERM, SIGINT and SHUTDOWN end it with exit code 0 and a last line", async (t) => {
  for (const end of ["SIGTERM", "SIGINT", "SHUTDOWN"] as const) {
    const lab = await makeLab(t);
    const child = await startServer(t, lab);
    if (end === "SHUTDOWN") (await connect(t, lab)).raw("SHUTDOWN\r\n");
    else child.kill(end);
    await child.waitForExit();
    assert.equal(child.exitCode, 0, end);
    await untilLog(child, /User requested shutdown\.\.\.\n[\s\S]*Redis is now ready to exit, bye bye\.\.\.\n$/);
  }
});

test("SIGTERM works while a command blocks, and SIGHUP ends nothing", async (t) => {
  const lab = await makeLab(t, "enable-debug-command yes");
  const child = await startServer(t, lab);
  const client = await connect(t, lab);
  child.kill("SIGHUP");
  assert.equal(await client.ask("PING"), "+PONG");
  client.raw("DEBUG SLEEP 0.3\r\n");
  child.kill("SIGTERM");
  await child.waitForExit();
  assert.equal(child.exitCode, 0);
});

test("SHUTDOWN ABORT takes a signal back that cron has not met yet; a second SIGINT does not wait for cron", async (t) => {
  const lab = await makeLab(t, "enable-debug-command yes");
  const child = await startServer(t, lab);
  const client = await connect(t, lab);
  await client.ask("DEBUG", "PAUSE-CRON", 1);
  child.kill("SIGTERM");
  await untilLog(child, /Received SIGTERM scheduling shutdown/);
  assert.equal(await client.ask("SHUTDOWN", "ABORT"), "+OK");
  await untilLog(child, /Shutdown manually aborted\./);
  await client.ask("DEBUG", "PAUSE-CRON", 0);
  assert.equal(await client.ask("SHUTDOWN", "ABORT"), "-ERR No shutdown in progress.");
  await client.ask("DEBUG", "PAUSE-CRON", 1);
  child.kill("SIGINT");
  await untilLog(child, /Received SIGINT scheduling shutdown/);
  child.kill("SIGINT");
  await child.waitForExit();
  assert.equal(child.exitCode, 1);
});

test("with save points the log says that nothing is saved, and SHUTDOWN SAVE is refused", async (t) => {
  const lab = await makeLab(t);
  const child = await startServer(t, lab, "--save", "100 1", "--ignore-unsupported", "--shutdown-on-sigterm", "save");
  const client = await connect(t, lab);
  assert.equal(await client.ask("SHUTDOWN", "SAVE"), "-ERR Errors trying to SHUTDOWN. Check logs.");
  child.kill("SIGTERM");
  await untilLog(child, /Errors trying to shut down the server/);
  assert.equal(await client.ask("PING"), "+PONG");
  client.raw("SHUTDOWN\r\n");
  await child.waitForExit();
  assert.equal(child.exitCode, 0);
  await untilLog(child, /the data is NOT saved/);
});

test("a wrong configuration is told on standard error, once, in Redis's words", async (t) => {
  const lab = await makeLab(t, "hz many");
  const { code, stdout, stderr } = runToEnd(lab.file);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    "\n*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***\nReading the configuration file, at line 5\n>>> 'hz many'\n" +
      "argument couldn't be parsed into an integer\n",
  );
});

test("a configuration that cannot be opened is told in the log", () => {
  const { code, stdout, stderr } = runToEnd("/does/not/exist.conf");
  assert.equal(code, 1);
  assert.match(
    stdout,
    /# Fatal error, can't open config file '\/does\/not\/exist\.conf': No such file or directory\n$/,
  );
  assert.equal(stderr, "");
});

test("a taken port ends the start with exit code 1 and its reason in the log", async (t) => {
  const lab = await makeLab(t);
  await startServer(t, lab);
  const { code, stdout, stderr } = runToEnd(lab.file);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /Could not create server TCP listening socket 127\.0\.0\.1:\d+: [\s\S]*Failed listening on port/,
  );
  assert.equal(stderr, "");
});

test("a server that would listen nowhere does not start", async (t) => {
  const lab = await makeLab(t);
  for (const words of [
    ["--port", "0"],
    ["--bind", ""],
  ]) {
    const { code, stdout } = runToEnd(lab.file, ...words);
    assert.equal(code, 1);
    assert.match(stdout, /# Configured to not listen anywhere, exiting\.\n$/);
  }
});

test("rename-command renames and removes; an unknown name is a wrong configuration", async (t) => {
  const lab = await makeLab(t, "rename-command GET fetch", 'rename-command FLUSHALL ""');
  await startServer(t, lab);
  const client = await connect(t, lab);
  assert.equal(await client.ask("FETCH", "k"), "$nil");
  assert.match(await client.ask("GET", "k"), /^-ERR unknown command 'GET'/);
  assert.match(await client.ask("FLUSHALL"), /^-ERR unknown command 'FLUSHALL'/);
  assert.match(runToEnd("--rename-command", "NOTHING", "x").stderr, /\nNo such command in rename-command\n$/);
  assert.match(runToEnd("--rename-command", "GET", "SET").stderr, /\nTarget command name already exists\n$/);
});

test("CONFIG REWRITE writes the file that the server was started with, wherever dir has moved", async (t) => {
  const lab = await makeLab(t);
  await startServer(t, lab);
  const client = await connect(t, lab);
  assert.equal(await client.ask("CONFIG", "SET", "maxclients", "321"), "+OK");
  assert.equal(await client.ask("CONFIG", "REWRITE"), "+OK");
  assert.match(readFileSync(lab.file, "utf8"), /^maxclients 321$/m);
});

test("DEBUG SEGFAULT and ASSERT end the process by a signal, after a report", async (t) => {
  for (const [word, signal, headline] of [
    ["SEGFAULT", "SIGSEGV", /crashed by signal: 11/],
    ["ASSERT", "SIGABRT", /=== ASSERTION FAILED ===/],
    ["PANIC", "SIGABRT", /Guru Meditation: DEBUG PANIC called/],
  ] as const) {
    const lab = await makeLab(t, "enable-debug-command yes");
    const child = await startServer(t, lab);
    (await connect(t, lab)).raw(`DEBUG ${word}\r\n`);
    await child.waitForExit();
    assert.equal(child.exitCode, null, signal);
    await untilLog(child, /BUG REPORT END/);
    assert.match(child.output, headline);
    assert.match(child.output, /LAST COMMAND -+\ndebug\n/);
  }
});

test("SIGABRT ends it with a report, SIGALRM leaves a line in the log", async (t) => {
  const lab = await makeLab(t);
  const child = await startServer(t, lab);
  child.kill("SIGALRM");
  await untilLog(child, /Received SIGALRM/);
  child.kill("SIGABRT");
  await child.waitForExit();
  assert.equal(child.exitCode, null);
  await untilLog(child, /crashed by signal: 6[\s\S]*BUG REPORT END/);
});

test("use-exit-on-panic makes a panic exit code 1, and crash-log-enabled leaves out the report", async (t) => {
  const lab = await makeLab(t, "enable-debug-command yes", "use-exit-on-panic yes", "crash-log-enabled no");
  const child = await startServer(t, lab);
  (await connect(t, lab)).raw("DEBUG PANIC\r\n");
  await child.waitForExit();
  assert.equal(child.exitCode, 1);
  await untilLog(child, /Guru Meditation/);
  assert.doesNotMatch(child.output, /BUG REPORT/);
});

test("an exception or a rejection that nobody caught ends it with a report and exit code 1", async (t) => {
  const lab = await makeLab(t);
  for (const [kind, fault] of [
    ["an uncaught exception", "throw new Error('boom')"],
    ["an unhandled rejection", "Promise.reject(new Error('boom'))"],
  ] as const) {
    // The fault comes when the server is ready, as its title shows.
    const script = `const timer = setInterval(() => {
      if (!process.title.includes('${lab.port}')) return;
      clearInterval(timer);
      ${fault};
    }, 10)`;
    const preload = `data:text/javascript,${encodeURIComponent(script)}`;
    const child = new ServerProcess(process.execPath, ["--import", preload, CLI_MAIN, "server", lab.file]);
    t.after(() => child.stop());
    await child.waitForExit();
    assert.equal(child.exitCode, 1);
    await untilLog(child, /BUG REPORT END/);
    assert.match(child.output, new RegExp(`crashed by ${kind}: boom\\n`));
  }
});
