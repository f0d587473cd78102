// Eviction on a keyspace of its own: which keys each policy lets go, on seeded data.
import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_ENTRY } from "#src/keyspace/database.js";
import { Eviction } from "#src/keyspace/eviction.js";
import { Keyspace } from "#src/keyspace/keyspace.js";
import { DEADLINE_NONE } from "#src/keyspace/strings.js";
import { Xoshiro } from "#src/server/random.js";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { KeyHash } from "#src/storage/hash.js";

const NOW = 1_700_000_000_000;
const KEYS = 2000;
/** A policy that knew nothing would take as many of the good half as of the bad one. */
const HALF = KEYS / 2;

interface Lab {
  readonly keyspace: Keyspace;
  readonly eviction: Eviction;
  add(id: number, name: string, deadline?: number): void;
  has(id: number, name: string): boolean;
  /** Evicts so many keys of those that `fill` made. */
  evict(count: number): void;
}

function makeLab(policy: string, databases = 1): Lab {
  const random = new Xoshiro(7);
  const keyspace = new Keyspace({
    arena: new Arena({ checks: new ArenaChecks() }),
    keyHash: new KeyHash(1, 2),
    databases,
    random: (limit) => random.below(limit),
  });
  keyspace.nowMs = NOW;
  keyspace.access.setTime(NOW);
  keyspace.access.lfu = policy.endsWith("lfu");
  const eviction = new Eviction(keyspace);
  eviction.setPolicy(policy);
  return {
    keyspace,
    eviction,
    add(id, name, deadline = DEADLINE_NONE) {
      const { view, length } = encode(name);
      keyspace.strings.set(keyspace.database(id), view, 0, length, view, 0, 1, deadline);
    },
    has(id, name) {
      const { view, length } = encode(name);
      return keyspace.database(id).findRaw(view, 0, length) !== NO_ENTRY;
    },
    evict(count) {
      for (let i = 0; i < count; i++) assert.ok(eviction.evictOne(), `key ${i} of ${count} goes`);
    },
  };
}

function encode(name: string): { view: DataView; length: number } {
  const bytes = Uint8Array.from(name, (char) => char.charCodeAt(0));
  return { view: new DataView(bytes.buffer), length: bytes.length };
}

/** How many of the keys `k<from>` to `k<to - 1>` are there. */
function count(lab: Lab, from: number, to: number, id = 0): number {
  let there = 0;
  for (let i = from; i < to; i++) if (lab.has(id, `k${i}`)) there++;
  return there;
}

test("allkeys-lru lets the keys go that were not used for longest", () => {
  const lab = makeLab("allkeys-lru");
  for (let i = 0; i < KEYS; i++) {
    lab.keyspace.access.setTime(NOW + i * 1000);
    lab.add(0, `k${i}`);
  }
  lab.evict(HALF);
  const lost = HALF - count(lab, HALF, KEYS);
  assert.ok(lost < HALF / 5, `${lost} of the ${HALF} keys used last are gone`);
  assert.equal(count(lab, 0, KEYS), HALF);
});

test("more samples come closer to the order of use", () => {
  const lost = [1, 20].map((samples) => {
    const lab = makeLab("allkeys-lru");
    lab.eviction.samples = samples;
    for (let i = 0; i < KEYS; i++) {
      lab.keyspace.access.setTime(NOW + i * 1000);
      lab.add(0, `k${i}`);
    }
    lab.evict(HALF);
    return HALF - count(lab, HALF, KEYS);
  });
  assert.ok((lost[1] ?? HALF) < (lost[0] ?? 0), `${lost[1]} of the keys used last are lost, not ${lost[0]}`);
});

test("allkeys-lfu lets the keys go that were used least", () => {
  const lab = makeLab("allkeys-lfu");
  for (let i = 0; i < KEYS; i++) lab.add(0, `k${i}`);
  const db = lab.keyspace.database(0);
  for (let i = HALF; i < KEYS; i++) {
    const { view, length } = encode(`k${i}`);
    const record = db.findKey(view, 0, length);
    for (let use = 0; use < 30; use++) db.touch(record);
  }
  lab.evict(HALF);
  const lost = HALF - count(lab, HALF, KEYS);
  assert.ok(lost < HALF / 5, `${lost} of the ${HALF} keys in use are gone`);
});

test("volatile-ttl lets the keys go that end soonest", () => {
  const lab = makeLab("volatile-ttl");
  for (let i = 0; i < KEYS; i++) lab.add(0, `k${i}`, NOW + (i + 1) * 1000);
  lab.evict(HALF);
  const lost = HALF - count(lab, HALF, KEYS);
  assert.ok(lost < HALF / 5, `${lost} of the ${HALF} keys that end last are gone`);
});

test("allkeys-random takes old and new keys alike", () => {
  const lab = makeLab("allkeys-random");
  for (let i = 0; i < KEYS; i++) lab.add(0, `k${i}`);
  lab.evict(HALF);
  const lost = HALF - count(lab, HALF, KEYS);
  assert.ok(lost > HALF * 0.4 && lost < HALF * 0.6, `${lost} of ${HALF}`);
});

test("allkeys-random takes from one database after the other", () => {
  const lab = makeLab("allkeys-random", 3);
  for (let i = 0; i < 30; i++) for (const id of [0, 2]) lab.add(id, `k${i}`);
  lab.evict(20);
  assert.equal(count(lab, 0, 30, 0), 20);
  assert.equal(count(lab, 0, 30, 2), 20);
});

for (const policy of ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"]) {
  test(`${policy} lets no key go that has no deadline`, () => {
    const lab = makeLab(policy);
    for (let i = 0; i < 200; i++) lab.add(0, `k${i}`, i % 2 === 0 ? DEADLINE_NONE : NOW + 1000 + i);
    lab.evict(100);
    assert.equal(lab.eviction.evictOne(), false);
    for (let i = 0; i < 200; i++) assert.equal(lab.has(0, `k${i}`), i % 2 === 0);
  });
}

test("every policy but noeviction empties all databases, and then has nothing left", () => {
  for (const policy of ["allkeys-lru", "allkeys-lfu", "allkeys-random"]) {
    const lab = makeLab(policy, 4);
    for (let i = 0; i < 300; i++) lab.add(i % 4, `k${i}`);
    lab.evict(300);
    assert.equal(lab.eviction.evictOne(), false);
    lab.keyspace.destroy();
    assert.equal(lab.keyspace.arena.usedBytes, 0, policy);
  }
  const lab = makeLab("noeviction");
  lab.add(0, "k0");
  assert.equal(lab.eviction.isOn, false);
  assert.equal(lab.eviction.evictOne(), false);
});

test("a candidate that has gone, or has lost its deadline, since it was seen is passed over", () => {
  const lab = makeLab("volatile-ttl");
  const db = lab.keyspace.database(0);
  for (let i = 0; i < 16; i++) lab.add(0, `k${i}`, NOW + 1000 + i);
  lab.evict(1);
  for (let i = 0; i < 16; i++) {
    const { view, length } = encode(`k${i}`);
    const record = db.findRaw(view, 0, length);
    if (record === NO_ENTRY) continue;
    if (i % 2 === 0) db.remove(record);
    else db.setDeadline(record, DEADLINE_NONE);
  }
  lab.add(0, "late", NOW + 10_000_000);
  lab.evict(1);
  assert.equal(lab.has(0, "late"), false);
  assert.equal(lab.eviction.evictOne(), false);
});

test("keys longer than a place of the pool are evicted as well", () => {
  const lab = makeLab("allkeys-lru");
  for (let i = 0; i < 40; i++) lab.add(0, `${i}:${"x".repeat(i % 2 === 0 ? 1000 : 10)}`);
  lab.evict(40);
  assert.equal(lab.keyspace.database(0).size, 0);
});

test("a sample is as likely to hold any entry", () => {
  const lab = makeLab("noeviction");
  const { keyspace } = lab;
  for (let i = 0; i < 1500; i++) lab.add(0, `k${i}`);
  const seen = new Map<number, number>();
  for (let round = 0; round < 30_000; round++) {
    keyspace.scan.sample(keyspace.database(0).keys, 5, keyspace.random);
    assert.equal(keyspace.scan.segmentCount, 5);
    for (let i = 0; i < 5; i++) {
      const record = keyspace.scan.segmentRecords[i] ?? NO_ENTRY;
      seen.set(record, (seen.get(record) ?? 0) + 1);
    }
  }
  // 100 each are to be expected.
  assert.equal(seen.size, 1500);
  const often = [...seen.values()].sort((a, b) => a - b);
  assert.ok((often[0] ?? 0) > 20 && (often.at(-1) ?? 0) < 500, `between ${often[0]} and ${often.at(-1)} times`);
});
