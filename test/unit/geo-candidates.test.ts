// The order of what a geo search has found, and how it is printed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Candidates } from "#src/commands/geo/candidates.js";
import { decodeScore, encodePosition, Position } from "#src/commands/geo/position-code.js";
import { replyDistance, replyPosition } from "#src/commands/geo/reply-numbers.js";
import { BufferPool } from "#src/resp/buffer-pool.js";
import { ReplyWriter } from "#src/resp/reply-writer.js";
import { Random } from "../support/random.js";

/** Distances with many that are equal; each candidate's score is its number. */
function fill(candidates: Candidates, random: Random, count: number): number[] {
  candidates.clear();
  const distinct = random.pick([2, 10, 1000, 1e9]);
  const distances = Array.from({ length: count }, () => random.int(0, distinct));
  for (const [i, distance] of distances.entries()) candidates.add(distance, i, i);
  return distances;
}

test("all candidates are sorted in either direction, equal ones as they were found", () => {
  const random = new Random(11);
  const candidates = new Candidates();
  for (let round = 0; round < 200; round++) {
    const count = random.int(0, random.pick([5, 20, 100, 1000]));
    const direction = random.pick([1, -1]);
    const distances = fill(candidates, random, count);
    candidates.arrange(direction, count);
    const expected = distances.map((_, i) => i).sort((a, b) => direction * ((distances[a] ?? 0) - (distances[b] ?? 0)));
    assert.deepEqual([...candidates.order.subarray(0, count)], expected);
  }
});

test("the first few candidates are the nearest, each once", () => {
  const random = new Random(12);
  const candidates = new Candidates();
  for (let round = 0; round < 300; round++) {
    const count = random.int(2, random.pick([5, 20, 100, 3000]));
    const limit = random.int(1, count - 1);
    const direction = random.pick([1, -1]);
    const distances = fill(candidates, random, count);
    candidates.arrange(direction, limit);
    const first = [...candidates.order.subarray(0, limit)];
    assert.equal(new Set(first).size, limit);
    const expected = distances.toSorted((a, b) => direction * (a - b)).slice(0, limit);
    assert.deepEqual(
      first.map((i) => distances[i]),
      expected,
    );
  }
});

test("a search that found very many gives their memory back", () => {
  const candidates = new Candidates();
  for (let i = 0; i < 100_000; i++) candidates.add(i, i, i);
  assert.equal(candidates.distances.length, 131_072);
  candidates.clear();
  assert.equal(candidates.distances.length, 256);
});

test("coordinates are printed with up to seventeen digits, distances with four", () => {
  const random = new Random(13);
  const position = new Position();
  const out = new ReplyWriter(new BufferPool());
  for (let i = 0; i < 5000; i++) {
    const size = random.pick([1, 0.1, 1e-3, 1e-6]);
    const longitude = (2 * random.float() - 1) * 180 * size;
    const latitude = (2 * random.float() - 1) * 85.05112878 * size;
    decodeScore(encodePosition(longitude, latitude), position);
    assert.ok(Math.abs(position.longitude - longitude) < 1e-5 && Math.abs(position.latitude - latitude) < 1e-5);
    const distance = random.float() * 2e7 * size;
    replyPosition(out, position);
    replyDistance(out, distance);
    const words = Buffer.concat(out.takeAll()).toString("latin1").split("\r\n");
    const digits = [position.longitude, position.latitude].map((value) => value.toFixed(17).replace(/\.?0+$/, ""));
    assert.deepEqual([words[2], words[4]], digits);
    assert.ok(Math.abs(Number(words[6]) - distance) <= 0.000051, `${distance} as ${words[6]}`);
    assert.match(words[6] ?? "", /^\d+\.\d{4}$/);
  }
});
