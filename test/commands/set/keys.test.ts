// What the commands on keys make of sets: COPY, DUMP, RESTORE, UNLINK, OBJECT, MEMORY, DEBUG.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Crc64 } from "#src/storage/crc64.js";
import { Random } from "../../support/random.js";
import { textOf } from "../../support/resp-value.js";
import { EXAMPLES, range, startFixture } from "./fixture.js";

const BAD_FORMAT = "-ERR Bad data format";

/** A payload with the right footer around these bytes. */
function seal(body: Buffer): Buffer {
  const payload = Buffer.concat([body, Buffer.alloc(10)]);
  payload.writeUInt16LE(11, body.length);
  const crc = new Crc64();
  crc.update(payload, 0, payload.length - 8);
  crc.write(new DataView(payload.buffer, payload.byteOffset, payload.length), payload.length - 8);
  return payload;
}

function body(type: number, ...parts: readonly (number | string | Buffer)[]): Buffer {
  return Buffer.concat([
    Buffer.from([type]),
    ...parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part as string, "hex"))),
  ]);
}

// What redis-server 7.4 answers to DUMP of a listpack and of an intset.
const LISTPACK_MEMBERS = ["a", "1", "-5", "hello", "", "70000", "9223372036854775807"];
const LISTPACK_DUMP =
  "14272700000007008161020101dffb028568656c6c6f068001f270110104f4ffffffffffffff7f09ff0c00d02830572b609098";
const INTSET_MEMBERS = ["1", "-1", "32767", "-32768", "0"];
const INTSET_DUMP = "0b1202000000050000000080ffff00000100ff7f0c0049357352512fb4f6";

test("what redis-server dumps is restored in the same encoding", async (t) => {
  const { client, encoding, members } = await startFixture(t);
  assert.equal(await client.ask("RESTORE", "lp", 0, Buffer.from(LISTPACK_DUMP, "hex")), "+OK");
  assert.equal(await encoding("lp"), "listpack");
  assert.deepEqual(await members("lp"), [...LISTPACK_MEMBERS].sort());
  assert.equal(await client.ask("RESTORE", "is", 0, Buffer.from(INTSET_DUMP, "hex")), "+OK");
  assert.equal(await encoding("is"), "intset");
  assert.deepEqual(await members("is"), [...INTSET_MEMBERS].sort());
  await client.call("CONFIG", "SET", "set-max-listpack-entries", "6", "set-max-intset-entries", "4");
  for (const [key, dump] of [
    ["lp", LISTPACK_DUMP],
    ["is", INTSET_DUMP],
  ] as const) {
    const before = await members(key);
    assert.equal(await client.ask("RESTORE", key, 0, Buffer.from(dump, "hex"), "REPLACE"), "+OK");
    assert.equal(await encoding(key), "hashtable", "beyond the limits of this server");
    assert.deepEqual(await members(key), before);
  }
});

test("DUMP and RESTORE, COPY and RENAME keep a set of any encoding", async (t) => {
  const { client, encoding, members } = await startFixture(t);
  const sets = [...EXAMPLES, ["hashtable", range(1, 3000, "m")], ["intset", range(1, 512)]] as const;
  for (const [name, wanted] of sets) {
    await client.call("SADD", "s", ...wanted);
    const digest = await client.ask("DEBUG", "DIGEST-VALUE", "s");
    const dump = await client.call("DUMP", "s");
    assert.ok(dump.kind === "bulk");
    assert.equal(await client.ask("RESTORE", "restored", 0, dump.bytes), "+OK");
    assert.equal(await client.ask("COPY", "s", "copied", "DB", "3", "REPLACE"), ":1");
    assert.equal(await client.ask("COPY", "s", "copied"), ":1");
    assert.equal(await client.ask("RENAME", "s", "renamed"), "+OK");
    for (const key of ["restored", "copied", "renamed"]) {
      assert.equal(await encoding(key), name);
      assert.deepEqual(await members(key), [...wanted].sort());
      assert.equal(await client.ask("DEBUG", "DIGEST-VALUE", key), digest);
      await client.call("SREM", key, wanted[0] ?? "");
    }
    assert.equal(await client.ask("SCARD", "renamed"), `:${wanted.length - 1}`);
    await client.call("DEL", "restored", "copied", "renamed");
  }
});

test("malformed payloads are refused, and leave nothing behind", async (t) => {
  const { client } = await startFixture(t);
  const intset = INTSET_DUMP.slice(4, -20);
  const cases: readonly (readonly [why: string, body: Buffer])[] = [
    ["no members", body(2, 0)],
    ["fewer members than said", body(2, 3, "0161", "0162")],
    ["a member twice", body(2, 2, "0161", "0161")],
    ["an integer twice", body(2, 2, "c001", "0131")],
    ["a length without end", body(2, "81ffffffffffffffff", "0161")],
    ["an empty intset", body(11, 8, "0200000000000000")],
    ["a cut intset", body(11, 17, intset.slice(0, -2))],
    ["an unsorted intset", body(11, 12, "020000000200000005000400")],
    ["an integer twice in an intset", body(11, 12, "020000000200000005000500")],
    ["an intset of a wrong width", body(11, 11, "030000000100000005ff00")],
    ["an empty listpack", body(20, 7, "07000000", "0000", "ff")],
    ["a cut listpack", body(20, 8, "0a000000", "0100", "8161")],
    ["a member twice in a listpack", body(20, 13, "0d000000", "0200", "816102", "816102", "ff")],
    ["an integer twice in a listpack", body(20, 12, "0c000000", "0200", "0101", "813102", "ff")],
  ];
  for (const [why, bytes] of cases) {
    assert.equal(await client.ask("RESTORE", "s", 0, seal(bytes)), BAD_FORMAT, why);
  }
  assert.equal(await client.ask("EXISTS", "s"), ":0");
});

test("payloads with flipped bytes are restored or refused, never more", async (t) => {
  const { client } = await startFixture(t);
  const random = new Random((Math.random() * 2 ** 31) | 0);
  const dumps = [LISTPACK_DUMP, INTSET_DUMP].map((hex) => Buffer.from(hex, "hex"));
  await client.call("SADD", "table", ...range(1, 200, "m"));
  const table = await client.call("DUMP", "table");
  if (table.kind === "bulk") dumps.push(Buffer.from(table.bytes));
  for (let round = 0; round < 1500; round++) {
    const bytes = Buffer.from(random.pick(dumps).subarray(0, -10));
    for (let flips = random.int(1, 4); flips > 0; flips--) bytes[random.int(1, bytes.length - 1)] = random.int(0, 255);
    const reply = await client.ask("RESTORE", "s", 0, seal(bytes), "REPLACE");
    if (reply !== "+OK") {
      assert.equal(reply, BAD_FORMAT, `seed ${random.seed}`);
      continue;
    }
    const size = await client.ask("SCARD", "s");
    const listed = await client.call("SMEMBERS", "s");
    assert.ok(listed.kind === "array" && size === `:${listed.items.length}`, `seed ${random.seed}`);
    for (const item of listed.items) {
      assert.ok(item.kind === "bulk");
      assert.equal(await client.ask("SREM", "s", item.bytes), ":1", `seed ${random.seed}`);
    }
  }
});

test("UNLINK and FLUSHALL ASYNC free a large set in slices", async (t) => {
  const { client, server } = await startFixture(t);
  const { keyspace } = server.pyredis.server;
  const before = keyspace.arena.blockCount;
  await client.call("SADD", "s", ...range(1, 20_000, "m"));
  const record = keyspace.database(0).findKey(new DataView(new Uint8Array([115]).buffer), 0, 1);
  const { types, records } = keyspace;
  const operations = types[records.type(record)];
  assert.ok(
    operations !== undefined && operations.freeEffort(records.valueHandle(record), records.encoding(record)) > 20_000,
  );
  keyspace.database(0).removeLazily(record);
  assert.equal(keyspace.lazyFree.pendingObjects, 1);
  let steps = 0;
  while (keyspace.lazyFree.run(() => true)) steps++;
  assert.ok(steps > 20, `${steps} steps are no slices`);
  assert.equal(keyspace.arena.blockCount, before);
  await client.call("SADD", "t", ...range(1, 3000, "m"));
  assert.equal(await client.ask("UNLINK", "t"), ":1");
  assert.equal(await client.ask("FLUSHALL", "ASYNC"), "+OK");
});

test("MEMORY USAGE and DEBUG HTSTATS-KEY know the table of a set", async (t) => {
  const { client, server } = await startFixture(t);
  const { keyspace } = server.pyredis.server;
  const usage = async (): Promise<number> => Number((await client.ask("MEMORY", "USAGE", "s")).slice(1));
  await client.call("SADD", "s", "1", "2");
  assert.ok((await usage()) < 80);
  assert.match(await client.ask("DEBUG", "HTSTATS-KEY", "s"), /not represented using an hash table$/);
  for (const members of [500, 60_000]) {
    const before = keyspace.arena.usedBytes;
    await client.call("DEL", "s");
    for (let i = 0; i < members; i += 5000) {
      await client.call("SADD", "s", ...range(i, Math.min(i + 5000, members) - 1, "member:"));
    }
    const taken = keyspace.arena.usedBytes - before;
    const said = await usage();
    assert.ok(Math.abs(said - taken) < 200 + taken / 100, `${said} said, ${taken} taken`);
    const stats = textOf(await client.call("DEBUG", "HTSTATS-KEY", "s", "full"));
    assert.match(stats, new RegExp(` number of elements: ${members}\n[^]*Chain length distribution:`));
    if (members > 500) continue;
    assert.match(await client.ask("DEBUG", "OBJECT", "s"), /encoding:hashtable /);
  }
});

test("DEBUG HTSTATS-KEY shows the tables of hashes and sorted sets, and of nothing else", async (t) => {
  const { client } = await startFixture(t);
  await client.call("HSET", "hash", ...range(1, 1200));
  await client.call("ZADD", "zset", ...range(1, 400).flatMap((member) => ["1", member]));
  for (const [key, count] of [
    ["hash", 600],
    ["zset", 400],
  ] as const) {
    const stats = textOf(await client.call("DEBUG", "HTSTATS-KEY", key));
    assert.match(stats, new RegExp(`^Hash table 0 stats [^]* number of elements: ${count}\n`));
  }
  await client.call("RPUSH", "list", "a");
  await client.call("HSET", "small", "f", "v");
  for (const key of ["list", "small"]) {
    assert.match(await client.ask("DEBUG", "HTSTATS-KEY", key), /not represented using an hash table$/);
  }
  assert.equal(await client.ask("DEBUG", "HTSTATS-KEY", "none"), "-ERR no such key");
});

test("a member of 13 bytes in a set of a million takes at most 25 bytes, all in", async (t) => {
  const { client, server } = await startFixture(t);
  const { sets, arena } = server.pyredis.server.keyspace;
  await client.call("SADD", "s", "x".repeat(65));
  const db = server.pyredis.server.keyspace.database(0);
  const set = sets.open(db.findKey(new DataView(new Uint8Array([115]).buffer), 0, 1));
  const before = arena.usedBytes;
  const member = Buffer.alloc(13);
  const view = new DataView(member.buffer, member.byteOffset, member.length);
  const count = 1_000_000;
  for (let i = 0; i < count; i++) {
    member.write(`member:${String(i).padStart(6, "0")}`, "latin1");
    sets.add(set, view, 0, 13);
  }
  assert.equal(sets.size(set), count + 1);
  const each = (arena.usedBytes - before) / count;
  assert.ok(each <= 25, `${each} bytes a member`);
});
