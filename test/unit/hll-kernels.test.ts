import assert from "node:assert/strict";
import { test } from "node:test";
import { HllElement } from "#src/storage/hll-element.js";
import { estimateCardinality } from "#src/storage/hll-estimate.js";
import {
  addHistogram,
  addPackedHistogram,
  HISTOGRAM_LENGTH,
  mergePacked,
  PACKED_BYTES,
  packRegisters,
  REGISTER_COUNT,
  raiseRegister,
  readRegister,
} from "#src/storage/hll-registers.js";
import {
  addSparseHistogram,
  mergeSparse,
  RAISE_CHANGES,
  RAISE_CORRUPT,
  RAISE_NOTHING,
  SparseEditor,
  writeEmptySparse,
} from "#src/storage/hll-sparse.js";
import { MurmurHash } from "#src/storage/murmur-hash.js";
import { Random } from "../support/random.js";

const GUARD_BYTES = 16;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** MurmurHash64A by its definition. */
function hashNaively(bytes: Buffer): bigint {
  const m = 0xc6a4a7935bd1e995n;
  const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
  let h = 0xadc83b19n ^ u64(BigInt(bytes.length) * m);
  const words = bytes.length >> 3;
  for (let i = 0; i < words; i++) {
    let k = u64(bytes.readBigUInt64LE(8 * i) * m);
    k = u64((k ^ (k >> 47n)) * m);
    h = u64((h ^ k) * m);
  }
  if (bytes.length & 7) {
    let tail = 0n;
    for (let i = bytes.length - 1; i >= 8 * words; i--) tail = (tail << 8n) | BigInt(bytes[i] ?? 0);
    h = u64((h ^ tail) * m);
  }
  h = u64((h ^ (h >> 47n)) * m);
  return h ^ (h >> 47n);
}

test("the hash is MurmurHash64A for every length and at every alignment", () => {
  const random = new Random(1);
  const hash = new MurmurHash();
  const element = new HllElement();
  for (let length = 0; length <= 80; length++) {
    for (let alignment = 0; alignment < 8; alignment++) {
      const bytes = random.bytes(alignment + length + 8);
      const expected = hashNaively(bytes.subarray(alignment, alignment + length));
      hash.compute(viewOf(bytes), alignment, length);
      const actual = (BigInt(hash.high >>> 0) << 32n) | BigInt(hash.low >>> 0);
      assert.equal(actual, expected, `${length} bytes at ${alignment}`);
      const zeros = ((expected >> 14n) | (1n << 50n)).toString(2).match(/0*$/)?.[0].length ?? 0;
      for (const way of ["compute", "computeAlone"] as const) {
        element[way](viewOf(bytes), alignment, length);
        assert.equal(BigInt(element.index), expected & 16383n, way);
        assert.equal(element.value, zeros + 1, way);
      }
    }
  }
});

test("an element of any length takes the same register with the kernel and without", () => {
  const random = new Random(8);
  const [a, b] = [new HllElement(), new HllElement()];
  for (const length of [81, 1000, 4095, 4096, 4097, 5000, 100_000]) {
    const bytes = viewOf(random.bytes(length));
    a.compute(bytes, 0, length);
    b.computeAlone(bytes, 0, length);
    assert.deepEqual([a.index, a.value], [b.index, b.value], `${length} bytes`);
  }
  // So many give long runs of zeros as well.
  for (let i = 0; i < 200_000; i++) {
    const bytes = viewOf(Buffer.from(String(i)));
    a.compute(bytes, 0, bytes.byteLength);
    b.computeAlone(bytes, 0, bytes.byteLength);
    assert.ok(a.index === b.index && a.value === b.value, String(i));
  }
});

test("packed registers are written, read, raised, merged and counted at every alignment, and nothing beside them", () => {
  const random = new Random(2);
  for (let alignment = 0; alignment < 4; alignment++) {
    const all = random.bytes(GUARD_BYTES + alignment + PACKED_BYTES + GUARD_BYTES);
    const before = Buffer.from(all);
    const view = viewOf(all);
    const start = GUARD_BYTES + alignment;
    const registers = Uint8Array.from({ length: REGISTER_COUNT }, () => random.int(0, 63));
    packRegisters(registers, view, start);
    // Bit 6r, the lowest first.
    for (const index of [0, 1, 2, 3, 4, 5, 16382, 16383]) {
      let value = 0;
      for (let i = 5; i >= 0; i--) {
        const bit = index * 6 + i;
        value = value * 2 + (((all[start + (bit >> 3)] ?? 0) >> (bit & 7)) & 1);
      }
      assert.equal(value, registers[index], `register ${index}`);
    }
    const raised = Uint8Array.from(registers, (value) => Math.max(value, random.int(0, 63)));
    for (let i = 0; i < REGISTER_COUNT; i++) {
      const [old = 0, value = 0] = [registers[i], raised[i]];
      assert.equal(readRegister(view, start, i), old);
      assert.equal(raiseRegister(view, start, i, value), value > old);
      assert.equal(raiseRegister(view, start, i, random.int(0, value)), false);
      assert.equal(readRegister(view, start, i), value);
    }
    const merged = Uint8Array.from({ length: REGISTER_COUNT }, () => random.int(0, 63));
    const expected = merged.map((value, i) => Math.max(value, raised[i] ?? 0));
    mergePacked(merged, view, start);
    assert.deepEqual(merged, expected);
    const [a, b] = [new Int32Array(HISTOGRAM_LENGTH), new Int32Array(HISTOGRAM_LENGTH)];
    addPackedHistogram(view, start, a);
    addHistogram(raised, b);
    assert.deepEqual(a, b);
    assert.deepEqual(all.subarray(0, start), before.subarray(0, start));
    assert.deepEqual(all.subarray(start + PACKED_BYTES), before.subarray(start + PACKED_BYTES));
  }
});

/** Sparse registers between guards, and what should be in them. */
class SparseBench {
  readonly bytes = Buffer.alloc(40_000, 0xaa);
  readonly view = viewOf(this.bytes);
  readonly editor = new SparseEditor();
  readonly expected = new Uint8Array(REGISTER_COUNT);
  readonly start = GUARD_BYTES;
  end = this.start + 2;

  constructor() {
    writeEmptySparse(this.view, this.start);
  }

  raise(index: number, value: number): void {
    const { view, start, end, editor } = this;
    const found = editor.prepareRaise(view, start, end, index, value);
    const old = this.expected[index] ?? 0;
    assert.equal(found, value > old ? RAISE_CHANGES : RAISE_NOTHING);
    if (found === RAISE_CHANGES) {
      this.expected[index] = value;
      this.bytes.fill(0xaa, end);
      this.end = editor.apply(view, start, end);
    }
  }

  verify(): void {
    const registers = new Uint8Array(REGISTER_COUNT);
    assert.ok(mergeSparse(registers, this.view, this.start, this.end));
    assert.deepEqual(registers, this.expected);
    const [a, b] = [new Int32Array(HISTOGRAM_LENGTH), new Int32Array(HISTOGRAM_LENGTH)];
    assert.ok(addSparseHistogram(this.view, this.start, this.end, a));
    addHistogram(registers, b);
    assert.deepEqual(a, b);
    assert.ok(this.bytes.subarray(0, this.start).every((byte) => byte === 0xaa));
  }
}

test("sparse registers rise one by one, in any order and any distance", () => {
  for (let seed = 10; seed < 20; seed++) {
    const random = new Random(seed);
    const bench = new SparseBench();
    const near = random.int(0, REGISTER_COUNT - 200);
    for (let i = 0; i < 1500; i++) {
      const index = random.oneIn(2) ? near + random.int(0, 199) : random.int(0, REGISTER_COUNT - 1);
      bench.raise(index, random.oneIn(3) ? random.int(1, 32) : random.int(1, 3));
      if (i % 100 === 0) bench.verify();
    }
    for (const index of [0, REGISTER_COUNT - 1]) bench.raise(index, 32);
    bench.verify();
  }
});

test("sparse registers that all rise to one value take a byte for four", () => {
  const bench = new SparseBench();
  for (let i = 0; i < REGISTER_COUNT; i++) bench.raise(i, 7);
  bench.verify();
  assert.ok(bench.end - bench.start < (REGISTER_COUNT / 4) * 1.1, `${bench.end - bench.start} bytes`);
});

test("any bytes at all are read, and edited, within their range", () => {
  const random = new Random(30);
  const editor = new SparseEditor();
  for (let i = 0; i < 20_000; i++) {
    const length = random.int(0, 24);
    const all = Buffer.alloc(GUARD_BYTES + length + 8 + GUARD_BYTES, 0x7f);
    random.bytes(length).copy(all, GUARD_BYTES);
    const before = Buffer.from(all);
    const view = viewOf(all);
    const end = GUARD_BYTES + length;
    addSparseHistogram(view, GUARD_BYTES, end, new Int32Array(HISTOGRAM_LENGTH));
    mergeSparse(new Uint8Array(REGISTER_COUNT), view, GUARD_BYTES, end);
    const found = editor.prepareRaise(view, GUARD_BYTES, end, random.int(0, REGISTER_COUNT - 1), random.int(1, 32));
    assert.ok(found !== RAISE_CORRUPT || all.equals(before));
    if (found !== RAISE_CHANGES) continue;
    const newEnd = editor.apply(view, GUARD_BYTES, end);
    assert.ok(newEnd <= end + editor.growth && editor.growth <= 4);
    const behind = end + Math.max(editor.growth, 0);
    assert.deepEqual(all.subarray(0, GUARD_BYTES), before.subarray(0, GUARD_BYTES));
    assert.deepEqual(all.subarray(behind), before.subarray(behind));
  }
});

test("the estimate is 0 without elements, and has no end where all registers are full", () => {
  const histogram = new Int32Array(HISTOGRAM_LENGTH);
  histogram[0] = REGISTER_COUNT;
  assert.equal(estimateCardinality(histogram), 0);
  for (const value of [51, 52, 63]) {
    assert.equal(
      estimateCardinality(histogram.fill(0).fill(REGISTER_COUNT, value, value + 1)),
      Number.POSITIVE_INFINITY,
    );
  }
  const one = new Int32Array(HISTOGRAM_LENGTH);
  one[0] = REGISTER_COUNT - 1;
  one[1] = 1;
  assert.equal(estimateCardinality(one), 1);
});
