// RESTORE of hashes: each form that RDB 12 has, and bytes that are none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Crc64 } from "#src/storage/crc64.js";
import { Random } from "../../support/random.js";
import type { RespClient } from "../../support/resp-client.js";
import { startFixture } from "./fixture.js";

const BAD_FORMAT = "-ERR Bad data format";
/** 2500-01-01: a deadline that is far away on any clock. */
const FAR = 16_725_225_600_000;

/** A payload with the right footer around these bytes. */
function seal(body: Buffer): Buffer {
  const payload = Buffer.concat([body, Buffer.alloc(10)]);
  payload.writeUInt16LE(12, body.length);
  const crc = new Crc64();
  crc.update(payload, 0, payload.length - 8);
  crc.write(new DataView(payload.buffer, payload.byteOffset, payload.length), payload.length - 8);
  return payload;
}

function string(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

function milliseconds(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

/** A length in its longest form. */
function length64(value: number): Buffer {
  const bytes = Buffer.alloc(9, 0x81);
  bytes.writeBigUInt64BE(BigInt(value), 1);
  return bytes;
}

/** A listpack of short strings and of integers, as a string. */
function listpack(...entries: (string | number)[]): Buffer {
  const encoded = entries.map((entry) => {
    if (typeof entry === "string") {
      return Buffer.concat([Buffer.from([0x80 | entry.length]), Buffer.from(entry), Buffer.from([entry.length + 1])]);
    }
    if (entry >= 0 && entry < 128) return Buffer.from([entry, 1]);
    return Buffer.concat([Buffer.from([0xf4]), milliseconds(entry), Buffer.from([9])]);
  });
  const body = Buffer.concat(encoded);
  const head = Buffer.alloc(6);
  head.writeUInt32LE(body.length + 7);
  head.writeUInt16LE(entries.length, 4);
  const bytes = Buffer.concat([head, body, Buffer.from([255])]);
  return Buffer.concat([length64(bytes.length), bytes]);
}

async function restore(client: RespClient, type: number, ...parts: Buffer[]): Promise<string> {
  await client.call("DEL", "k");
  return client.ask("RESTORE", "k", 0, seal(Buffer.concat([Buffer.from([type]), ...parts])));
}

test("all forms are read, into the encodings that Redis gives them", async (t) => {
  const { client, expect } = await startFixture(t);
  const forms: [Buffer[], number, string, string][] = [
    [[Buffer.from([2]), string("a"), string("1"), string("b"), string("2")], 4, "listpack", "*[:-1, :-1]"],
    [[listpack("a", "1", "b", 2)], 16, "listpack", "*[:-1, :-1]"],
    [
      [milliseconds(FAR), Buffer.from([2, 0]), string("a"), string("1"), Buffer.from([6]), string("b"), string("2")],
      ...([24, "listpackex", `*[:-1, :${FAR + 5}]`] as const),
    ],
    [
      [Buffer.from([2]), length64(0), string("a"), string("1"), length64(FAR + 5), string("b"), string("2")],
      ...([22, "listpackex", `*[:-1, :${FAR + 5}]`] as const),
    ],
    [[milliseconds(FAR), listpack("b", "2", FAR, "a", "1", 0)], 25, "listpackex", `*[:-1, :${FAR}]`],
    [[listpack("b", "2", FAR, "a", "1", 0)], 23, "listpackex", `*[:-1, :${FAR}]`],
  ];
  for (const entries of ["512", "1"]) {
    await client.call("CONFIG", "SET", "hash-max-listpack-entries", entries);
    for (const [parts, type, encoding, deadlines] of forms) {
      assert.equal(await restore(client, type, ...parts), "+OK", `type ${type}`);
      await expect(
        ["HMGET k a b", '*[$"1", $"2"]'],
        ["HLEN k", ":2"],
        ["HPEXPIRETIME k FIELDS 2 a b", deadlines],
        ["OBJECT ENCODING k", `$"${entries === "1" ? "hashtable" : encoding}"`],
      );
    }
  }
});

test("fields are found however the dump encodes them", async (t) => {
  const { client, expect } = await startFixture(t);
  // 5 as a text, and 7 in eight bytes.
  const wide = Buffer.concat([Buffer.from([0xf4]), milliseconds(7), Buffer.from([9])]);
  const body = Buffer.concat([Buffer.from([0x81, 0x35, 2, 1, 1]), wide, Buffer.from([2, 1])]);
  const bytes = Buffer.concat([Buffer.alloc(6), body, Buffer.from([255])]);
  bytes.writeUInt32LE(bytes.length);
  bytes.writeUInt16LE(4, 4);
  assert.equal(await restore(client, 16, length64(bytes.length), bytes), "+OK");
  await expect(["HGETALL k", '*[$"5", $"1", $"7", $"2"]'], ["HGET k 5", '$"1"'], ["HDEL k 5 7", ":2"]);
});

test("what is no sound hash is refused", async (t) => {
  const { client } = await startFixture(t);
  const a = [string("a"), string("1")];
  const tooLate = 2 ** 48;
  const bad: [number, ...Buffer[]][] = [
    [4, Buffer.from([0])],
    [4, Buffer.from([2]), ...a],
    [4, Buffer.from([2]), ...a, ...a],
    [4, length64(2 ** 40), ...a],
    [16, listpack()],
    [16, listpack("a")],
    [16, listpack("a", "1", "a", "2")],
    [16, listpack("a", "1", "b")],
    [22, Buffer.from([1]), length64(tooLate), ...a],
    [22, Buffer.from([2, 0]), ...a, Buffer.from([0]), ...a],
    [24, milliseconds(FAR), Buffer.from([0])],
    [24, milliseconds(-1), Buffer.from([1, 0]), ...a],
    [24, milliseconds(tooLate - 5), Buffer.from([1, 10]), ...a],
    [25, milliseconds(FAR), listpack("a", "1", "x")],
    [25, milliseconds(FAR), listpack("a", "1", -5)],
    [25, milliseconds(FAR), listpack("a", "1", tooLate)],
    [25, milliseconds(FAR), listpack("a", "1", 0, "b", "2", FAR)],
    [25, milliseconds(FAR), listpack("a", "1", FAR, "b", "2", FAR - 1)],
    [25, milliseconds(FAR), listpack("a", "1", FAR, "a", "2", 0)],
    [25, milliseconds(FAR), listpack("a", "1")],
  ];
  for (const entries of ["512", "1"]) {
    await client.call("CONFIG", "SET", "hash-max-listpack-entries", entries);
    for (const [type, ...parts] of bad) {
      assert.equal(
        await restore(client, type, ...parts),
        BAD_FORMAT,
        `type ${type}: ${Buffer.concat(parts).toString("hex")}`,
      );
    }
  }
});

test("damaged payloads give an error or a hash that works, and take no memory that is not given back", async (t) => {
  const { client } = await startFixture(t);
  const random = new Random(Number(process.env.TWIN_SEED ?? 11));
  const payloads: Buffer[] = [];
  for (const entries of ["512", "0"]) {
    await client.call("CONFIG", "SET", "hash-max-listpack-entries", entries);
    for (const expires of [false, true]) {
      await client.call("DEL", "h");
      await client.call(
        "HSET",
        "h",
        "a",
        "1",
        "b",
        "some text",
        "n",
        "70000",
        "l",
        "l".repeat(60),
        "m",
        "m".repeat(30),
      );
      if (expires) await client.call("HPEXPIREAT", "h", FAR, "FIELDS", 2, "a", "l");
      const reply = await client.call("DUMP", "h");
      assert.ok(reply.kind === "bulk");
      payloads.push(Buffer.from(reply.bytes.subarray(0, -10)));
    }
  }
  let taken = 0;
  for (let i = 0; i < 4000; i++) {
    const body = Buffer.from(random.pick(payloads));
    for (let k = random.int(1, 3); k > 0; k--) body[random.int(0, body.length - 1)] = random.int(0, 255);
    await client.call("CONFIG", "SET", "hash-max-listpack-entries", random.pick(["512", "3", "0"]));
    const reply = await client.ask(
      "RESTORE",
      "k",
      0,
      seal(random.oneIn(8) ? body.subarray(0, random.int(1, body.length)) : body),
      "REPLACE",
    );
    if (reply !== "+OK") {
      assert.equal(reply, BAD_FORMAT);
      continue;
    }
    taken++;
    if ((await client.ask("TYPE", "k")) !== "+hash") continue;
    for (const command of [
      "HGETALL k",
      "HRANDFIELD k 3",
      "HSET k new 1",
      "HEXPIRE k 10 FIELDS 2 a b",
      "HDEL k a n",
      "DUMP k",
    ]) {
      assert.doesNotMatch(await client.ask(...command.split(" ")), /^-/, command);
    }
  }
  assert.ok(taken > 100, `${taken} were taken`);
});
