// Histograms of durations: percentiles as exact as Redis's, rows at powers of two.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencyHistogram } from "#src/commands/latency-histogram.js";

test("a percentile is the upper bound of its bucket, 1/128 wide", () => {
  const histogram = new LatencyHistogram();
  histogram.record(8, 1);
  histogram.record(12, 1);
  assert.equal(histogram.percentile(50), 8.031);
  assert.equal(histogram.percentile(99.9), 12.031);
  assert.equal(histogram.percentile(0), 8.031);
});

test("any duration is within 1/128 of its bucket's bound, and longer than a second counts as a second", () => {
  for (let us = 0.001; us < 1e6; us *= 1.37) {
    const histogram = new LatencyHistogram();
    histogram.record(us, 1);
    const bound = histogram.percentile(100);
    assert.ok(bound >= us - 0.0005 && bound <= us * (1 + 1 / 128) + 0.001, `${us} in the bucket up to ${bound}`);
  }
  const histogram = new LatencyHistogram();
  histogram.record(1e9, 3);
  assert.ok(histogram.percentile(50) >= 1e6 && histogram.percentile(50) < 1.01e6);
});

test("rows are cumulative, only where something was added, with Redis's bounds", () => {
  const histogram = new LatencyHistogram();
  for (const us of [0.5, 1, 3, 30, 100, 100, 1000]) histogram.record(us, 1);
  assert.deepEqual(histogram.listRows(), [
    [1, 2],
    [4, 3],
    [33, 4],
    [132, 6],
    [1056, 7],
  ]);
  assert.equal(histogram.count, 7);
});
