// Long arguments are received into the arena, and strings take the pages they lie in. Whatever command gets them, however
// they are cut, and whatever stands behind them: values are right, and the last byte is given back.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { encodeCommand, type RespClient } from "../support/resp-client.js";
import { fmt, textOf } from "../support/resp-value.js";
import { waitFor } from "../support/wait-for.js";

const MB = 1024 * 1024;

interface Place {
  readonly server: InProcessServer;
  readonly client: RespClient;
  readonly other: RespClient;
}

async function open(t: TestContext): Promise<Place> {
  const arenaChecks = new ArenaChecks();
  const server = await startInProcess({ arenaChecks });
  const [client, other] = await Promise.all([server.connect(), server.connect()]);
  const { arena } = server.pyredis.server.keyspace;
  t.after(async () => {
    await Promise.all([client.close(), other.close()]);
    await server.close();
  });
  t.after(() => arenaChecks.verify(arena));
  return { server, client, other };
}

/** Bytes that differ everywhere, so that a shift shows. */
function makeValue(bytes: number, seed: number): Buffer {
  const value = Buffer.alloc(bytes);
  for (let i = 0, x = seed; i < bytes; i++) {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    value[i] = 97 + ((x >>> 16) % 26);
  }
  return value;
}

async function sendInPieces({ client, other }: Place, bytes: Buffer, piece: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += piece) {
    client.raw(bytes.subarray(at, at + piece));
    // A turn of the server between two of them.
    await other.call("PING");
  }
}

async function assertEmpty({ server, other }: Place): Promise<void> {
  await other.call("FLUSHALL");
  const { arena } = server.pyredis.server.keyspace;
  assert.equal(arena.stagedBytes, 0);
  assert.equal(arena.offered, null);
  await waitFor("the arena to be empty", () => arena.usedBytes === 0 || arena.usedBytes < 20_000);
}

for (const [name, size] of [
  ["just staged", MB],
  ["no whole pages", 1_500_001],
  ["whole pages", 3 * MB],
] as const) {
  test(`values that are received into the arena are what was sent: ${name}`, async (t) => {
    const place = await open(t);
    const { client, other } = place;
    const value = makeValue(size, size);
    const text = value.toString("latin1");
    const forms: [command: (string | Buffer)[], check: string[], expected: string][] = [
      [["SET", "k", value], ["GET", "k"], text],
      [["SET", "k", value, "EX", "100"], ["GET", "k"], text],
      [["SETEX", "k", "100", value], ["GET", "k"], text],
      [["GETSET", "k", value], ["GET", "k"], text],
      [["SETNX", "new", value], ["GET", "new"], text],
      [["MSET", "a", "1", "k", value], ["GET", "k"], text],
      [["MSET", "k", value, "k", value], ["GET", "k"], text],
      [["MSET", "k", value, "k", "short"], ["GET", "k"], "short"],
      [["MSET", "k", value, "l", value, "m", value], ["GET", "m"], text],
      [["APPEND", "appended", value], ["GET", "appended"], text],
      [["RPUSH", "list", value], ["LINDEX", "list", "-1"], text],
      [["HSET", "hash", "f", value], ["HGET", "hash", "f"], text],
      [["SET", value, "v"], ["EXISTS", "list"], "1"],
      [["ECHO", value], ["ECHO", "x"], "x"],
      [["NOSUCH", value], ["ECHO", "x"], "x"],
    ];
    for (const [command, check, expected] of forms) {
      const bytes = Buffer.concat([encodeCommand(command), encodeCommand(["ECHO", "behind"]), encodeCommand(check)]);
      for (const piece of [bytes.length, 100_003]) {
        await other.call("DEL", "appended");
        await sendInPieces(place, bytes, piece);
        await client.readReply();
        assert.equal(fmt(await client.readReply()), '$"behind"');
        const reply = await client.readReply();
        assert.ok((reply.kind === "int" ? fmt(reply).slice(1) : textOf(reply)) === expected, command[0]?.toString());
      }
      assert.equal(await other.ask("PING"), "+PONG");
    }
    // What was taken grows and shrinks as other values do.
    await client.call("SET", "k", value);
    assert.equal(await client.ask("APPEND", "k", "tail"), `:${size + 4}`);
    assert.equal(await client.ask("GETRANGE", "k", size - 2, size + 3), `$"${text.slice(-2)}tail"`);
    assert.equal(await client.ask("SETRANGE", "k", size + 6, "z"), `:${size + 7}`);
    assert.equal(await client.ask("GETRANGE", "k", size + 2, size + 6), '$"il\\x00\\x00z"');
    await assertEmpty(place);
  });
}

test("a value that came into the arena is not copied", async (t) => {
  const place = await open(t);
  const { arena } = place.server.pyredis.server.keyspace;
  const original = arena.allocCopy.bind(arena);
  const allocated: number[] = [];
  arena.allocCopy = (source, from, length) => {
    const before = arena.usedBytes;
    const block = original(source, from, length);
    allocated.push(arena.usedBytes - before);
    return block;
  };
  const bytes = encodeCommand(["SET", "k", makeValue(8 * MB, 1)]);
  await sendInPieces(place, bytes, 60_000);
  assert.equal(fmt(await place.client.readReply()), "+OK");
  assert.deepEqual(allocated, [0]);
  await assertEmpty(place);
});

test("a request that waits in the arena is served when its wait is over, and what follows behind it", async (t) => {
  const place = await open(t);
  const { client, other, server } = place;
  await other.call("CLIENT", "PAUSE", "100000", "WRITE");
  const value = makeValue(2 * MB, 2);
  await sendInPieces(place, encodeCommand(["SET", "k", value]), 300_000);
  const sessions = [...server.pyredis.server.sessions.all];
  await waitFor("the wait", () => sessions.some(({ waiting }) => waiting === "paused"));
  await sendInPieces(place, encodeCommand(["RPUSH", "l", makeValue(3 * MB, 3)]), 300_000);
  await other.call("CLIENT", "UNPAUSE");
  assert.equal(fmt(await client.readReply()), "+OK");
  assert.equal(fmt(await client.readReply()), ":1");
  assert.ok(textOf(await other.call("GET", "k")) === value.toString("latin1"));
  await assertEmpty(place);
});

test("a transaction keeps long arguments, and runs with them", async (t) => {
  const place = await open(t);
  const { client } = place;
  const value = makeValue(2 * MB, 4);
  await client.call("MULTI");
  await sendInPieces(place, encodeCommand(["SET", "k", value]), 300_000);
  assert.equal(fmt(await client.readReply()), "+QUEUED");
  assert.equal(await client.ask("EXEC"), "*[+OK]");
  assert.ok(textOf(await client.call("GET", "k")) === value.toString("latin1"));
  await assertEmpty(place);
});

test("who leaves in the middle of a long argument leaves nothing behind", async (t) => {
  const place = await open(t);
  const { server, client, other } = place;
  const bytes = encodeCommand(["SET", "k", makeValue(4 * MB, 5)]);
  await sendInPieces(place, bytes.subarray(0, 3 * MB), 500_000);
  const { arena } = server.pyredis.server.keyspace;
  const { sessions } = server.pyredis.server;
  await waitFor("most of it to be there", () => [...sessions.all].some(({ input }) => input.ownBytes > 3 * MB));
  const used = server.pyredis.server.usedMemory;
  assert.ok(arena.stagedBytes >= 3 * MB);
  // It is the client's, and counted once.
  assert.ok(used >= 3 * MB && used < 4 * MB, `${used}`);
  await client.close();
  await waitFor("the client to be gone", () => server.pyredis.server.sessions.count === 1);
  assert.equal(arena.stagedBytes, 0);
  assert.equal(await other.ask("EXISTS", "k"), ":0");
  await assertEmpty(place);
});

test("what is announced and not sent takes a share of the arena in proportion to what was sent", async (t) => {
  const place = await open(t);
  const { server, client, other } = place;
  const { arena } = server.pyredis.server.keyspace;
  client.raw(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\n${"x".repeat(200_000)}`);
  await waitFor("the argument to be under way", async () => {
    await other.call("PING");
    return arena.stagedBytes > 0;
  });
  assert.ok(arena.stagedBytes < 8 * MB, `${arena.stagedBytes}`);
  assert.ok(server.pyredis.server.usedMemory < MB);
});

test("values find room beside each other while several clients send at the same time", async (t) => {
  const place = await open(t);
  const { server, other } = place;
  const clients = await Promise.all([1, 2, 3, 4].map(() => server.connect()));
  t.after(() => Promise.all(clients.map((client) => client.close())));
  const values = clients.map((_, i) => makeValue(2 * MB + i * 4097, i));
  const streams = values.map((value, i) => encodeCommand(["SET", `k${i}`, value]));
  for (let at = 0; at < 3 * MB; at += 150_001) {
    for (const [i, client] of clients.entries()) {
      const piece = streams[i]?.subarray(at, at + 150_001);
      if (piece !== undefined && piece.length > 0) client.raw(piece);
    }
    await other.call("PING");
  }
  for (const [i, client] of clients.entries()) {
    assert.equal(fmt(await client.readReply()), "+OK");
    assert.ok(textOf(await other.call("GET", `k${i}`)) === values[i]?.toString("latin1"), `k${i}`);
  }
  await assertEmpty(place);
});
