// Sorted sets below the commands: both encodings against a model, corrupt dumps, memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dumpRecord, loadDump } from "#src/keyspace/dump.js";
import { copyKey } from "#src/keyspace/key-copies.js";
import { Keyspace } from "#src/keyspace/keyspace.js";
import type { Record } from "#src/keyspace/record.js";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { KeyHash } from "#src/storage/hash.js";
import { Random } from "../support/random.js";

function makeKeyspace(random: Random, checks?: ArenaChecks): Keyspace {
  return new Keyspace({
    arena: new Arena(checks === undefined ? {} : { checks }),
    keyHash: new KeyHash(random.uint32(), random.uint32()),
    databases: 1,
    random: (limit) => random.int(0, limit - 1),
  });
}

function viewOf(text: string): DataView {
  const bytes = new Uint8Array(Buffer.from(text, "latin1"));
  return new DataView(bytes.buffer);
}

function makeSeed(): number {
  return Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 32));
}

/** A set beside a Map of its scores. */
class Model {
  readonly keyspace: Keyspace;
  readonly record: Record;
  readonly scores = new Map<string, number>();

  constructor(keyspace: Keyspace, key: string) {
    this.keyspace = keyspace;
    const view = viewOf(key);
    this.record = keyspace.sortedSets.add(keyspace.database(0), view, 0, view.byteLength, 1, 1);
  }

  set(member: string, score: number): void {
    const { sortedSets } = this.keyspace;
    const view = viewOf(member);
    const known = this.scores.get(member);
    assert.equal(sortedSets.find(this.record, view, 0, view.byteLength), known !== undefined);
    if (known === undefined) sortedSets.insert(this.record, score);
    else sortedSets.setScore(this.record, score);
    this.scores.set(member, score);
  }

  remove(member: string): void {
    const { sortedSets } = this.keyspace;
    const view = viewOf(member);
    assert.equal(sortedSets.find(this.record, view, 0, view.byteLength), this.scores.delete(member));
    if (sortedSets.count(this.record) > this.scores.size) sortedSets.remove(this.record);
  }

  removeRange(rank: number, count: number): void {
    this.keyspace.sortedSets.removeRange(this.record, rank, count);
    for (const [member] of this.inOrder().slice(rank, rank + count)) this.scores.delete(member);
  }

  inOrder(): (readonly [member: string, score: number])[] {
    return [...this.scores].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x < y ? -1 : 1));
  }

  verify(): void {
    const { sortedSets } = this.keyspace;
    const { cursor } = sortedSets;
    const expected = this.inOrder();
    assert.equal(sortedSets.count(this.record), expected.length);
    for (const reverse of [false, true]) {
      const walked: [string, number][] = [];
      const from = reverse ? expected.length - 1 : 0;
      for (let more = expected.length > 0 && cursor.seek(this.record, from, reverse); more; more = cursor.next()) {
        const { view, start, length, score } = cursor;
        walked.push([Buffer.from(view.buffer, view.byteOffset + start, length).toString("latin1"), score]);
      }
      // -0 may have become 0.
      const plain = (entries: readonly (readonly [string, number])[]) => entries.map(([m, s]) => `${m}\0${s + 0}`);
      assert.deepEqual(plain(walked), plain(reverse ? [...expected].reverse() : expected));
    }
    for (const [rank, [member, score]] of expected.entries()) {
      const view = viewOf(member);
      assert.ok(sortedSets.find(this.record, view, 0, view.byteLength));
      assert.equal(sortedSets.score + 0, score + 0);
      assert.equal(sortedSets.rank(this.record), rank);
      assert.equal(
        sortedSets.countBeforeScore(this.record, score, false),
        expected.filter(([, s]) => s < score).length,
      );
    }
  }
}

const SPECIAL_SCORES = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1, 2 ** 60, -(2 ** 62), 2 ** 63];

function makeScore(random: Random): number {
  if (random.oneIn(3)) return random.pick(SPECIAL_SCORES);
  return random.oneIn(2) ? random.int(-9, 9) : (random.float() - 0.5) * 1e4;
}

function makeMember(random: Random): string {
  if (random.oneIn(3)) return String(random.int(-20, 20));
  if (random.oneIn(40)) return `${random.int(0, 3)}${"long".repeat(80)}`;
  return random.oneIn(9) ? random.value(12).toString("latin1") : `member-${random.int(0, 60)}`;
}

test("sorted sets of both encodings do what a sorted map does, and leak nothing", () => {
  const seed = makeSeed();
  const random = new Random(seed);
  const checks = new ArenaChecks();
  const keyspace = makeKeyspace(random, checks);
  const empty = keyspace.arena.usedBytes;
  keyspace.encodingLimits.sortedSetMaxListpackValue = 40;
  try {
    for (let round = 0; round < 12; round++) {
      keyspace.encodingLimits.sortedSetMaxListpackEntries = random.pick([0, 10, 60, 1000]);
      const model = new Model(keyspace, `key:${round}`);
      for (let i = 0; i < 600; i++) {
        if (!random.oneIn(3)) model.set(makeMember(random), makeScore(random));
        else model.remove(makeMember(random));
        if (random.oneIn(60) && model.scores.size > 0) {
          const rank = random.int(0, model.scores.size - 1);
          model.removeRange(rank, random.int(1, Math.min(20, model.scores.size - rank)));
        }
        if (i % 100 === 0) model.verify();
      }
      model.verify();
      const db = keyspace.database(0);
      const name = viewOf("copy");
      const copy = copyKey(model.record, db, name, 0, name.byteLength);
      model.verify();
      db.remove(copy);
      if (random.oneIn(2)) db.remove(model.record);
      else db.removeLazily(model.record);
      keyspace.lazyFree.run(() => false);
    }
    checks.verify(keyspace.arena);
    assert.equal(keyspace.arena.usedBytes, empty);
  } catch (error) {
    throw new Error(`TEST_SEED=${seed}`, { cause: error });
  }
});

test("no damaged dump of a sorted set is taken for one that it is not, or leaks", () => {
  const seed = makeSeed();
  const random = new Random(seed);
  const checks = new ArenaChecks();
  const keyspace = makeKeyspace(random, checks);
  const db = keyspace.database(0);
  try {
    for (const entries of [128, 0]) {
      keyspace.encodingLimits.sortedSetMaxListpackEntries = entries;
      const model = new Model(keyspace, `key:${entries}`);
      for (let i = 0; i < 30; i++) model.set(`member:${i}`, i % 7 === 0 ? i / 3 : i);
      const payload = dumpRecord(keyspace, model.record, false);
      const before = keyspace.arena.usedBytes;
      let taken = 0;
      for (let i = 0; i < 6000; i++) {
        const damaged = Buffer.from(payload);
        for (let hits = random.int(1, 3); hits > 0; hits--)
          damaged[random.int(0, damaged.length - 11)] = random.uint32();
        const end = random.oneIn(10) ? random.int(11, damaged.length) : damaged.length;
        const view = new DataView(damaged.buffer, damaged.byteOffset, damaged.byteLength);
        const loaded = loadDump(keyspace, damaged, view, 0, end);
        if (loaded === null) continue;
        taken++;
        const name = viewOf("loaded");
        const record = loaded.attach(db, name, 0, name.byteLength, -1);
        if (keyspace.sortedSets.isSortedSet(record)) walk(keyspace, record);
        db.remove(record);
        assert.equal(keyspace.arena.usedBytes, before);
      }
      assert.ok(taken > 0);
      assert.equal(keyspace.arena.usedBytes, before);
      checks.verify(keyspace.arena);
    }
  } catch (error) {
    throw new Error(`TEST_SEED=${seed}`, { cause: error });
  }
});

/** Every member is where its score says, whatever was loaded. */
function walk(keyspace: Keyspace, record: Record): void {
  const { sortedSets } = keyspace;
  const cursor = sortedSets.makeCursor();
  let rank = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let more = cursor.seek(record, 0, false); more; more = cursor.next()) {
    assert.ok(cursor.score >= last);
    last = cursor.score;
    assert.ok(sortedSets.find(record, cursor.view, cursor.start, cursor.length));
    assert.equal(sortedSets.rank(record), rank++);
  }
  assert.equal(rank, sortedSets.count(record));
  sortedSets.removeRange(record, 0, rank);
}

test("a member of 20 bytes takes at most 51 bytes in a large sorted set", () => {
  const random = new Random(makeSeed());
  const keyspace = makeKeyspace(random);
  const { sortedSets, arena } = keyspace;
  const key = viewOf("z");
  const record = sortedSets.add(keyspace.database(0), key, 0, 1, 1e6, 20);
  const before = arena.usedBytes;
  const count = 200_000;
  const bytes = Buffer.alloc(20);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < count; i++) {
    bytes.write(`member:${String(i).padStart(13, "0")}`);
    sortedSets.find(record, view, 0, 20);
    sortedSets.insert(record, random.float());
  }
  const perMember = (arena.usedBytes - before) / count;
  assert.ok(perMember <= 51, `${perMember} bytes a member, seed ${random.seed}`);
  const told = keyspace.sizeOf(record);
  const real = arena.usedBytes - before;
  assert.ok(Math.abs(told - real) < real / 100, `MEMORY USAGE tells ${told} of ${real} bytes`);
});
