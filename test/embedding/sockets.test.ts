// The places a server listens on: each server has its own, whoever asks for them, and a unix socket's file says who may
// come in from its first moment on.
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { PyRedis } from "#src/index.js";
import { endWithUs, makeTestDirectory } from "../support/child-process.js";
import { CLI_MAIN, ROOT } from "../support/pyredis-process.js";
import { RespClient } from "../support/resp-client.js";
import { waitFor } from "../support/wait-for.js";

const LIBRARY = join(ROOT, "dist/index.js");

/** Runs two workers of node:cluster, one after the other; each reports what `work` gives. */
async function runCluster(work: string): Promise<unknown[]> {
  const file = join(makeTestDirectory(), "cluster.cjs");
  writeFileSync(
    file,
    `const cluster = require("node:cluster");
    if (cluster.isPrimary) {
      const first = cluster.fork();
      cluster.on("message", (worker, message) => {
        process.send(message);
        if (worker === first) cluster.fork();
      });
      process.on("message", () => process.exit(0));
      process.on("disconnect", () => process.exit(0));
    } else {
      const { PyRedis } = require(${JSON.stringify(LIBRARY)});
      (async () => process.send(await (${work})(PyRedis)))();
    }`,
  );
  const primary: ChildProcess = fork(file);
  endWithUs(primary);
  const messages: unknown[] = [];
  primary.on("message", (message) => messages.push(message));
  await waitFor("both workers", () => messages.length === 2);
  primary.kill();
  return messages;
}

test("two workers of node:cluster have a port each", async () => {
  const ports = await runCluster("async (PyRedis) => (await PyRedis.create()).port");
  assert.notEqual(ports[0], ports[1]);
});

test("the second worker of node:cluster is told that the port is taken", async () => {
  const free = await PyRedis.create();
  const { port } = free;
  await free.close();
  const work = `(PyRedis) => PyRedis.create({ port: ${port} }).then(() => "listens", ({ code }) => code)`;
  assert.deepEqual(await runCluster(work), ["listens", "EADDRINUSE"]);
});

test("the second worker of node:cluster is told that the unix socket is taken", async () => {
  const path = join(makeTestDirectory(), "s");
  const options = JSON.stringify({ config: { port: 0, unixsocket: path } });
  const work = `(PyRedis) => PyRedis.create(${options}).then(() => "listens", ({ code }) => code)`;
  assert.deepEqual(await runCluster(work), ["listens", "EADDRINUSE"]);
});

test("a worker of node:cluster changes its port; within a transaction it says that it cannot", async () => {
  const work = `async (PyRedis) => {
    const redis = await PyRedis.create();
    const free = await PyRedis.create();
    const { port } = free;
    await free.close();
    const socket = require("node:net").connect(redis.port, "127.0.0.1");
    const set = "CONFIG SET port " + port + "\\r\\n";
    socket.write("MULTI\\r\\n" + set + "EXEC\\r\\n" + set + "PING\\r\\n");
    let text = "";
    await new Promise((resolve) => socket.on("data", (data) => (text += data).endsWith("+PONG\\r\\n") && resolve()));
    return [text, redis.port === port];
  }`;
  const refusal =
    "-ERR CONFIG SET failed (possibly related to argument 'port') - Listening elsewhere takes time, which a transaction does not have.";
  for (const message of await runCluster(work)) {
    assert.deepEqual(message, [`+OK\r\n+QUEUED\r\n*1\r\n${refusal}\r\n+OK\r\n+PONG\r\n`, true]);
  }
});

/** Looks at a file's mode as often as a thread can, until told to stop; gives the modes it has seen. */
async function watchMode(path: string): Promise<{ stop(): Promise<number[]> }> {
  const over = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { workerData: { path, over }, parentPort } = require("node:worker_threads");
    const { statSync } = require("node:fs");
    const modes = new Set();
    parentPort.postMessage([]);
    while (Atomics.load(over, 0) === 0) {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found !== undefined) modes.add(found.mode & 0o777);
    }
    parentPort.postMessage([...modes]);`;
  const worker = new Worker(code, { eval: true, workerData: { path, over } });
  await new Promise((resolve) => worker.once("message", resolve));
  const seen = new Promise<number[]>((resolve) => worker.once("message", resolve));
  return {
    stop() {
      Atomics.store(over, 0, 1);
      return seen;
    },
  };
}

test("a unix socket has its mode before anyone can connect, and the process keeps its mask", async (t) => {
  const path = join(makeTestDirectory(), "s");
  const mask = process.umask(0);
  t.after(() => process.umask(mask));
  const watch = await watchMode(path);
  for (let i = 0; i < 20; i++) {
    const redis = await PyRedis.create({ config: { port: 0, unixsocket: path, unixsocketperm: "700" } });
    assert.equal(statSync(path).mode & 0o777, 0o700);
    await redis.close();
  }
  const modes = await watch.stop();
  // On a loaded machine the thread may have missed them all; a wrong mode it must never see.
  assert.deepEqual(
    modes.filter((mode) => mode !== 0o700),
    [],
  );
  assert.equal(process.umask(0), 0);
});

test("a mode that the mask would narrow is given all the same", async () => {
  const path = join(makeTestDirectory(), "s");
  const redis = await PyRedis.create({ config: { port: 0, unixsocket: path, unixsocketperm: "777" } });
  assert.equal(statSync(path).mode & 0o777, 0o777);
  await redis.close();
});

test("in a worker thread, which cannot change the mask, it is moved into its place with its mode", async () => {
  const path = join(makeTestDirectory(), "s");
  const options = JSON.stringify({ config: { port: 0, unixsocket: path, unixsocketperm: "700" } });
  const code = `
    const { parentPort } = require("node:worker_threads");
    const { PyRedis } = require(${JSON.stringify(LIBRARY)});
    (async () => {
      for (let i = 0; i < 20; i++) await (await PyRedis.create(${options})).close();
      const redis = await PyRedis.create(${options});
      parentPort.once("message", () => redis.close().then(() => parentPort.close()));
      parentPort.postMessage("ready");
    })();`;
  const watch = await watchMode(path);
  const worker = new Worker(code, { eval: true });
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  const client = await RespClient.connect({ path });
  assert.equal(await client.ask("PING"), "+PONG");
  await client.close();
  worker.postMessage("close");
  await new Promise((resolve) => worker.once("exit", resolve));
  assert.deepEqual(
    (await watch.stop()).filter((mode) => mode !== 0o700),
    [],
  );
  assert.deepEqual(readdirSync(dirname(path)), [], "nothing is left behind");
});

test("a socket path that is too long is refused, and nothing is made", async () => {
  const directory = makeTestDirectory();
  const path = join(directory, "s".repeat(108 - directory.length));
  await assert.rejects(PyRedis.create({ config: { port: 0, unixsocket: path } }), {
    code: "ENAMETOOLONG",
    message: `${path}: unix socket path too long (${path.length}), must be under 108`,
  });
  assert.deepEqual(readdirSync(directory), []);
  const longest = path.slice(0, 107);
  const redis = await PyRedis.create({ config: { port: 0, unixsocket: longest } });
  assert.deepEqual(readdirSync(directory), [longest.slice(directory.length + 1)]);
  await redis.close();
});

test("the length of a path counts in bytes", async () => {
  const path = join(makeTestDirectory(), "é".repeat(50));
  await assert.rejects(PyRedis.create({ config: { port: 0, unixsocket: path } }), { code: "ENAMETOOLONG" });
});

for (const [what, place, code, text] of [
  ["a directory that is not there", "none/s", "ENOENT", "No such file or directory"],
  ["a directory that is a file", "file/s", "ENOTDIR", "Not a directory"],
  ["a file that is no socket", "file", "EADDRINUSE", "it exists, and is not a socket"],
] as const) {
  test(`${what} is told as such, by the library and by the command`, async () => {
    const directory = makeTestDirectory();
    writeFileSync(join(directory, "file"), "precious");
    const path = join(directory, place);
    await assert.rejects(PyRedis.create({ config: { port: 0, unixsocket: path } }), {
      name: "ListenError",
      code,
      message: `${path}: ${text}`,
    });
    const words = [CLI_MAIN, "server", "--port", "0", "--unixsocket", path, "--dir", directory];
    const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8", timeout: 30_000 });
    assert.equal(status, 1);
    assert.match(stdout, new RegExp(`# Failed opening Unix socket: ${path}: ${text}\n`));
    assert.deepEqual(readdirSync(directory), ["file"]);
  });
}

test("the file of a server that died is taken over, the socket of a living one is not", async () => {
  const path = join(makeTestDirectory(), "s");
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  assert.ok(existsSync(path), "it has left its file");
  const options = { config: { port: 0, unixsocket: path } };
  const redis = await PyRedis.create(options);
  await assert.rejects(PyRedis.create(options), { code: "EADDRINUSE", message: `${path}: Address already in use` });
  const client = await RespClient.connect({ path });
  assert.equal(await client.ask("PING"), "+PONG");
  await client.close();
  await redis.close();
});

test("a living server whose queue is full keeps its socket", async () => {
  const path = join(makeTestDirectory(), "s");
  // A server that accepts nobody, and whose queue the connections of this test fill.
  const script = `
    const net = require("node:net");
    const server = net.createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => {
      process.send("ready");
      process.once("message", () => process.exit(0));
      setImmediate(() => {
        for (const until = Date.now() + 60_000; Date.now() < until; ) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      });
    });`;
  const file = join(makeTestDirectory(), "deaf.cjs");
  writeFileSync(file, script);
  const child = fork(file);
  endWithUs(child);
  await new Promise((resolve) => child.once("message", resolve));
  const inode = statSync(path).ino;
  const crowd = Array.from({ length: 8 }, () => createConnection({ path }).on("error", () => {}));
  let isFull = false;
  for (const socket of crowd) socket.once("error", () => (isFull = true));
  await waitFor("the queue to be full", () => isFull);
  await assert.rejects(PyRedis.create({ config: { port: 0, unixsocket: path } }), { code: "EADDRINUSE" });
  assert.equal(statSync(path).ino, inode);
  for (const socket of crowd) socket.destroy();
  child.kill("SIGKILL");
});
