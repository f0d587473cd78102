// The parts of DUMP payloads: CRC-64, LZF, and numbers in the RDB format.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RdbReader } from "#src/keyspace/rdb-reader.js";
import { RdbWriter } from "#src/keyspace/rdb-writer.js";
import { Crc64 } from "#src/storage/crc64.js";
import { compressLzf, decompressLzf, maxExpansion } from "#src/storage/lzf.js";
import { Random } from "../support/random.js";

const SLACK = 4;

function compress(input: Uint8Array, limit = input.length): Uint8Array | null {
  const output = new Uint8Array(limit + SLACK);
  const size = compressLzf(input, 0, input.length, output, limit);
  return size === 0 ? null : output.subarray(0, size);
}

test("CRC-64/Jones of 123456789 is its published check value, in one piece or two", () => {
  const text = Buffer.from("123456789");
  for (const cut of [0, 4, 9]) {
    const crc = new Crc64();
    crc.update(text, 0, cut);
    crc.update(text, cut, 9);
    const view = new DataView(new ArrayBuffer(8));
    crc.write(view, 0);
    assert.equal(view.getBigUint64(0, true), 0xe9c6d914c4b8d9can);
    assert.ok(crc.isAt(view, 0));
  }
});

test("LZF gives back what it compressed, for any input", () => {
  const seed = Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31);
  const random = new Random(seed);
  for (let i = 0; i < 2000; i++) {
    const alphabet = random.pick([1, 2, 4, 256]);
    const length = random.pick([0, 1, 2, 3, 4, 5, 21, 32, 33, 34, 100, 264, 265, 1000, 9000, 20_000]);
    const input = Uint8Array.from({ length }, () => random.uint32() % alphabet);
    if (random.oneIn(3)) input.copyWithin(random.int(0, length), 0, random.int(0, length));
    const output = compress(input, random.oneIn(2) ? length : random.int(0, length));
    if (output === null) continue;
    assert.ok(length <= maxExpansion(output.length), `TWIN_SEED=${seed}: expands more than was thought possible`);
    const back = new Uint8Array(length);
    assert.ok(decompressLzf(output, 0, output.length, back), `TWIN_SEED=${seed}`);
    assert.deepEqual(back, input, `TWIN_SEED=${seed}`);
    assert.equal(decompressLzf(output, 0, output.length, new Uint8Array(length + 1)), false);
    if (length > 0) assert.equal(decompressLzf(output, 0, output.length, new Uint8Array(length - 1)), false);
    assert.deepEqual(compress(input), compress(input), "equal inputs have equal outputs");
  }
});

test("LZF shrinks what repeats and gives up on what does not", () => {
  assert.ok((compress(new Uint8Array(1000)) ?? []).length < 20);
  assert.equal(compress(new Random(1).bytes(1000)), null);
});

test("decompressing any bytes ends, and stays within its buffer", () => {
  const random = new Random(Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31));
  for (let i = 0; i < 20_000; i++) {
    const input = random.bytes(random.int(0, 30));
    decompressLzf(input, 0, input.length, new Uint8Array(random.int(0, 100)));
  }
});

test("lengths are written in the shortest form and read back", () => {
  for (const [length, bytes] of [
    [0, 1],
    [63, 1],
    [64, 2],
    [16383, 2],
    [16384, 5],
    [2 ** 32 - 1, 5],
    [2 ** 32, 9],
    [2 ** 50 + 1, 9],
  ] as const) {
    const writer = new RdbWriter(true);
    writer.writeLength(length);
    assert.equal(writer.length, bytes);
    const reader = new RdbReader(writer.bytes, writer.view, 0, writer.length);
    assert.equal(reader.readLength(), length);
    assert.equal(reader.at, bytes);
  }
});
