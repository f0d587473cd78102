// The generators must be repeatable, stay in their ranges and reach the values they exist for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../support/random.js";

test("the same seed gives the same sequence, another seed another", () => {
  const draw = (seed: number): number[] => {
    const random = new Random(seed);
    return Array.from({ length: 50 }, () => random.uint32());
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.deepEqual(draw(1).slice(0, 2), [2693262067, 11749833], "a printed seed means the same test everywhere");
});

test("whole numbers reach both ends of their range and nothing beyond", () => {
  const random = new Random(1);
  const seen = new Set(Array.from({ length: 500 }, () => random.int(-2, 2)));
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [-2, -1, 0, 1, 2],
  );
});

test("integers are 64-bit and reach their edges", () => {
  const random = new Random(2);
  const seen = new Set(Array.from({ length: 5_000 }, () => random.integer()));
  for (const text of seen) assert.equal(BigInt(text), BigInt.asIntN(64, BigInt(text)));
  for (const edge of ["9223372036854775807", "-9223372036854775808", "2147483648", "9007199254740993"]) {
    assert.ok(seen.has(edge), edge);
  }
});

test("values reach the empty string, CRLF, NUL and bytes that are no UTF-8, and keep their bound", () => {
  const random = new Random(3);
  const values = Array.from({ length: 3_000 }, () => random.value(20));
  assert.ok(values.every((value) => value.length <= 20));
  assert.ok(values.some((value) => value.length === 0));
  assert.ok(values.some((value) => value.includes("\r\n")));
  assert.ok(values.some((value) => value.includes(0)));
  assert.ok(values.some((value) => !Buffer.from(value.toString()).equals(value)));
});

test("weights decide how often a choice comes", () => {
  const random = new Random(4);
  const picks = Array.from({ length: 4_000 }, () =>
    random.weighted([
      [3, "a"],
      [1, "b"],
    ] as const),
  );
  const share = picks.filter((pick) => pick === "a").length / picks.length;
  assert.ok(share > 0.7 && share < 0.8, `${share}`);
});

test("a shuffle keeps every item", () => {
  const items = Array.from({ length: 30 }, (_, i) => i);
  const shuffled = new Random(5).shuffle(items);
  assert.notDeepEqual(shuffled, items);
  assert.deepEqual(
    shuffled.sort((a, b) => a - b),
    items,
  );
});
