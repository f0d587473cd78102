// redis-cli as a process against pyredis: calls, pipes, protocols, sockets.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeTestDirectory } from "../support/child-process.js";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { encodeCommand } from "../support/resp-client.js";
import { withTimeout } from "../support/wait-for.js";

const CLI = process.env.REDIS_CLI_BIN ?? "redis-cli";
const skip = spawnSync(CLI, ["--version"]).status === 0 ? false : `${CLI} is not there`;
const directory = makeTestDirectory();
const unixsocket = join(directory, "redis.sock");
let server: InProcessServer;

before(async () => {
  server = await startInProcess({ config: { unixsocket } });
});
after(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** What redis-cli prints; the server lives in this process, so it must not be waited for in one go. */
async function runCli(args: readonly string[], input?: Buffer): Promise<string> {
  const child = spawn(CLI, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  try {
    return await withTimeout(`redis-cli ${args.join(" ")}`, 60_000, outputOf(child));
  } finally {
    child.kill();
  }
}

function outputOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const append = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
    };
    child.stdout?.on("data", append);
    child.stderr?.on("data", append);
    child.on("close", () => resolve(text));
  });
}

function cli(...words: string[]): Promise<string> {
  return runCli(["-p", String(server.port), ...words]);
}

test("calls print their replies", { skip }, async () => {
  assert.equal(await cli("SET", "k", "v"), "OK\n");
  assert.equal(await cli("GET", "k"), "v\n");
  assert.equal(await cli("--no-raw", "GET", "nothing"), "(nil)\n");
  assert.equal(await cli("-n", "3", "GET", "k"), "\n");
  assert.equal(await cli("--no-raw", "INCR", "k"), "(error) ERR value is not an integer or out of range\n");
  assert.equal(await cli("-r", "3", "INCR", "n"), "1\n2\n3\n");
});

test("standard input holds a value, or one command a line", { skip }, async () => {
  const value = Buffer.from("from\0stdin\xff", "latin1");
  assert.equal(await runCli(["-p", String(server.port), "-x", "SET", "in"], value), "OK\n");
  assert.equal(await cli("GET", "in"), "from\0stdin\xff\n");
  assert.equal(
    await runCli(["-p", String(server.port)], Buffer.from("SET a 1\nINCR a\nMULTI\nGET a\nEXEC\n")),
    "OK\n2\nOK\nQUEUED\n2\n",
  );
});

test("-3 speaks RESP3", { skip }, async () => {
  assert.match(await cli("-3", "--no-raw", "CONFIG", "GET", "port"), /^1# "port" => "\d+"\n$/);
  assert.match(await cli("-3", "CLIENT", "INFO"), / resp=3 /);
});

test("-s comes through the unix socket, --user and -a authenticate", { skip }, async () => {
  assert.equal(await runCli(["-s", unixsocket, "PING"]), "PONG\n");
  await cli("CONFIG", "SET", "requirepass", "secret");
  assert.equal(await cli("PING"), "NOAUTH Authentication required.\n\n");
  assert.equal(await cli("-a", "secret", "--no-auth-warning", "PING"), "PONG\n");
  assert.equal(await cli("--user", "default", "-a", "secret", "--no-auth-warning", "PING"), "PONG\n");
  assert.match(await cli("-a", "wrong", "PING"), /WRONGPASS/);
  await cli("-a", "secret", "--no-auth-warning", "CONFIG", "SET", "requirepass", "");
});

test("--pipe loads a hundred thousand keys without an error", { skip }, async () => {
  const count = 100_000;
  const commands = Buffer.concat(Array.from({ length: count }, (_, i) => encodeCommand(["SET", `pipe:${i}`, i])));
  assert.match(
    await runCli(["-p", String(server.port), "-n", "9", "--pipe"], commands),
    /errors: 0, replies: 100000\n/,
  );
  assert.equal(await cli("-n", "9", "DBSIZE"), `${count}\n`);
  assert.equal(await cli("-n", "9", "GET", "pipe:99999"), "99999\n");
});

test("--pipe tells about errors among the replies", { skip }, async () => {
  const commands = Buffer.concat([
    encodeCommand(["SET", "k", "v"]),
    encodeCommand(["INCR", "k"]),
    encodeCommand(["PING"]),
  ]);
  assert.match(await runCli(["-p", String(server.port), "--pipe"], commands), /errors: 1, replies: 3\n/);
});

test("--scan and --bigkeys walk the keyspace", { skip }, async () => {
  await cli("-n", "8", "SET", "small", "x");
  await cli("-n", "8", "SET", "large", "x".repeat(1_000));
  assert.deepEqual((await cli("-n", "8", "--scan")).trim().split("\n").sort(), ["large", "small"]);
  assert.match(await cli("-n", "8", "--bigkeys"), /Biggest string found ['"]*large['"]* has 1000 bytes/);
});
