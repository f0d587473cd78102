// The directives that bind the server to its process, as redis-server 7.4.1 answers to them.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findFreePort, makeTestDirectory, removeTestDirectory, ServerProcess } from "../support/child-process.js";
import { CLI_MAIN } from "../support/pyredis-process.js";
import { RespClient } from "../support/resp-client.js";
import { waitFor } from "../support/wait-for.js";

interface Running {
  readonly child: ServerProcess;
  readonly client: RespClient;
  readonly port: number;
  readonly directory: string;
}

async function start(t: TestContext, ...args: string[]): Promise<Running> {
  const directory = makeTestDirectory();
  t.after(() => removeTestDirectory(directory));
  const port = await findFreePort();
  const words = ["server", "--port", String(port), "--dir", directory, "--save", "", ...args];
  // The mask of the caller is the server's.
  const child = new ServerProcess("sh", ["-c", 'umask 077; exec "$@"', "sh", process.execPath, CLI_MAIN, ...words]);
  t.after(() => child.stop());
  const ready = (): boolean => child.output.includes("Ready to accept connections");
  await waitFor("the server to be ready", ready);
  const client = await RespClient.connect({ host: "127.0.0.1", port });
  t.after(() => client.close());
  return { child, client, port, directory };
}

test("oom-score-adj: relative, absolute and back to the system's own, each at once", async (t) => {
  const words = ["--oom-score-adj", "relative", "--oom-score-adj-values", "100", "200", "800"];
  const { child, client } = await start(t, ...words);
  const score = (): string => readFileSync(`/proc/${child.pid}/oom_score_adj`, "utf8").trim();
  const inherited = Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
  assert.equal(score(), String(Math.min(inherited + 100, 1000)));
  for (const [name, value, expected] of [
    ["oom-score-adj", "no", String(inherited)],
    ["oom-score-adj", "absolute", "100"],
    ["oom-score-adj-values", "300 400 500", "300"],
    ["oom-score-adj", "no", String(inherited)],
    ["oom-score-adj", "yes", String(Math.min(inherited + 300, 1000))],
  ] as const) {
    assert.equal(await client.ask("CONFIG", "SET", name, value), "+OK");
    assert.equal(score(), expected, `${name} ${value}`);
  }
});

test("proc-title-template: the default, a new one, and one that is refused and changes nothing", async (t) => {
  const { child, client, port } = await start(t);
  const title = (): string => readFileSync(`/proc/${child.pid}/cmdline`, "utf8").replaceAll("\0", " ").trimEnd();
  assert.equal(title(), `${CLI_MAIN} *:${port}`);
  const template = "moon {port} [{tls-port}] {listen-addr}{server-mode}";
  assert.equal(await client.ask("CONFIG", "SET", "proc-title-template", template), "+OK");
  assert.equal(title(), `moon ${port} [0] *:${port}`);
  assert.match(
    await client.ask("CONFIG", "SET", "proc-title-template", "{moon}"),
    /^-ERR CONFIG SET failed .* template format is invalid or contains unknown variables$/,
  );
  assert.equal(title(), `moon ${port} [0] *:${port}`);
});

test("set-proc-title no leaves the words of the command", async (t) => {
  const { child } = await start(t, "--set-proc-title", "no");
  assert.ok(readFileSync(`/proc/${child.pid}/cmdline`, "utf8").split("\0").includes("--set-proc-title"));
});

test("the mask of the caller decides the modes of what the server makes", async (t) => {
  const { child, directory } = await start(t, "--pidfile", "p.pid", "--unixsocket", "s.sock");
  assert.match(readFileSync(`/proc/${child.pid}/status`, "utf8"), /^Umask:\s+0077$/m);
  assert.equal(statSync(join(directory, "p.pid")).mode & 0o777, 0o600);
  assert.equal(statSync(join(directory, "s.sock")).mode & 0o777, 0o700);
});

test("loglevel: each level shows what is as grave, or graver", async (t) => {
  const { child, client } = await start(t, "--enable-debug-command", "yes", "--loglevel", "notice");
  for (const [level, shown] of [
    ["warning", true],
    ["nothing", false],
    ["debug", true],
  ] as const) {
    assert.equal(await client.ask("CONFIG", "SET", "loglevel", level), "+OK");
    await client.ask("DEBUG", "LOG", `a word at ${level}`);
    await client.ask("DEBUG", "LOG", "the end");
    if (shown) await waitFor("the line", () => child.output.includes(`# DEBUG LOG: a word at ${level}\n`));
  }
  assert.doesNotMatch(child.output, /a word at nothing/);
  assert.match(await client.ask("CONFIG", "SET", "loglevel", "moon"), /must be one of the following: debug, verbose/);
});

test("a pidfile that cannot be written is a warning, and the server runs", async (t) => {
  const { child, client } = await start(t, "--pidfile", "/nowhere/p.pid");
  assert.match(child.output, / # Failed to write PID file: No such file or directory\n/);
  assert.equal(await client.ask("PING"), "+PONG");
});

test("the line of a signal is a signal handler's: pid, seconds, no role", async (t) => {
  const { child } = await start(t, "--shutdown-on-sigterm", "nosave");
  child.kill("SIGTERM");
  await child.waitForExit();
  assert.equal(child.exitCode, 0);
  const line = new RegExp(
    `^${child.pid}:signal-handler \\(\\d{10}\\) Received SIGTERM scheduling shutdown\\.\\.\\.$`,
    "m",
  );
  await waitFor("the line", () => line.test(child.output));
});

test("shutdown-timeout can be read and set within its limits", async (t) => {
  const { client } = await start(t, "--shutdown-timeout", "3");
  assert.equal(await client.ask("CONFIG", "SET", "shutdown-timeout", "7"), "+OK");
  assert.match(
    await client.ask("CONFIG", "SET", "shutdown-timeout", "-1"),
    /must be between 0 and 2147483647 inclusive/,
  );
  assert.match(await client.ask("CONFIG", "GET", "shutdown-timeout"), /7/);
});
