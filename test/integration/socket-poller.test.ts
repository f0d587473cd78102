// The batches of the poller: what the turns of several clients do to each other. Server and clients share this thread,
// so that all that is written before the loop goes on is ready in one turn.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { nativeAddon, nativeProblem } from "#src/native/addon.js";
import { needs } from "../daemon/lab.js";
import { makeTestDirectory } from "../support/child-process.js";
import { type InProcessOptions, type InProcessServer, startInProcess } from "../support/in-process.js";
import { startPyRedisProcess } from "../support/pyredis-process.js";
import type { RespClient } from "../support/resp-client.js";
import { fmt, textOf } from "../support/resp-value.js";
import { waitFor } from "../support/wait-for.js";

const run = promisify(execFile);
const skip = nativeAddon()?.SocketPoller === undefined && `no poller here: ${nativeProblem() || process.platform}`;

async function open(t: TestContext, options: InProcessOptions = {}): Promise<InProcessServer> {
  const server = await startInProcess(options);
  t.after(() => server.close());
  assert.notEqual(server.pyredis.server.cycle.openPoller(), null);
  return server;
}

async function openClients(t: TestContext, server: InProcessServer, count: number): Promise<RespClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => server.connect()));
  t.after(() => Promise.all(clients.map((client) => client.close())));
  for (const client of clients) await client.ask("PING");
  return clients;
}

function openSocket(server: InProcessServer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ port: server.port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Sends three parts at once to a server that cannot read meanwhile, `between` being what is not of the stream. */
const SEND_IN_PARTS = `
import array, os, signal, socket, sys
pid, where, rounds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET if where.isdigit() else socket.AF_UNIX)
s.settimeout(5)
s.connect(("127.0.0.1", int(where)) if where.isdigit() else where)
def ask(between):
    got = b""
    os.kill(pid, signal.SIGSTOP)
    s.send(b"ECHO first\\r\\n")
    between()
    s.send(b"ECHO last\\r\\n")
    os.kill(pid, signal.SIGCONT)
    while got.count(b"\\r\\n") < 4: got += s.recv(4096)
    return got
def pass_descriptor():
    s.sendmsg([b"ECHO middle\\r\\n"[:5]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])
    s.send(b"middle\\r\\n")
between = (lambda: s.send(b"!", socket.MSG_OOB)) if where.isdigit() else pass_descriptor
for _ in range(rounds): ask(between)
print("answered", rounds)
`;

function countFds(): number {
  return readdirSync("/proc/self/fd").length;
}

test("a client that another one of the same turn kills is heard no more, the others are", { skip }, async (t) => {
  const server = await open(t);
  const [killer, victim, third] = (await openClients(t, server, 3)) as [RespClient, RespClient, RespClient];
  const id = (await victim.ask("CLIENT", "ID")).slice(1);
  killer.send("CLIENT", "KILL", "ID", id);
  victim.send("INCR", "hits");
  third.send("INCR", "others");
  assert.equal(fmt(await killer.readReply()), ":1");
  assert.equal(fmt(await third.readReply()), ":1");
  await victim.waitForClose();
  assert.equal(await killer.ask("GET", "hits"), "$nil");
});

test("a client that leaves with QUIT gets its answer, and its slot goes to the next one", { skip }, async (t) => {
  const server = await open(t);
  const [leaving, staying] = (await openClients(t, server, 2)) as [RespClient, RespClient];
  for (let i = 0; i < 20; i++) {
    const client = i === 0 ? leaving : await server.connect();
    client.send("QUIT");
    staying.send("PING");
    assert.equal(fmt(await client.readReply()), "+OK");
    assert.equal(fmt(await staying.readReply()), "+PONG");
    await client.waitForClose();
  }
  assert.equal(server.pyredis.server.sessions.count, 1);
});

test("a blocked client that is served in the turn in which it sends more gets both replies in order", {
  skip,
}, async (t) => {
  const server = await open(t);
  const [pusher, waiter] = (await openClients(t, server, 2)) as [RespClient, RespClient];
  waiter.send("BLPOP", "l", "0");
  await waitFor("the wait", async () => (await pusher.ask("INFO", "clients")).includes("blocked_clients:1"));
  pusher.send("RPUSH", "l", "a");
  waiter.send("PING");
  assert.equal(fmt(await waiter.readReply()), '*[$"l", $"a"]');
  assert.equal(fmt(await waiter.readReply()), "+PONG");
  assert.equal(fmt(await pusher.readReply()), ":1");
});

test("more input than the read buffer holds is served in one turn, each client its own", { skip }, async (t) => {
  const server = await open(t);
  const clients = await openClients(t, server, 40);
  // Odd lengths, so that reads end at any byte of a request.
  const commands = clients.map((_, i) =>
    Array.from({ length: 50 }, (_, j) => ["SET", `k:${i}:${j}`, "v".repeat(200 + i)]),
  );
  const replies = await Promise.all(clients.map((client, i) => client.pipeline(commands[i] ?? [])));
  for (const [i, list] of replies.entries()) {
    assert.equal(
      list.every((reply) => fmt(reply) === "+OK"),
      true,
    );
    assert.equal(await clients[i]?.ask("STRLEN", `k:${i}:49`), `:${200 + i}`);
  }
  assert.equal(await clients[0]?.ask("DBSIZE"), `:${40 * 50}`);
});

test("a deep pipeline does not hold up a client that asks for one thing", { skip }, async (t) => {
  const server = await open(t);
  const [deep, shallow] = (await openClients(t, server, 2)) as [RespClient, RespClient];
  const request = "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";
  const requests = 5_000;
  deep.raw(request.repeat(requests));
  const seen = Number((await shallow.ask("INCR", "n")).slice(1));
  // Its turn is behind one read of 16 KiB, or behind the next when its request came after the first.
  assert.ok(seen <= 1 + (2 * 16_384) / request.length, `${seen} requests were served before it`);
  const last = await deep.ask("INCR", "n");
  assert.equal(last, ":1");
  for (let left = requests - 1; left > 0; left--) await deep.readReply();
  assert.equal(fmt(await deep.readReply()), `:${requests + 2}`);
});

test("what has come of a large argument is read before whoever asks next", { skip }, async (t) => {
  const server = await open(t);
  const [large, asking] = (await openClients(t, server, 2)) as [RespClient, RespClient];
  const id = (await large.ask("CLIENT", "ID")).slice(1);
  const bytes = 400_000;
  large.raw(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${bytes + 1}\r\n${"v".repeat(bytes)}`);
  // In this turn the first 16 KiB come, and with them the news that there is more.
  await asking.ask("PING");
  const [, held] = / qbuf=(\d+) /.exec(textOf(await asking.call("CLIENT", "LIST", "ID", id))) ?? [];
  assert.equal(Number(held), bytes);
  large.raw("v\r\n");
  assert.equal(fmt(await large.readReply()), "+OK");
});

test("one request larger than the read buffer arrives whole, among small ones", { skip }, async (t) => {
  const server = await open(t);
  const [large, small] = (await openClients(t, server, 2)) as [RespClient, RespClient];
  const value = "0123456789abcdef".repeat(60_000);
  large.send("SET", "large", value);
  for (let i = 0; i < 200; i++) assert.equal(await small.ask("INCR", "n"), `:${i + 1}`);
  assert.equal(fmt(await large.readReply()), "+OK");
  assert.equal(textOf(await large.call("GET", "large")), value);
});

test("more clients than one call takes are all answered", { skip }, async (t) => {
  const server = await open(t);
  const clients = await openClients(t, server, 700);
  for (const client of clients) client.send("INCR", "n");
  const replies = await Promise.all(clients.map((client) => client.readReply()));
  assert.deepEqual(new Set(replies.map(fmt)), new Set(clients.map((_, i) => `:${i + 1}`)));
});

test("replies that the kernel does not take arrive whole and in order when the client reads", { skip }, async (t) => {
  const server = await open(t);
  const [client, other] = (await openClients(t, server, 2)) as [RespClient, RespClient];
  client.pause();
  const sizes: number[] = [];
  for (let i = 0; i < 6_000; i++) {
    // Small ones through the outbox, some large ones past it.
    const size = i % 50 === 0 ? 40_000 : 1 + ((i * 37) % 7_000);
    sizes.push(size);
    client.send("ECHO", String(i).padEnd(size, "."));
    if (i % 3 === 0) await nextTurn();
  }
  await waitFor("output to wait", async () => /id=\d+ .* oll=[1-9]/.test(textOf(await other.call("CLIENT", "LIST"))));
  client.resume();
  for (const [i, size] of sizes.entries()) {
    assert.equal(textOf(await client.readReply()), String(i).padEnd(size, "."));
  }
});

for (const [name, last, answer] of [
  ["QUIT", "*1\r\n$4\r\nQUIT\r\n", "+OK\r\n"],
  ["a protocol error", "*1\r\n$x\r\n", "-ERR Protocol error: invalid bulk length\r\n"],
] as const) {
  test(`what a client sends behind ${name} costs it no reply`, { skip }, async (t) => {
    const server = await open(t);
    const socket = await openSocket(server);
    const ended = once(socket, "close");
    let text = "";
    let problem: Error | undefined;
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", (error) => {
      problem = error;
    });
    // More than the client's side of the connection holds before it reads, and no more than the kernel takes at once.
    const value = "v".repeat(1_000_000);
    const [client] = (await openClients(t, server, 1)) as [RespClient];
    await client.ask("SET", "k", value);
    socket.write(`${"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n".repeat(2)}${last}${"unread".repeat(10_000)}`);
    await ended;
    assert.equal(problem, undefined);
    assert.equal(text.length, 2 * `$1000000\r\n${value}\r\n`.length + answer.length);
    assert.ok(text.endsWith(answer));
  });
}

test("QUIT of a client that has read nothing comes behind all that it has asked for", { skip }, async (t) => {
  const server = await open(t);
  const [client] = (await openClients(t, server, 1)) as [RespClient];
  client.pause();
  const echoes = 1500;
  for (let i = 0; i < echoes; i++) {
    client.send("ECHO", String(i).padEnd(5_000, "."));
    if (i % 4 === 0) await nextTurn();
  }
  client.send("QUIT");
  for (let i = 0; i < 20; i++) await nextTurn();
  client.resume();
  for (let i = 0; i < echoes; i++) assert.equal(textOf(await client.readReply()), String(i).padEnd(5_000, "."));
  assert.equal(fmt(await client.readReply()), "+OK");
  await client.waitForClose();
});

test("a client that ends its side with its last request gets the answer", { skip }, async (t) => {
  const server = await open(t);
  for (let i = 0; i < 50; i++) {
    const socket = await openSocket(server);
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
    });
    socket.end("PING\r\nECHO last\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    assert.equal(text, "+PONG\r\n$4\r\nlast\r\n");
  }
  await waitFor("all sessions to end", () => server.pyredis.server.sessions.count === 0);
});

for (const kind of ["urgent data", "a passed descriptor"]) {
  test(`what is sent around ${kind} is read to its end`, needs("python3"), async (t) => {
    const directory = makeTestDirectory();
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const unixsocket = join(directory, "redis.sock");
    const server = await startPyRedisProcess({ config: { unixsocket } });
    t.after(() => server.close());
    const where = kind === "urgent data" ? String(server.port) : unixsocket;
    const { stdout } = await run("python3", ["-c", SEND_IN_PARTS, String(server.pid), where, "50"], {
      timeout: 60_000,
    });
    assert.equal(stdout, "answered 50\n");
  });
}

test("a client is not read while its output is too long, and read on then", { skip }, async (t) => {
  const server = await open(t);
  const [client, other] = (await openClients(t, server, 2)) as [RespClient, RespClient];
  assert.equal(await other.ask("SETRANGE", "big", "8388607", "x"), ":8388608");
  client.pause();
  const gets = 40;
  for (let i = 0; i < gets; i++) client.send("GET", "big");
  client.send("INCR", "after");
  await waitFor("the pause", async () => {
    const list = textOf(await other.call("CLIENT", "LIST"));
    return Number(/omem=(\d+) .*cmd=get /.exec(list)?.[1] ?? 0) > 256 * 1024 * 1024;
  });
  assert.equal(await other.ask("GET", "after"), "$nil");
  client.resume();
  for (let i = 0; i < gets; i++) assert.equal(textOf(await client.readReply()).length, 8_388_608);
  assert.equal(fmt(await client.readReply()), ":1");
});

test("a server that is closed leaves no descriptor behind", { skip }, async () => {
  const first = await startInProcess();
  await first.close();
  await nextTurn();
  const before = countFds();
  for (let i = 0; i < 5; i++) {
    const server = await startInProcess();
    const client = await server.connect();
    await client.ask("PING");
    await server.close();
    await client.waitForClose();
    await client.close();
  }
  await waitFor("the descriptors to be closed", () => countFds() <= before);
});

const SERVER = new URL("../../../dist/index.mjs", import.meta.url).href;

test("a worker with a server ends while clients are connected", { skip }, async () => {
  const script = `
    import { Worker } from "node:worker_threads";
    import { connect } from "node:net";
    const code = 'import("${SERVER}").then(({ PyRedis }) => PyRedis.create()).then(({ port }) => ' +
      'require("node:worker_threads").parentPort.postMessage(port));';
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(code, { eval: true, execArgv: [] });
      const port = await new Promise((resolve) => worker.once("message", resolve));
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write("PING\\r\\n");
      const reply = await new Promise((resolve) => socket.once("data", resolve));
      await worker.terminate();
      socket.destroy();
      console.log(String(reply).trim());
    }`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { timeout: 60_000 });
  assert.equal(stdout, "+PONG\n+PONG\n+PONG\n");
});

test("a bug in one client's turn is in the log, ends that client, and takes nothing from the others", {
  skip,
}, async () => {
  const script = `
    import { PyRedis } from "${SERVER}";
    import { connect } from "node:net";
    const log = (level, text) => level === "warning" && console.log(/a bug/.exec(text)?.[0] ?? text);
    const { server, port } = await PyRedis.create({ log });
    const sockets = [];
    for (let i = 0; i < 3; i++) {
      sockets.push(connect(port, "127.0.0.1"));
      await new Promise((resolve) => sockets[i].once("connect", resolve));
      sockets[i].write("PING\\r\\n");
      await new Promise((resolve) => sockets[i].once("data", resolve));
    }
    const [, second] = [...server.sessions.all];
    second.onData = () => { throw new Error("a bug"); };
    const replies = [0, 2].map((i) => new Promise((resolve) => sockets[i].once("data", resolve)));
    const closed = new Promise((resolve) => sockets[1].once("close", () => resolve("closed")));
    sockets[1].on("error", () => {});
    for (const socket of sockets) socket.write("INCR n\\r\\n");
    console.log(String(await replies[0]).trim(), String(await replies[1]).trim(), await closed);
    process.exit(0);`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { timeout: 60_000 });
  assert.deepEqual(new Set(stdout.trim().split("\n")), new Set(["a bug", ":1 :2 closed"]));
});
