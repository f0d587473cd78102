import assert from "node:assert/strict";
import { test } from "node:test";
import { BitCombiner } from "#src/storage/bit-combine.js";
import { countBits, countWords } from "#src/storage/bit-count.js";
import { readBits, writeBits } from "#src/storage/bit-field.js";
import { findBit } from "#src/storage/bit-search.js";
import { buildModule, instantiate, V128 } from "#src/storage/wasm-builder.js";
import { findKernels, PART_BYTES } from "#src/storage/wasm-kernels.js";
import { Random } from "../support/random.js";

const GUARD_BYTES = 32;
const ALIGNMENTS = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** Random bytes with random bytes around them: a kernel that goes too far shows. */
function makeBytes(
  random: Random,
  alignment: number,
  length: number,
): { view: DataView; bytes: Buffer; start: number } {
  const all = random.bytes(GUARD_BYTES + alignment + length + GUARD_BYTES);
  const start = GUARD_BYTES + alignment;
  return {
    view: new DataView(all.buffer, all.byteOffset, all.length),
    bytes: all.subarray(start, start + length),
    start,
  };
}

function countNaively(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) for (let rest = byte; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}

function bitAt(bytes: Uint8Array, index: number): number {
  return ((bytes[index >>> 3] ?? 0) >>> (7 - (index & 7))) & 1;
}

test("bits are counted at every alignment and length, word by word", () => {
  const random = new Random(1);
  for (const alignment of ALIGNMENTS) {
    for (let length = 0; length <= 70; length++) {
      const { view, bytes, start } = makeBytes(random, alignment, length);
      assert.equal(countWords(view, start, length), countNaively(bytes), `${length} bytes at ${alignment}`);
    }
  }
});

test("bits of long ranges are counted as well, at the ends of blocks and pieces too", () => {
  const random = new Random(2);
  for (const length of [1023, 1024, 1025, 1279, 1280, 4096, 16_383, 16_384, 16_385, 32_768, 50_001, 300_000]) {
    for (const alignment of [0, 1, 3, 6]) {
      const { view, bytes, start } = makeBytes(random, alignment, length);
      const expected = countNaively(bytes);
      assert.equal(countBits(view, start, length), expected, `${length} bytes at ${alignment}`);
      assert.equal(countWords(view, start, length), expected, `${length} bytes at ${alignment}, by words`);
    }
  }
  for (const fill of [0, 0xff]) {
    const bytes = Buffer.alloc(100_000, fill);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    assert.equal(countBits(view, 0, bytes.length), fill === 0 ? 0 : 800_000);
  }
});

test("this engine has the kernels", () => {
  assert.notEqual(findKernels(), null);
});

test("a module that the engine refuses gives no kernel", () => {
  const unknownInstruction = [0xff];
  const name = "broken";
  assert.equal(instantiate(buildModule([{ name, locals: 0, localType: V128, code: unknownInstruction }])), null);
});

test("the first bit is found in every range of short strings", () => {
  const random = new Random(3);
  for (const alignment of ALIGNMENTS) {
    for (const length of [1, 2, 5]) {
      const { view, bytes, start } = makeBytes(random, alignment, length);
      for (const fill of [0, 0xff, random.uint32() & 0xff]) {
        bytes.fill(fill);
        bytes[length - 1] = random.pick([fill, 0x10, 0xef]);
        for (let from = 0; from <= length * 8; from++) {
          for (let to = from; to <= length * 8; to++) expectFound(view, bytes, start, from, to);
        }
      }
    }
  }
});

test("the first bit is found behind many words that do not have it", () => {
  const random = new Random(4);
  for (let i = 0; i < 3000; i++) {
    const length = random.oneIn(3) ? random.int(250, 700) : random.int(1, 90);
    const { view, bytes, start } = makeBytes(random, random.int(0, 8), length);
    bytes.fill(random.pick([0, 0xff]));
    if (!random.oneIn(4)) {
      const at = random.int(0, length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(0, 7));
    }
    const from = random.int(0, length * 8);
    expectFound(view, bytes, start, from, random.int(from, length * 8));
  }
});

test("the first bit is found behind whole blocks that do not have it", () => {
  const random = new Random(5);
  for (const length of [16_384, 16_385, 16_386, 32_769, 50_001]) {
    for (let i = 0; i < 40; i++) {
      const { view, bytes, start } = makeBytes(random, random.int(0, 8), length);
      const bit = random.int(0, 1);
      bytes.fill(bit === 1 ? 0 : 0xff);
      const [first, last] = [random.int(0, 20), length * 8 - random.int(0, 20)];
      assert.equal(findBit(view, start, first, last, bit), -1, `no ${bit} in [${first}, ${last}) of ${length} bytes`);
      const position = random.int(first, last - 1);
      bytes[position >>> 3] = (bytes[position >>> 3] ?? 0) ^ (128 >>> (position & 7));
      assert.equal(findBit(view, start, first, last, bit), position, `${bit} at ${position} of ${length} bytes`);
    }
  }
});

function expectFound(view: DataView, bytes: Uint8Array, start: number, from: number, to: number): void {
  for (const bit of [0, 1]) {
    let expected = -1;
    for (let i = from; i < to && expected < 0; i++) if (bitAt(bytes, i) === bit) expected = i;
    const text = `${bit} in [${from}, ${to}) of ${Buffer.from(bytes).toString("hex")}`;
    assert.equal(findBit(view, start, from, to, bit), expected, text);
  }
}

const COMBINATIONS = [
  ["and", (a: number, b: number) => a & b],
  ["or", (a: number, b: number) => a | b],
  ["xor", (a: number, b: number) => a ^ b],
] as const;

for (const kernels of [findKernels(), null]) {
  const way = kernels === null ? "without kernels" : "by kernels";
  test(`ranges of every length and alignment are combined, and nothing beside them (${way})`, () => {
    const random = new Random(5);
    const combiner = new BitCombiner(kernels);
    for (let i = 0; i < 81 * 12; i++) {
      const [operation, combineByte] = random.pick(COMBINATIONS);
      const length = random.oneIn(20) ? random.int(16_300, PART_BYTES) : random.int(1, 200);
      const [first, second] = [random.int(0, length), random.int(0, length)];
      const target = makeBytes(random, random.int(0, 8), length);
      const a = makeBytes(random, i % 9, first);
      const b = makeBytes(random, Math.floor(i / 9) % 9, second);
      const whole = Buffer.from(target.view.buffer, target.view.byteOffset, target.view.byteLength);
      const expected = Buffer.from(whole);
      const inverts = random.oneIn(4);
      for (let k = 0; k < length; k++) {
        const byte = combineByte(a.bytes[k] ?? 0, b.bytes[k] ?? 0);
        expected[target.start + k] = inverts ? ~byte : byte;
      }
      combiner.begin(length, a.view, a.start, first);
      combiner.combine(operation, b.view, b.start, second);
      if (inverts) combiner.invert();
      combiner.store(target.view, target.start);
      assert.ok(whole.equals(expected), `${operation}: ${first} and ${second} of ${length} bytes`);
    }
  });
}

test("fields of every width at every bit are read and written, and no bit beside them changes", () => {
  const random = new Random(7);
  for (let bits = 1; bits <= 53; bits++) {
    for (let offset = 0; offset < 24; offset++) {
      const { view, bytes, start } = makeBytes(random, random.int(0, 7), 12);
      const before = Buffer.from(bytes);
      let expected = 0n;
      for (let i = 0; i < bits; i++) expected = expected * 2n + BigInt(bitAt(bytes, offset + i));
      const text = `u${bits} at ${offset}`;
      assert.equal(BigInt(readBits(view, start, 12, offset, bits)), expected, text);
      const value = BigInt.asUintN(bits, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32()));
      writeBits(view, start, offset, bits, Number(value));
      assert.equal(BigInt(readBits(view, start, 12, offset, bits)), value, text);
      const signed = BigInt.asIntN(bits, value);
      writeBits(view, start, offset, bits, Number(signed));
      assert.equal(BigInt(readBits(view, start, 12, offset, bits)), value, `i${bits} at ${offset}`);
      for (let i = 0; i < 96; i++) {
        if (i < offset || i >= offset + bits) assert.equal(bitAt(bytes, i), bitAt(before, i), `${text}, bit ${i}`);
      }
    }
  }
});

test("a field that goes beyond the end reads zeros there", () => {
  const bytes = Buffer.alloc(16, 0xff);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  assert.equal(readBits(view, 0, 2, 8, 16), 0xff00);
  assert.equal(readBits(view, 0, 2, 12, 8), 0xf0);
  assert.equal(readBits(view, 0, 2, 16, 8), 0);
  assert.equal(readBits(view, 0, 2, 8 * 4_000_000_000, 53), 0);
  assert.equal(readBits(view, 0, 0, 0, 1), 0);
});
