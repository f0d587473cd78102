import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { EMPTY_BYTES, HEADER_BYTES, Listpack, NO_POSITION } from "#src/storage/listpack.js";
import { countValidEntries, isValidListpack } from "#src/storage/listpack-check.js";
import { Random } from "../support/random.js";

/** A listpack and the words that should be in it. */
class Bench {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly listpacks = new Listpack(this.arena);
  lp = this.listpacks.create();

  stage(words: readonly Uint8Array[]): void {
    const { staged } = this.listpacks;
    staged.clear();
    for (const word of words) staged.add(viewOf(word), 0, word.length);
  }

  append(...words: readonly (string | Uint8Array)[]): this {
    this.stage(words.map((word) => (typeof word === "string" ? Buffer.from(word, "latin1") : word)));
    this.lp = this.listpacks.append(this.lp);
    return this;
  }

  text(pos: number): Buffer {
    this.listpacks.locate(this.lp, pos);
    const { view, start, length } = this.listpacks;
    return Buffer.from(new Uint8Array(view.buffer, view.byteOffset + start, length));
  }

  bytes(): Buffer {
    const at = this.arena.offset(this.lp);
    return Buffer.from(this.arena.window(this.lp).bytes.subarray(at, at + this.listpacks.byteLength(this.lp)));
  }

  forward(): Buffer[] {
    const words: Buffer[] = [];
    for (let pos = this.listpacks.first(this.lp); pos !== NO_POSITION; pos = this.listpacks.next(this.lp, pos)) {
      words.push(this.text(pos));
    }
    return words;
  }

  backward(): Buffer[] {
    const words: Buffer[] = [];
    for (let pos = this.listpacks.last(this.lp); pos !== NO_POSITION; pos = this.listpacks.previous(this.lp, pos)) {
      words.push(this.text(pos));
    }
    return words.reverse();
  }

  /** Frees everything, and checks that nothing is left. */
  close(): void {
    this.arena.free(this.lp);
    this.checks.verify(this.arena);
    assert.equal(this.arena.usedBytes, 0);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hex(words: readonly Uint8Array[]): string[] {
  return words.map((word) => Buffer.from(word).toString("hex"));
}

/** Words of every length class and every integer width, and some that only look like integers. */
function pickWord(random: Random): Buffer {
  if (random.oneIn(3)) return Buffer.from(random.integerLike(), "latin1");
  if (random.oneIn(3)) return Buffer.from(String(random.int(-(2 ** random.int(1, 52)), 2 ** random.int(1, 52))));
  if (random.oneIn(40)) return random.bytes(random.int(4000, 9000));
  if (random.oneIn(4)) return random.bytes(random.int(50, 300));
  return random.value(70);
}

// What redis-server 7.0.15 has in the listpack of these elements, from its DUMP.
const GOLDEN_WORDS = [
  ..."a||0|127|128|-1|4095|-4096|4096|-32768|32768|8388607|-8388608|8388608|2147483647|-2147483648".split("|"),
  ..."2147483648|9223372036854775807|-9223372036854775808|9223372036854775808|-0|01|+1|1.5".split("|"),
  "x".repeat(63),
  "y".repeat(64),
];
const GOLDEN =
  "\x0d\x01\x00\x00\x1a\x00\x81a\x02\x80\x01\x00\x01\x7f\x01\xc0\x80\x02\xdf\xff\x02\xcf\xff\x02\xd0\x00\x02" +
  "\xf1\x00\x10\x03\xf1\x00\x80\x03\xf2\x00\x80\x00\x04\xf2\xff\xff\x7f\x04\xf2\x00\x00\x80\x04" +
  "\xf3\x00\x00\x80\x00\x05\xf3\xff\xff\xff\x7f\x05\xf3\x00\x00\x00\x80\x05" +
  "\xf4\x00\x00\x00\x80\x00\x00\x00\x00\x09\xf4\xff\xff\xff\xff\xff\xff\xff\x7f\x09" +
  "\xf4\x00\x00\x00\x00\x00\x00\x00\x80\x09\x939223372036854775808\x14\x82-0\x03\x8201\x03\x82+1\x03\x831.5\x04" +
  `\xbf${"x".repeat(63)}@\xe0@${"y".repeat(64)}B\xff`;

test("a listpack has the bytes that redis-server writes for the same elements", () => {
  const bench = new Bench().append(...GOLDEN_WORDS);
  assert.equal(bench.bytes().toString("latin1"), GOLDEN);
  assert.deepEqual(
    bench.forward().map((word) => word.toString("latin1")),
    GOLDEN_WORDS,
  );
  bench.close();
});

test("an empty listpack has no first, last or indexed entry, and is valid", () => {
  const bench = new Bench();
  const { listpacks, lp } = bench;
  assert.equal(listpacks.byteLength(lp), EMPTY_BYTES);
  assert.ok(listpacks.isEmpty(lp));
  for (const pos of [listpacks.first(lp), listpacks.last(lp), listpacks.seek(lp, 0), listpacks.seek(lp, -1)]) {
    assert.equal(pos, NO_POSITION);
  }
  assert.equal(listpacks.find(lp, viewOf(Buffer.from("a")), 0, 1, 0), NO_POSITION);
  assert.equal(countValidEntries(bench.bytes(), 0, EMPTY_BYTES), 0);
  bench.close();
});

test("integers are read as numbers, exactly beyond 2^53 too, and staged as numbers", () => {
  const bench = new Bench();
  const { listpacks } = bench;
  const values = [
    0n,
    127n,
    128n,
    -1n,
    -4096n,
    4095n,
    2n ** 53n - 1n,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 63n - 1n,
    -(2n ** 63n),
  ];
  listpacks.staged.clear();
  for (const value of values) {
    if (Number.isSafeInteger(Number(value))) listpacks.staged.addInteger(Number(value));
    else listpacks.staged.addInt64(value);
  }
  bench.lp = listpacks.append(bench.lp);
  const asNumbers = bench.bytes();
  values.forEach((value, index) => {
    const pos = listpacks.seek(bench.lp, index);
    listpacks.read(bench.lp, pos);
    assert.ok(listpacks.isInteger);
    assert.equal(listpacks.integer, Number(value));
    assert.equal(listpacks.int64(bench.lp, pos), value);
    assert.equal(bench.text(pos).toString(), String(value));
  });
  bench.lp = listpacks.delete(bench.lp, HEADER_BYTES, values.length);
  bench.append(...values.map(String));
  assert.deepEqual(bench.bytes(), asNumbers);
  bench.close();
});

test("random inserts, replacements and deletions of ranges keep a listpack equal to its model", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const bench = new Bench();
  const { listpacks } = bench;
  let model: Buffer[] = [];
  for (let step = 0; step < 3000; step++) {
    const words = random.list(1, 4, () => pickWord(random));
    const index = random.int(0, model.length);
    const pos = index === model.length ? listpacks.end(bench.lp) : listpacks.seek(bench.lp, index);
    const count = random.int(0, 3);
    const action = random.int(0, 5);
    bench.stage(words);
    let expected = index;
    if (action === 0) {
      bench.lp = listpacks.append(bench.lp);
      expected = model.length;
      model.push(...words);
    } else if (action === 1) {
      bench.lp = listpacks.prepend(bench.lp);
      expected = 0;
      model.unshift(...words);
    } else if (action === 2) {
      bench.lp = listpacks.insert(bench.lp, pos);
      model.splice(index, 0, ...words);
    } else if (action === 3) {
      const replaced = Math.min(count, model.length - index);
      bench.lp = listpacks.replace(bench.lp, pos, replaced);
      model.splice(index, replaced, ...words);
    } else {
      const deleted = model.length > 60 ? 30 : count;
      bench.lp = listpacks.delete(bench.lp, pos, deleted);
      model.splice(index, deleted);
    }
    const where = `seed ${seed}, step ${step}`;
    const position = expected === model.length ? NO_POSITION : listpacks.seek(bench.lp, expected);
    assert.equal(listpacks.position, position, where);
    assert.equal(listpacks.count(bench.lp), model.length, where);
    const bytes = bench.bytes();
    assert.equal(countValidEntries(bytes, 0, bytes.length), model.length, where);
    if (step % 10 === 0) {
      assert.deepEqual(hex(bench.forward()), hex(model), where);
      assert.deepEqual(hex(bench.backward()), hex(model), where);
    }
    if (random.oneIn(200)) {
      bench.lp = listpacks.delete(bench.lp, HEADER_BYTES, model.length);
      model = [];
    }
  }
  bench.close();
});

test("seek finds every index from both ends, and find every element at its first place", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const bench = new Bench();
  const { listpacks } = bench;
  const model = random.list(50, 80, () => pickWord(random));
  bench.append(...model);
  model.forEach((word, index) => {
    assert.deepEqual(bench.text(listpacks.seek(bench.lp, index)), word, `seed ${seed}`);
    assert.deepEqual(bench.text(listpacks.seek(bench.lp, index - model.length)), word, `seed ${seed}`);
    const first = model.findIndex((other) => other.equals(word));
    const found = listpacks.find(bench.lp, viewOf(word), 0, word.length, 0);
    assert.equal(found, listpacks.seek(bench.lp, first), `seed ${seed}, ${word.toString("hex")}`);
    const firstEven = model.findIndex((other, at) => at % 2 === 0 && other.equals(word));
    const foundEven = listpacks.find(bench.lp, viewOf(word), 0, word.length, 1);
    assert.equal(foundEven, firstEven < 0 ? NO_POSITION : listpacks.seek(bench.lp, firstEven), `seed ${seed}`);
  });
  assert.equal(listpacks.seek(bench.lp, model.length), NO_POSITION);
  assert.equal(listpacks.seek(bench.lp, -model.length - 1), NO_POSITION);
  assert.equal(listpacks.find(bench.lp, viewOf(Buffer.from("not there")), 0, 9, 0), NO_POSITION);
  bench.close();
});

test("an element may come from the listpack that changes", () => {
  const bench = new Bench().append("a".repeat(100), "b", "7");
  const { listpacks } = bench;
  for (let i = 0; i < 50; i++) {
    listpacks.locate(bench.lp, listpacks.seek(bench.lp, i % 3));
    listpacks.staged.clear();
    listpacks.staged.add(listpacks.view, listpacks.start, listpacks.length);
    bench.lp = listpacks.append(bench.lp);
  }
  const words = bench.forward().map(String);
  const start = ["a".repeat(100), "b", "7"];
  assert.deepEqual(words, [...start, ...Array.from({ length: 50 }, (_, i) => start[i % 3])]);
  bench.close();
});

test("more entries than the header can count are counted, and are still found by index", () => {
  const bench = new Bench();
  const { listpacks } = bench;
  const total = 70_000;
  listpacks.staged.clear();
  for (let i = 0; i < total; i++) listpacks.staged.addInteger(i);
  bench.lp = listpacks.append(bench.lp);
  assert.equal(bench.bytes().readUInt16LE(4), 65535);
  assert.equal(listpacks.count(bench.lp), total);
  assert.equal(bench.text(listpacks.seek(bench.lp, 69_999)).toString(), "69999");
  assert.equal(bench.text(listpacks.seek(bench.lp, -70_000)).toString(), "0");
  assert.equal(listpacks.seek(bench.lp, total), NO_POSITION);
  const bytes = bench.bytes();
  assert.equal(countValidEntries(bytes, 0, bytes.length), total);
  bench.lp = listpacks.delete(bench.lp, HEADER_BYTES, 10_000);
  assert.equal(listpacks.count(bench.lp), 60_000);
  assert.equal(bench.bytes().readUInt16LE(4), 60_000, "a count that fits is stored again");
  assert.equal(bench.text(listpacks.first(bench.lp)).toString(), "10000");
  bench.close();
});

test("copies, parts and joined listpacks have the same entries", () => {
  const bench = new Bench().append("one", "2", "three", "4", "five");
  const { listpacks, arena } = bench;
  const whole = bench.lp;
  const from = listpacks.seek(whole, 1);
  const to = listpacks.seek(whole, 3);
  const part = listpacks.createFrom(whole, from, to, 2);
  bench.lp = part;
  assert.deepEqual(bench.forward().map(String), ["2", "three"]);
  const joined = listpacks.appendAll(listpacks.copy(part), whole);
  bench.lp = joined;
  assert.deepEqual(bench.forward().map(String), ["2", "three", "one", "2", "three", "4", "five"]);
  assert.ok(isValidListpack(bench.bytes(), 0, bench.bytes().length));
  for (const lp of [whole, part]) arena.free(lp);
  bench.close();
});

test("a shrinking listpack gives memory back", () => {
  const bench = new Bench();
  bench.append(...Array.from({ length: 500 }, (_, i) => `element:${i}`));
  const before = bench.arena.usedBytes;
  bench.lp = bench.listpacks.delete(bench.lp, HEADER_BYTES, 450);
  assert.ok(bench.arena.usedBytes < before / 5, `${bench.arena.usedBytes} of ${before} bytes are still in use`);
  bench.close();
});

test("the check refuses every cut, and never reads outside of what it is given", () => {
  const bytes = Buffer.from(GOLDEN, "latin1");
  assert.equal(countValidEntries(bytes, 0, bytes.length), GOLDEN_WORDS.length);
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(isValidListpack(bytes, 0, length), false, `cut to ${length}`);
    assert.equal(
      isValidListpack(bytes.subarray(0, length), 0, bytes.length),
      false,
      `said to be longer than ${length}`,
    );
  }
});

test("the check passes only bytes that every method survives", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const bench = new Bench();
  const { arena, listpacks } = bench;
  let passed = 0;
  for (let round = 0; round < 4000; round++) {
    arena.free(bench.lp);
    bench.lp = listpacks.create();
    const bytes = bench.append(...random.list(1, 8, () => pickWord(random))).bytes();
    for (let flips = random.int(1, 3); flips > 0; flips--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
    const count = countValidEntries(bytes, 0, bytes.length);
    if (count < 0) continue;
    passed++;
    arena.free(bench.lp);
    bench.lp = listpacks.load(viewOf(bytes), 0, bytes.length);
    assert.equal(bench.forward().length, count, `seed ${seed}`);
    assert.deepEqual(hex(bench.forward()), hex(bench.backward()), `seed ${seed}`);
  }
  assert.ok(passed > 100, `only ${passed} changed listpacks passed: the test shows little`);
  bench.close();
});
