import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyHash } from "#src/storage/hash.js";

function hashText(hash: KeyHash, text: string): number {
  const bytes = new Uint8Array(Buffer.from(text, "latin1"));
  return hash.hash(new DataView(bytes.buffer), 0, bytes.length) >>> 0;
}

test("the hash depends on the key, on every byte and on the length", () => {
  const one = new KeyHash(1, 2);
  const two = new KeyHash(1, 3);
  const seen = new Set<number>();
  for (let length = 0; length < 40; length++) seen.add(hashText(one, "\0".repeat(length)));
  assert.equal(seen.size, 40);
  assert.notEqual(hashText(one, "key"), hashText(two, "key"));
  assert.equal(hashText(one, "key"), hashText(new KeyHash(1, 2), "key"));
});

test("one flipped bit changes half of the hash's bits", () => {
  const hash = new KeyHash(0x1234, 0x5678);
  for (const text of ["a", "user:1", "a key of some length, more than one round"]) {
    const base = hashText(hash, text);
    let changed = 0;
    let flips = 0;
    const bytes = Buffer.from(text, "latin1");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let difference = (hashText(hash, flipped.toString("latin1")) ^ base) >>> 0;
      for (; difference !== 0; difference &= difference - 1) changed++;
      flips++;
    }
    const mean = changed / flips;
    // Deviation of the mean of n flips is sqrt(8 / n); five of them.
    assert.ok(Math.abs(mean - 16) < 5 * Math.sqrt(8 / flips), `${text}: ${mean} bits of 32`);
  }
});

test("sequential keys fall evenly into the buckets that the top bits choose", () => {
  const hash = new KeyHash(99, 7);
  const counts = new Array<number>(256).fill(0);
  const keys = 100_000;
  for (let i = 0; i < keys; i++) {
    const bucket = hashText(hash, `key:${i}`) >>> 24;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const expected = keys / 256;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 255 degrees of freedom: mean 255, deviation 22.6; the keys of this test are fixed.
  assert.ok(chiSquare < 255 + 6 * 22.6, `chi-square ${chiSquare}`);
});
