// Thousands of clients that come and go: every session must end with its connection, and the server must go on.
import assert from "node:assert/strict";
import { connect as connectSocket, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { Random } from "../support/random.js";
import { encodeCommand, type RespClient } from "../support/resp-client.js";
import { waitFor } from "../support/wait-for.js";

let server: InProcessServer;
let client: RespClient;

before(async () => {
  server = await startInProcess();
  client = await server.connect();
});
after(async () => {
  await client.close();
  await server.close();
});

function openSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ port: server.port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
    socket.on("error", () => socket.destroy());
  });
}

/**
 * Waits until only `client` is left. A connection that its client has closed may still wait in the listen queue;
 * the queue is first in, first out, so that an answer on a new connection says that all before it were accepted.
 */
async function assertAlone(): Promise<void> {
  const last = await server.connect();
  assert.equal(await last.ask("PING"), "+PONG");
  await last.close();
  await waitFor("all other sessions to end", () => server.pyredis.server.sessions.count === 1, { timeoutMs: 20_000 });
  assert.equal(await client.ask("PING"), "+PONG");
  assert.equal(server.pyredis.server.effects.watches.size, 0);
  assert.equal(server.pyredis.server.monitors.count, 0);
}

test("two thousand clients at a time are served and leave", async () => {
  const sockets = await Promise.all(Array.from({ length: 2_000 }, openSocket));
  const answers = sockets.map(
    (socket) => new Promise<string>((resolve) => socket.once("data", (data: Buffer) => resolve(data.toString()))),
  );
  for (const socket of sockets) socket.write("PING\r\n");
  assert.deepEqual(new Set(await Promise.all(answers)), new Set(["+PONG\r\n"]));
  assert.equal(server.pyredis.server.sessions.count, 2_001);
  for (const socket of sockets) socket.destroy();
  await assertAlone();
});

const LAST_WORDS = [
  "",
  "PING\r\n",
  "MULTI\r\nSET k v\r\n",
  "WATCH a b c\r\n",
  "MONITOR\r\n",
  "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\nabc",
  "QUIT\r\n",
  "CLIENT REPLY OFF\r\nSET k v\r\n",
  "HELLO 3\r\nCLIENT LIST\r\n",
  "*x\r\n",
];

test("clients come and go in any state, thousands of times", async () => {
  const random = new Random(9);
  for (let round = 0; round < 40; round++) {
    const sockets = await Promise.all(Array.from({ length: 100 }, openSocket));
    for (const socket of sockets) {
      socket.write(random.pick(LAST_WORDS));
      const end = random.int(0, 3);
      if (end === 0) socket.destroy();
      else if (end === 1) socket.resetAndDestroy();
      else setImmediate(() => socket.destroy());
    }
  }
  await assertAlone();
});

test("sessions leave no memory behind", async () => {
  const { arena } = server.pyredis.server.keyspace;
  await client.ask("FLUSHALL");
  const before = arena.usedBytes;
  for (let round = 0; round < 5; round++) {
    const sockets = await Promise.all(Array.from({ length: 100 }, openSocket));
    for (const socket of sockets) {
      socket.write("MULTI\r\nSET k v\r\nGET k\r\nWATCH k\r\n*2\r\n$3\r\nGET\r\n$99999\r\nx");
      socket.destroy();
    }
    await assertAlone();
  }
  await client.ask("FLUSHALL");
  assert.equal(arena.usedBytes, before);
});

const NAMES = [
  "SET",
  "GET",
  "MULTI",
  "EXEC",
  "WATCH",
  "CLIENT",
  "HELLO",
  "RESET",
  "DEL",
  "SELECT",
  "CONFIG",
  "DISCARD",
];
const WORDS = [
  "k",
  "KILL",
  "ID",
  "1",
  "-1",
  "LIST",
  "REPLY",
  "ON",
  "SKIP",
  "3",
  "2",
  "GET",
  "*",
  "\r\n",
  "",
  "x".repeat(40),
];

/** Requests of known words, and bytes of chance; cut, changed and put together at random. */
function makeAttack(random: Random, names: readonly string[] = NAMES): Buffer {
  const parts: Buffer[] = [];
  for (let i = random.int(1, 20); i > 0; i--) {
    if (random.oneIn(6)) parts.push(random.bytes(random.int(1, 60)));
    else parts.push(encodeCommand([random.pick(names), ...random.list(0, 4, () => random.pick(WORDS))]));
  }
  const whole = Buffer.concat(parts);
  for (let i = random.int(0, 3); i > 0; i--) whole[random.int(0, whole.length - 1)] = random.int(0, 255);
  return whole;
}

test("any bytes in any pieces leave a server that serves", async () => {
  const seed = Number(process.env.TWIN_SEED ?? 17);
  const random = new Random(seed);
  for (let round = 0; round < 400; round++) {
    const sockets = await Promise.all([openSocket(), openSocket()]);
    for (const socket of sockets) {
      socket.resume();
      socket.setNoDelay(true);
      const bytes = makeAttack(random);
      for (let at = 0; at < bytes.length; ) {
        const next = Math.min(bytes.length, at + random.int(1, 80));
        socket.write(bytes.subarray(at, next));
        at = next;
        if (random.oneIn(3)) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      socket.end();
    }
    if (round % 50 === 49) {
      // CLIENT KILL of chance may have found this client as well.
      await client.close();
      client = await server.connect();
      await assertAlone();
    }
  }
});

const REPEATABLE = ["SET", "GET", "MULTI", "EXEC", "WATCH", "RESET", "DEL", "DISCARD", "APPEND", "INCR", "NOSUCH"];

/** Sends the pieces one by one, ends, and gives all that came back. */
async function converse(pieces: readonly Buffer[]): Promise<string> {
  const socket = await openSocket();
  socket.setNoDelay(true);
  const chunks: Buffer[] = [];
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const piece of pieces) {
    socket.write(piece);
    if (pieces.length > 1) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  socket.end();
  await closed;
  return Buffer.concat(chunks).toString("latin1");
}

test("the same bytes are answered the same, whole or in pieces", async () => {
  const seed = Number(process.env.TWIN_SEED ?? 23);
  const random = new Random(seed);
  let answered = 0;
  for (let round = 0; round < 300; round++) {
    const bytes = makeAttack(random, REPEATABLE);
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const next = at + random.int(1, 50);
      pieces.push(bytes.subarray(at, next));
      at = next;
    }
    await client.ask("FLUSHALL");
    const whole = await converse([bytes]);
    answered += whole.split("\r\n").length;
    await client.ask("FLUSHALL");
    assert.equal(
      await converse(pieces),
      whole,
      `seed ${seed}, round ${round}: ${JSON.stringify(bytes.toString("latin1"))}`,
    );
  }
  assert.ok(answered > 1_000, `only ${answered} lines were answered: the test says little`);
  await assertAlone();
});
