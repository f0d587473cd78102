import assert from "node:assert/strict";
import { test } from "node:test";
import { AccessClock } from "#src/keyspace/access-clock.js";
import { Random } from "../support/random.js";

const MINUTE_MS = 60_000;

function makeClock(): AccessClock {
  const random = new Random(3);
  const clock = new AccessClock((limit) => random.int(0, limit - 1));
  clock.setTime(1_700_000_000_000);
  return clock;
}

test("LRU: idle time grows with the clock, and an access ends it", () => {
  const clock = makeClock();
  const access = clock.fresh();
  clock.setTime(1_700_000_000_000 + 90_000);
  assert.equal(clock.idleSeconds(access), 90);
  assert.equal(clock.idleSeconds(clock.touch(access)), 0);
  assert.equal(clock.idleSeconds(clock.fromIdleSeconds(1234)), 1234);
});

test("LRU: the 24-bit clock survives its wrap", () => {
  const clock = makeClock();
  clock.setTime((2 ** 24 - 5) * 1000);
  const access = clock.fresh();
  clock.setTime((2 ** 24 + 5) * 1000);
  assert.equal(clock.idleSeconds(access), 10);
});

test("LFU: a new key counts 5, hot keys approach 255 slowly, idle minutes take counts away", () => {
  const clock = makeClock();
  clock.lfu = true;
  let access = clock.fresh();
  assert.equal(clock.frequency(access), 5);
  for (let i = 0; i < 100; i++) access = clock.touch(access);
  const warm = clock.frequency(access);
  assert.ok(warm > 5 && warm < 40, `after 100 accesses: ${warm}`);
  for (let i = 0; i < 100_000; i++) access = clock.touch(access);
  const hot = clock.frequency(access);
  assert.ok(hot > warm && hot > 100, `after 100,000 accesses: ${hot}`);
  clock.setTime(1_700_000_000_000 + 10 * MINUTE_MS);
  assert.equal(clock.frequency(access), hot - 10);
  clock.decayMinutes = 0;
  assert.equal(clock.frequency(access), hot);
  assert.equal(clock.frequency(clock.fromFrequency(42)), 42);
});
