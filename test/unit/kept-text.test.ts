import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptText } from "#src/base/kept-text.js";

test("a text comes back byte for byte, short or long, and counts its bytes", () => {
  const kept = new KeptText();
  assert.deepEqual([kept.text, kept.byteLength], ["", 0]);
  for (const text of ["name", "\xff\x00", "x".repeat(128), "\xe9".repeat(129), "y".repeat(100_000), "short", ""]) {
    kept.text = text;
    assert.equal(kept.text, text);
    assert.equal(kept.byteLength, text.length);
  }
});

test("long texts lie outside of the JavaScript heap", () => {
  const texts = Array.from({ length: 200 }, () => new KeptText());
  global.gc?.();
  const before = process.memoryUsage();
  for (const [i, kept] of texts.entries()) kept.text = String(i % 10).repeat(100_000);
  global.gc?.();
  const after = process.memoryUsage();
  assert.ok(after.heapUsed - before.heapUsed < 2_000_000, `${after.heapUsed - before.heapUsed} bytes of heap`);
  assert.equal(texts[7]?.text, "7".repeat(100_000));
});
