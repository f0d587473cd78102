// What the commands on keys make of streams: COPY, MOVE, DUMP, RESTORE, UNLINK, OBJECT, MEMORY, DEBUG, SCAN, SORT.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Crc64 } from "#src/storage/crc64.js";
import { type Fixture, startFixture } from "../../support/checked-fixture.js";
import { Random } from "../../support/random.js";
import type { RespClient } from "../../support/resp-client.js";

const BAD_FORMAT = "-ERR Bad data format";

// What redis-server 7.4 and 7.0 answer to DUMP of the stream that `fillExample` makes, uncompressed.
const DUMP_7_4 =
  "1501100000018bcfe5680000000000000000034062620000001f00030101010201846e616d65058474656d7005000102010001000181610215010501030" +
  "10101dffd02816202dffb02050100010101dffe020101856f7468657206f4cb04fb711f0100000906010201020104018001f29f8601040501ff03810000" +
  "018bcfe5680207810000018bcfe5680003810000018bcfe568010004000c009daaf11df3e23750";
const DUMP_7_0 =
  "1301100000018bcfe5680000000000000000034062620000001f00030101010201846e616d65058474656d7005000102010001000181610215010501030" +
  "10101dffd02816202dffb02050100010101dffe020101856f7468657206f4cb04fb711f0100000906010201020104018001f29f8601040501ff03810000" +
  "018bcfe5680207810000018bcfe5680003810000018bcfe568010004000a001114c04bcf211f96";
/** Bytes of a payload's footer, of its version and checksum. */
const FOOTER_BYTES = 10;
/** Behind the nodes of the example: its length, last ID, first ID, greatest deleted ID, entries added, groups. */
const NUMBERS = "03810000018bcfe5680207810000018bcfe5680003810000018bcfe5680100" + "0400";

const EXAMPLE =
  '*[*[$"1700000000000-3", *[$"name", $"a", $"temp", $"21"]], *[$"1700000000001-1", *[$"other", $"1234567890123"]], ' +
  '*[$"1700000000002-7", *[$"name", $"", $"temp", $"99999"]]]';

async function fillExample(client: RespClient): Promise<void> {
  await client.call("XADD", "s", "1700000000000-3", "name", "a", "temp", "21");
  await client.call("XADD", "s", "1700000000001-0", "name", "b", "temp", "-5");
  await client.call("XADD", "s", "1700000000001-1", "other", "1234567890123");
  await client.call("XADD", "s", "1700000000002-7", "name", "", "temp", "99999");
  await client.call("XDEL", "s", "1700000000001-0");
}

/** A payload with the right footer around these bytes. */
function seal(body: Buffer, version = 11): Buffer {
  const payload = Buffer.concat([body, Buffer.alloc(FOOTER_BYTES)]);
  payload.writeUInt16LE(version, body.length);
  const crc = new Crc64();
  crc.update(payload, 0, payload.length - 8);
  crc.write(new DataView(payload.buffer, payload.byteOffset, payload.length), payload.length - 8);
  return payload;
}

async function dumpOf(client: RespClient, key: string): Promise<Buffer> {
  const reply = await client.call("DUMP", key);
  assert.ok(reply.kind === "bulk");
  return Buffer.from(reply.bytes);
}

/** A stream of many nodes, with tombstones and entries of other fields than their nodes'. */
async function fillLarge(client: RespClient, key: string, entries: number): Promise<void> {
  for (let i = 1; i <= entries; i++) {
    await client.call(
      "XADD",
      key,
      `${i}-1`,
      ...(i % 7 === 0 ? ["x", "y"] : ["sensor", String(i), "note", "n".repeat(i % 90)]),
    );
  }
  for (let i = 3; i <= entries; i += 5) await client.call("XDEL", key, `${i}-1`);
}

test("the payload of a stream is redis-server's, but for its footer", async (t) => {
  const { client } = await startFixture(t, { rdbcompression: "no" });
  await fillExample(client);
  const payload = await dumpOf(client, "s");
  assert.equal(payload.subarray(0, -FOOTER_BYTES).toString("hex"), DUMP_7_4.slice(0, -2 * FOOTER_BYTES));
  assert.equal(payload.readUInt16LE(payload.length - FOOTER_BYTES), 11, "the first version that has this form");
});

test("payloads of redis-server 7.4, 7.0 and 5 are restored", async (t) => {
  const { client } = await startFixture(t);
  await fillExample(client);
  const digest = await client.ask("DEBUG", "DIGEST-VALUE", "s");
  const info = await client.ask("XINFO", "STREAM", "s");
  const nodes = DUMP_7_0.slice(2, DUMP_7_0.indexOf(NUMBERS));
  const oldest = Buffer.from(`0f${nodes}03810000018bcfe568020700`, "hex");
  for (const [key, payload] of [
    ["7.4", Buffer.from(DUMP_7_4, "hex")],
    ["7.0", Buffer.from(DUMP_7_0, "hex")],
    ["5", seal(oldest, 9)],
  ] as const) {
    assert.equal(await client.ask("RESTORE", key, 0, payload), "+OK");
    assert.equal(await client.ask("XRANGE", key, "-", "+"), EXAMPLE);
    assert.equal(await client.ask("DEBUG", "DIGEST-VALUE", key), digest);
    if (key !== "5") assert.equal(await client.ask("XINFO", "STREAM", key), info);
  }
  const early = await client.ask("XINFO", "STREAM", "5");
  assert.match(early, /max-deleted-entry-id", \$"0-0".*entries-added", :3.*first-entry-id", \$"1700000000000-3"/);
});

test("DUMP and RESTORE, COPY, MOVE and RENAME keep a stream", async (t) => {
  const { client } = await startFixture(t, { "stream-node-max-entries": "10" });
  for (const entries of [1, 10, 11, 500]) {
    await fillLarge(client, "s", entries);
    await client.call("XSETID", "s", "999999-0", "ENTRIESADDED", "7777", "MAXDELETEDID", "88888-1");
    const describe = async (key: string): Promise<string> =>
      (await client.ask("XINFO", "STREAM", key, "FULL", "COUNT", "0")) +
      (await client.ask("DEBUG", "DIGEST-VALUE", key));
    const wanted = await describe("s");
    for (const compression of ["yes", "no"]) {
      await client.call("CONFIG", "SET", "rdbcompression", compression);
      assert.equal(await client.ask("RESTORE", "restored", 0, await dumpOf(client, "s"), "REPLACE"), "+OK");
    }
    assert.equal(await client.ask("COPY", "s", "copied"), ":1");
    assert.equal(await client.ask("RENAME", "s", "renamed"), "+OK");
    for (const key of ["restored", "copied", "renamed"]) {
      assert.equal(await describe(key), wanted);
      assert.equal(
        await client.ask("XADD", key, "*", "f", "v"),
        await client.ask("XADD", key, "*", "f", "v").then((reply) => reply.replace('-1"', '-0"')),
      );
      await client.call("XTRIM", key, "MAXLEN", "0");
    }
    assert.equal(await client.ask("MOVE", "copied", "1"), ":1");
    await client.call("FLUSHALL");
  }
});

test("an empty stream is dumped and copied", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("XADD", "s", "MAXLEN", "0", "5-5", "f", "v");
  await expect(["XLEN s", ":0"], ["COPY s copied", ":1"]);
  assert.equal(await client.ask("RESTORE", "restored", 0, await dumpOf(client, "s")), "+OK");
  const info = await client.ask("XINFO", "STREAM", "s");
  for (const key of ["copied", "restored"]) assert.equal(await client.ask("XINFO", "STREAM", key), info);
  await expect(["DEBUG DIGEST-VALUE s", await client.ask("DEBUG", "DIGEST-VALUE", "restored")]);
});

test("malformed payloads are refused, and leave nothing behind", async (t) => {
  const { client } = await startFixture(t);
  const body = DUMP_7_4.slice(0, -2 * FOOTER_BYTES);
  const change = (from: string, to: string): string => {
    assert.equal(body.split(from).length, 2, `${from} is not there once`);
    return body.replace(from, to);
  };
  const cases: readonly (readonly [why: string, hex: string])[] = [
    ["nothing", "15"],
    ["a length that is not true", change("ff0381", "ff0481")],
    ["a last ID before the last entry", change("e5680207", "e5680206")],
    ["a master ID of 15 bytes", change("1501100000018b", "15010f00018b")],
    ["no node where one is said to be", `1501${NUMBERS}`],
    ["entries without a node", `1500${NUMBERS}`],
    ["a node too many", change("150110", "150210")],
    ["a listpack whose length is not true", change("62620000001f00", "62610000001f00")],
    ["a listpack whose count is not true", change("62620000001f00", "62620000001e00")],
    ["a count of entries that is not true", change("1f0003010101", "1f0004010101")],
    ["a count of deleted entries that is not true", change("1f0003010101", "1f0003010201")],
    ["more fields than there are", change("1f00030101010201", "1f00030101017f01")],
    ["a count that is a text", change("1f0003010101", "1f0080010101")],
    ["a master entry that does not end in 0", change("6d70050001", "6d70050101")],
    ["flags that do not exist", change("0001020100", "0001040100")],
    ["a wrong lp-count", change("15010501", "15010601")],
    ["IDs that go back", change("0601020102010401", "0601020100010401")],
    ["groups that are not there", `${body.slice(0, -2)}01`],
    ["bytes that are missing", body.slice(0, -8)],
  ];
  for (const [why, hex] of cases) {
    assert.equal(await client.ask("RESTORE", "s", 0, seal(Buffer.from(hex, "hex"))), BAD_FORMAT, why);
  }
  assert.equal(
    await client.ask("RESTORE", "s", 0, seal(Buffer.from(body, "hex"))),
    "+OK",
    "the cases come from a good one",
  );
});

/** Restores a payload, and uses what came of it: every reply is fine, as long as there is one. */
async function tryPayload(client: RespClient, payload: Buffer): Promise<boolean> {
  if ((await client.ask("RESTORE", "s", "0", payload, "REPLACE")) !== "+OK") return false;
  const whole = await client.ask("XRANGE", "s", "-", "+");
  assert.equal(await client.ask("XLEN", "s"), `:${whole.match(/\$"\d+-\d+", \*\[/g)?.length ?? 0}`);
  for (const command of [
    ["XREVRANGE", "s", "+", "-"],
    ["XINFO", "STREAM", "s", "FULL"],
    ["XADD", "s", "*", "name", "c", "temp", "1"],
    ["XDEL", "s", "1700000000001-1"],
    ["XTRIM", "s", "MINID", "1700000000001"],
    ["XTRIM", "s", "MAXLEN", "1"],
    ["COPY", "s", "t", "REPLACE"],
    ["DEBUG", "DIGEST-VALUE", "s"],
    ["DUMP", "s"],
  ]) {
    await client.call(...command);
  }
  return true;
}

test("payloads with flipped bits, or cut short, are restored or refused, never more", async (t) => {
  const { client } = await startFixture(t, { "stream-node-max-entries": "20" });
  const random = new Random(Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31));
  t.diagnostic(`FUZZ_SEED=${random.seed}`);
  await fillLarge(client, "large", 60);
  const bodies: Buffer[] = [DUMP_7_4, DUMP_7_0].map((hex) => Buffer.from(hex, "hex"));
  bodies.push(await dumpOf(client, "large"));
  await client.call("CONFIG", "SET", "rdbcompression", "no");
  bodies.push(await dumpOf(client, "large"));
  let restored = 0;
  for (let round = 0; round < 2500; round++) {
    const body = Buffer.from(random.pick(bodies).subarray(0, -FOOTER_BYTES));
    const flips = random.int(1, 3);
    for (let i = 0; i < flips; i++) {
      const at = random.int(1, body.length - 1);
      body[at] = random.oneIn(2) ? (body[at] ?? 0) ^ (1 << random.int(0, 7)) : random.int(0, 255);
    }
    if (await tryPayload(client, seal(body))) restored++;
  }
  assert.ok(restored > 20, `${restored} were restored`);
  for (const body of bodies.slice(0, 2)) {
    for (let length = 0; length < body.length - FOOTER_BYTES; length++) {
      assert.equal(await client.ask("RESTORE", "s", "0", seal(body.subarray(0, length)), "REPLACE"), BAD_FORMAT);
    }
  }
});

test("a large stream is freed in slices", async (t) => {
  const { client, server } = await startFixture(t, { "stream-node-max-entries": "2" });
  const { keyspace } = server.pyredis.server;
  await client.call("XADD", "warm", "1", "f", "v");
  await client.call("DEL", "warm");
  for (const command of ["UNLINK", "DEL"]) {
    const before = keyspace.arena.usedBytes;
    await fillLarge(client, "s", 3000);
    assert.equal(await client.ask(command, "s"), ":1");
    keyspace.lazyFree.run(() => false);
    assert.equal(keyspace.arena.usedBytes, before, command);
  }
  assert.equal(keyspace.lazyFree.freedObjects, 1, "UNLINK left it to lazy freeing");
});

test("introspection knows streams", async (t: Parameters<typeof startFixture>[0]) => {
  const fixture: Fixture = await startFixture(t);
  const { client, expect } = fixture;
  await fillLarge(client, "s", 300);
  await expect(
    ["TYPE s", "+stream"],
    ["OBJECT ENCODING s", '$"stream"'],
    ["SCAN 0 TYPE stream", '*[$"0", *[$"s"]]'],
    ["SORT s", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
  );
  assert.match(await client.ask("DEBUG", "OBJECT", "s"), /encoding:stream serializedlength:\d+/);
  const usage = Number((await client.ask("MEMORY", "USAGE", "s")).slice(1));
  assert.ok(usage > 10_000 && usage < 30_000, `${usage} bytes`);
});
