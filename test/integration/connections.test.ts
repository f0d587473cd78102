// Sockets: what comes in, what is refused, what ends, and what a server survives.
import assert from "node:assert/strict";
import { lstatSync, rmSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { isRefusedByProtection, parseBind } from "#src/server/listeners.js";
import { makeTestDirectory } from "../support/child-process.js";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import type { RespClient } from "../support/resp-client.js";
import { textOf } from "../support/resp-value.js";
import { waitFor } from "../support/wait-for.js";

const directory = makeTestDirectory();
const unixsocket = join(directory, "redis.sock");
let server: InProcessServer;
let client: RespClient;

before(async () => {
  server = await startInProcess({ config: { unixsocket, unixsocketperm: "700", maxclients: "50" } });
  client = await server.connect();
});
after(async () => {
  await client.close();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});
afterEach(async () => {
  await waitFor("the other sessions to end", () => server.pyredis.server.sessions.count === 1);
  assert.equal(await client.ask("PING"), "+PONG");
});

async function setConfig(...words: string[]): Promise<void> {
  assert.equal(await client.ask("CONFIG", "SET", ...words), "+OK");
}

function openSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** All that a socket gets until the server closes it. */
function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
    socket.on("end", () => socket.destroy());
  });
}

test("a unix socket has its permissions, and serves", async () => {
  assert.equal(lstatSync(unixsocket).mode & 0o777, 0o700);
  const local = await server.connect({ path: unixsocket });
  assert.match(
    textOf(await local.call("CLIENT", "INFO")),
    new RegExp(` addr=${unixsocket}:0 laddr=${unixsocket}:0 .* flags=U `),
  );
  await local.close();
});

test("addresses of bind: optional ones, wildcards", () => {
  assert.deepEqual(parseBind("-::1"), { host: "::1", optional: true });
  assert.deepEqual(parseBind("*"), { host: "0.0.0.0", optional: false });
  assert.deepEqual(parseBind("-::*"), { host: "::", optional: true });
});

test("protected mode refuses clients of other machines while there is no password", () => {
  assert.equal(isRefusedByProtection("tcp", "192.168.1.5", true, true), true);
  assert.equal(isRefusedByProtection("tcp", "fe80::1", true, true), true);
  assert.equal(isRefusedByProtection("tcp", undefined, true, true), true);
  assert.equal(isRefusedByProtection("tcp", "127.0.0.1", true, true), false);
  assert.equal(isRefusedByProtection("tcp", "127.8.8.8", true, true), false);
  assert.equal(isRefusedByProtection("tcp", "::ffff:127.0.0.1", true, true), false);
  assert.equal(isRefusedByProtection("tcp", "::1", true, true), false);
  assert.equal(isRefusedByProtection("tcp", "192.168.1.5", false, true), false);
  assert.equal(isRefusedByProtection("tcp", "192.168.1.5", true, false), false);
  assert.equal(isRefusedByProtection("unix", undefined, true, true), false);
});

test("more clients than maxclients are told so and closed", async () => {
  const { stats } = server.pyredis.server;
  const rejectedBefore = stats.rejectedConnections;
  await setConfig("maxclients", "3");
  const others = [await server.connect(), await server.connect()];
  const refused = await openSocket();
  assert.equal(await readAll(refused), "-ERR max number of clients reached\r\n");
  assert.equal(stats.rejectedConnections, rejectedBefore + 1);
  for (const other of others) await other.close();
  await waitFor("room", () => server.pyredis.server.sessions.count === 1);
  const next = await server.connect();
  assert.equal(await next.ask("PING"), "+PONG");
  await next.close();
  await setConfig("maxclients", "50");
});

test("idle clients are closed after timeout, those that wait or monitor are not", async () => {
  const idle = await server.connect();
  const monitor = await server.connect();
  await monitor.ask("MONITOR");
  await setConfig("timeout", "10");
  server.clock.advance(5_000);
  await client.ask("PING");
  server.clock.advance(6_000);
  await client.ask("PING");
  await idle.waitForClose();
  assert.equal(server.pyredis.server.sessions.count, 2);
  await setConfig("timeout", "0");
  await monitor.close();
});

test("a client that has ended its side gets the replies to what it sent", async () => {
  const socket = await openSocket();
  const reply = readAll(socket);
  socket.end("PING\r\nECHO hello\r\n");
  assert.equal(await reply, "+PONG\r\n$5\r\nhello\r\n");
});

test("a long pipeline is answered whole to a client that has ended its side", async () => {
  const socket = await openSocket();
  const reply = readAll(socket);
  socket.end("PING\r\n".repeat(30_000));
  assert.equal((await reply).length, "+PONG\r\n".length * 30_000);
});

test("a client may go away at any byte of a request", async () => {
  const request = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\nMULTI\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
  for (let length = 0; length <= request.length; length++) {
    const socket = await openSocket();
    await new Promise<void>((resolve) => socket.write(request.slice(0, length), () => resolve()));
    if (length % 2 === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
});

test("a reset connection ends its session, in the middle of its replies as well", async () => {
  await client.ask("SET", "big", "x".repeat(1_000_000));
  for (let i = 0; i < 10; i++) {
    const socket = await openSocket();
    socket.write("GET big\r\n".repeat(20));
    await new Promise<void>((resolve) => socket.once("readable", () => resolve()));
    socket.resetAndDestroy();
  }
  await client.ask("DEL", "big");
});

test("a client that does not read is not served past a bound, and served on when it reads", async () => {
  await client.ask("SET", "big", "x".repeat(10_000_000));
  const slow = await server.connect({ timeoutMs: 60_000 });
  slow.pause();
  for (let i = 0; i < 60; i++) slow.send("GET", "big");
  const session = [...server.pyredis.server.sessions.all].at(-1);
  await waitFor("output to pile up", () => (session?.outputBytes ?? 0) > 200_000_000);
  assert.ok((session?.outputBytes ?? 0) < 400_000_000);
  slow.resume();
  for (let i = 0; i < 60; i++) assert.equal(textOf(await slow.readReply()).length, 10_000_000);
  await slow.close();
  await client.ask("DEL", "big");
});

test("one reply past the hard limit closes the client, whose transaction still runs to its end", async () => {
  const { stats } = server.pyredis.server;
  const closedBefore = stats.outputBufferLimitDisconnections;
  await setConfig("client-output-buffer-limit", "normal 100000 0 0");
  await client.ask("SET", "big", "x".repeat(60_000));
  const greedy = await server.connect();
  greedy.raw("MULTI\r\nGET big\r\nGET big\r\nGET big\r\nGET big\r\nSET done yes\r\nEXEC\r\nSET more yes\r\n");
  await greedy.waitForClose();
  assert.equal(stats.outputBufferLimitDisconnections, closedBefore + 1);
  assert.equal(await client.ask("GET", "done"), '$"yes"');
  assert.equal(await client.ask("GET", "more"), "$nil");
  await setConfig("client-output-buffer-limit", "normal 0 0 0");
  await client.ask("DEL", "big", "done");
});

test("a hard limit below a reply's first buffer lets through what fits it, also when that has shrunk", async () => {
  await setConfig("client-output-buffer-limit", "normal 10kb 0 0");
  const echo = (byteLength: number) => ["ECHO", "x".repeat(byteLength)];
  const session = await server.connect();
  assert.deepEqual(
    (await session.pipeline([echo(600), echo(12_000)])).map((reply) => textOf(reply).length),
    [600, 12_000],
  );
  server.clock.advance(6_000);
  const { sessions, cron } = server.pyredis.server;
  const own = [...sessions.all].at(-1);
  for (let i = 0; i < 20 && own?.out.firstBytes !== 1024; i++) {
    cron.tick();
    server.clock.advance(6_000);
    await session.ask("PING");
  }
  assert.equal(own?.out.firstBytes, 1024);
  assert.deepEqual(
    (await session.pipeline([echo(600), echo(12_000)])).map((reply) => textOf(reply).length),
    [600, 12_000],
  );
  // Short requests, which come in one read.
  await session.ask("SET", "nine", "x".repeat(9_000));
  session.send("GET", "nine");
  session.send("GET", "nine");
  await session.waitForClose();
  await setConfig("client-output-buffer-limit", "normal 0 0 0");
});

test("the soft limit closes a client that has exceeded it for too long, not before", async () => {
  await setConfig("client-output-buffer-limit", "normal 0 100000 5");
  await client.ask("SET", "big", "x".repeat(90_000));
  const slow = await server.connect();
  slow.pause();
  for (let i = 0; i < 200; i++) slow.send("GET", "big");
  const session = [...server.pyredis.server.sessions.all].at(-1);
  // All of it: what the kernel takes meanwhile may bring the output below the limit again, and the time begins anew.
  await waitFor("the requests to be served", () => session?.commandCount === 200);
  assert.ok(session?.softLimitSinceMs);
  server.clock.advance(4_000);
  for (let i = 0; i < 3; i++) server.pyredis.server.cron.tick();
  assert.equal(session?.closing, false);
  server.clock.advance(2_000);
  for (let i = 0; i < 3; i++) server.pyredis.server.cron.tick();
  assert.equal(session?.closing, true);
  await setConfig("client-output-buffer-limit", "normal 0 0 0");
  await client.ask("DEL", "big");
  await slow.close();
});

test("a request, or a queue, past client-query-buffer-limit closes the client", async () => {
  const { stats } = server.pyredis.server;
  const closedBefore = stats.queryBufferLimitDisconnections;
  await setConfig("client-query-buffer-limit", "1mb");
  const greedy = await server.connect();
  greedy.raw(`*2\r\n$4\r\nECHO\r\n$2000000\r\n${"x".repeat(1_500_000)}`);
  await greedy.waitForClose();
  assert.equal(stats.queryBufferLimitDisconnections, closedBefore + 1);
  const queueing = await server.connect();
  await queueing.ask("MULTI");
  for (let i = 0; i < 20 && stats.queryBufferLimitDisconnections === closedBefore + 1; i++) {
    queueing.raw(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n${"x".repeat(100_000)}\r\n`);
    await waitFor("an answer", () => queueing.unreadReplies.length > i || server.pyredis.server.sessions.count === 1);
  }
  await queueing.waitForClose();
  assert.equal(stats.queryBufferLimitDisconnections, closedBefore + 2);
  await setConfig("client-query-buffer-limit", "1gb");
});

test("a pipeline that waits for the end of a pause is served in order, however long", async () => {
  const waiting = await server.connect();
  await client.ask("CLIENT", "PAUSE", 60_000, "WRITE");
  const count = 20_000;
  waiting.raw(Array.from({ length: count }, (_, i) => `SET k ${i}\r\nGET k\r\n`).join(""));
  await waitFor("it to wait", () => [...server.pyredis.server.sessions.all].at(-1)?.waiting === "paused");
  await client.ask("CLIENT", "UNPAUSE");
  for (let i = 0; i < count; i++) {
    assert.equal(textOf(await waiting.readReply()), "OK");
    assert.equal(textOf(await waiting.readReply()), String(i));
  }
  await waiting.close();
  await client.ask("DEL", "k");
});

test("a late reply holds back the commands behind it, and a failed one is an error", async () => {
  const waiting = await server.connect();
  const session = [...server.pyredis.server.sessions.all].at(-1);
  assert.ok(session !== undefined);
  let finish: (text: string) => void = () => {};
  session.defer(
    new Promise<string>((resolve) => {
      finish = resolve;
    }),
    (out, text) => out.simple(text),
  );
  waiting.send("ECHO", "behind");
  assert.match(textOf(await client.call("CLIENT", "LIST", "ID", session.id)), / flags=b /);
  assert.deepEqual(waiting.unreadReplies, []);
  finish("LATE");
  assert.equal(textOf(await waiting.readReply()), "LATE");
  assert.equal(textOf(await waiting.readReply()), "behind");
  session.defer(Promise.reject(new Error("on purpose")), (out) => out.ok());
  assert.equal(textOf(await waiting.readReply()), "ERR internal error, see the server's log");
  assert.equal(await waiting.ask("PING"), "+PONG");
  await waiting.close();
});
