// The database against a Map: what deadlines, resizing, moving and lazy freeing do to the two dicts and to the arena.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, NO_ENTRY } from "#src/keyspace/database.js";
import { EXPIRE_HIDE, EXPIRE_IGNORE } from "#src/keyspace/expiry-mode.js";
import { copyKey, transferKey } from "#src/keyspace/key-copies.js";
import { Keyspace } from "#src/keyspace/keyspace.js";
import { IN_RECORD_MAX_BYTES, type Record } from "#src/keyspace/record.js";
import { DEADLINE_KEEP, DEADLINE_NONE } from "#src/keyspace/strings.js";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { KeyHash } from "#src/storage/hash.js";
import { Random } from "../support/random.js";

const NOW = 1_700_000_000_000;

interface Expected {
  value: string;
  deadline: number;
}

/** Two databases with every block of the arena checked, beside Maps that say what they must hold. */
class Model {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly keyspace: Keyspace;
  readonly expected: Map<string, Expected>[] = [new Map(), new Map()];
  readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.keyspace = new Keyspace({
      arena: this.arena,
      keyHash: new KeyHash(seed, ~seed),
      databases: 2,
      random: (limit) => this.random.int(0, limit - 1),
    });
    this.keyspace.nowMs = NOW;
  }

  db(id: number): Database {
    return this.keyspace.database(id);
  }

  map(id: number): Map<string, Expected> {
    const map = this.expected[id];
    assert.ok(map);
    return map;
  }

  find(id: number, key: string): Record {
    const { view, length } = bytesOf(key);
    return this.db(id).findKey(view, 0, length);
  }

  set(id: number, key: string, value: string, deadline: number): void {
    const name = bytesOf(key);
    const bytes = bytesOf(value);
    this.keyspace.strings.set(this.db(id), name.view, 0, name.length, bytes.view, 0, bytes.length, deadline);
    const kept = deadline === DEADLINE_KEEP ? (this.map(id).get(key)?.deadline ?? DEADLINE_NONE) : deadline;
    this.map(id).set(key, { value, deadline: kept });
  }

  text(record: Record): string {
    return this.keyspace.strings.copyOut(record).toString("latin1");
  }

  verify(): void {
    const { records, scan } = this.keyspace;
    for (const [id, map] of this.expected.entries()) {
      const db = this.db(id);
      assert.equal(db.size, map.size);
      for (const [key, { value, deadline }] of map) {
        const record = this.find(id, key);
        assert.notEqual(record, NO_ENTRY, `${key} is missing in ${id}`);
        assert.equal(this.text(record), value);
        assert.equal(records.deadline(record), deadline);
        assert.equal(records.keyText(record), key);
      }
      const inKeys = new Set<Record>();
      scan.forEach(db.keys, (record) => inKeys.add(record));
      let withDeadline = 0;
      scan.forEach(db.expires, (record) => {
        withDeadline++;
        assert.ok(inKeys.has(record), "a record of expires is one of keys");
        assert.ok(records.hasDeadline(record));
      });
      assert.equal(withDeadline, [...map.values()].filter(({ deadline }) => deadline >= 0).length);
    }
    this.checks.verify(this.arena);
  }

  destroy(): void {
    this.keyspace.destroy();
    this.checks.verify(this.arena);
    assert.equal(this.arena.usedBytes, 0, "no byte is left in the arena");
  }
}

function bytesOf(text: string): { view: DataView; length: number } {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  return { view: new DataView(bytes.buffer), length: bytes.length };
}

test("a database holds what a Map holds through any sequence of writes, deadlines, moves and deletions", () => {
  const seed = Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31);
  const model = new Model(seed);
  const { random, keyspace } = model;
  const key = (): string => random.key(60).padEnd(random.oneIn(20) ? 300 : 5, ".");
  const value = (): string => {
    const length = random.weighted([
      [5, random.int(0, 60)],
      [2, random.int(0, IN_RECORD_MAX_BYTES + 200)],
      [1, random.int(0, 40_000)],
    ]);
    return random.oneIn(4) ? random.integer() : "x".repeat(length);
  };
  const deadline = (): number => NOW + random.int(1, 1_000_000);
  try {
    for (let step = 0; step < 20_000; step++) {
      const id = random.int(0, 1);
      const name = key();
      const record = model.find(id, name);
      const entry = model.map(id).get(name);
      assert.equal(record !== NO_ENTRY, entry !== undefined);
      const action = random.int(0, 9);
      if (action < 3 || entry === undefined) {
        model.set(id, name, value(), random.pick([DEADLINE_NONE, DEADLINE_KEEP, deadline()]));
      } else if (action < 6) {
        entry.deadline = random.oneIn(2) ? deadline() : -1;
        const moved = model.db(id).setDeadline(record, entry.deadline);
        assert.equal(model.find(id, name), moved);
      } else if (action === 6) {
        if (random.oneIn(2)) model.db(id).remove(record);
        else model.db(id).removeLazily(record);
        model.map(id).delete(name);
      } else if (action === 7) {
        const length = entry.value.length + random.int(0, 3000);
        keyspace.strings.makeWritable(model.db(id), record, length);
        entry.value = entry.value.padEnd(length, "\0");
      } else {
        const [targetId, target] = [random.int(0, 1), key()];
        if (model.find(targetId, target) !== NO_ENTRY) continue;
        const bytes = bytesOf(target);
        if (action === 8) {
          copyKey(record, model.db(targetId), bytes.view, 0, bytes.length);
        } else {
          transferKey(model.db(id), record, model.db(targetId), bytes.view, 0, bytes.length);
          model.map(id).delete(name);
        }
        model.map(targetId).set(target, { ...entry });
      }
      if (step % 2000 === 0) model.verify();
      if (step % 5000 === 4999) {
        keyspace.swap(model.db(0), model.db(1));
        model.expected.reverse();
        if (random.oneIn(2)) model.db(0).clear();
        else model.db(0).clearLazily();
        model.map(0).clear();
      }
    }
    model.verify();
    model.destroy();
  } catch (error) {
    throw new Error(`with TWIN_SEED=${seed}`, { cause: error });
  }
});

test("clear frees every record of a large database once, wherever it lies in its segment", () => {
  const model = new Model(3);
  for (let i = 0; i < 20_000; i++) model.set(0, `key:${i}`, `value ${i}`, i % 3 === 0 ? NOW + i + 1 : DEADLINE_NONE);
  model.db(0).clear();
  model.map(0).clear();
  model.verify();
  model.destroy();
});

test("lazy freeing gives a large database back in slices, and counts its keys", () => {
  const model = new Model(4);
  const { lazyFree } = model.keyspace;
  let wakeUps = 0;
  lazyFree.onWork = () => wakeUps++;
  for (let i = 0; i < 20_000; i++) model.set(0, `key:${i}`, "v".repeat(i % 3000), DEADLINE_NONE);
  model.db(0).clearLazily();
  model.map(0).clear();
  assert.equal(model.db(0).size, 0);
  assert.equal(lazyFree.pendingObjects, 20_000);
  assert.equal(wakeUps, 1);
  let slices = 0;
  let before = lazyFree.pendingObjects;
  while (lazyFree.run(() => true)) {
    slices++;
    assert.ok(before - lazyFree.pendingObjects <= 756, "a step frees one segment at most");
    before = lazyFree.pendingObjects;
    model.checks.verify(model.arena);
  }
  assert.ok(slices > 20_000 / 756);
  assert.equal(lazyFree.pendingObjects, 0);
  assert.equal(lazyFree.freedObjects, 20_000);
  model.set(0, "again", "v", DEADLINE_NONE);
  model.verify();
  model.destroy();
});

test("a key lives at its deadline and is gone one millisecond later", () => {
  const model = new Model(5);
  model.set(0, "k", "v", NOW + 10);
  model.keyspace.nowMs = NOW + 10;
  assert.notEqual(model.find(0, "k"), NO_ENTRY);
  model.keyspace.nowMs = NOW + 11;
  assert.equal(model.find(0, "k"), NO_ENTRY);
  assert.equal(model.db(0).size, 0);
  assert.equal(model.keyspace.expiredKeys, 1);
  model.destroy();
});

test("an expired key is hidden but kept, or served, as the expiry mode says", () => {
  const model = new Model(6);
  model.set(0, "k", "v", NOW - 1);
  model.keyspace.expiryMode = EXPIRE_HIDE;
  assert.equal(model.find(0, "k"), NO_ENTRY);
  assert.equal(model.db(0).size, 1);
  model.keyspace.expiryMode = EXPIRE_IGNORE;
  assert.notEqual(model.find(0, "k"), NO_ENTRY);
  model.destroy();
});

test("deadlines past 2^53 are kept to the last digit through copies and moves", () => {
  const model = new Model(7);
  const { records } = model.keyspace;
  const exact = 2n ** 63n - 1n;
  model.set(0, "k", "v", NOW);
  model.db(0).setDeadline(model.find(0, "k"), exact);
  const name = bytesOf("copy");
  const copy = copyKey(model.find(0, "k"), model.db(1), name.view, 0, name.length);
  assert.equal(records.exactDeadline(copy), exact);
  const moved = transferKey(model.db(1), copy, model.db(0), name.view, 0, name.length);
  assert.equal(records.exactDeadline(moved), exact);
  assert.equal(model.db(0).expiresSize, 2);
  model.destroy();
});

test("writes that find the arena full leave the dicts as they were", () => {
  const checks = new ArenaChecks();
  const arena = new Arena({ checks, maxWindows: 1, pagesPerWindow: 200 });
  const keyspace = new Keyspace({ arena, keyHash: new KeyHash(1, 2), databases: 1, random: () => 0 });
  keyspace.nowMs = NOW;
  const db = keyspace.database(0);
  const value = bytesOf("v".repeat(40));
  let added = 0;
  assert.throws(() => {
    for (; ; added++) {
      const key = bytesOf(`key:${added}`);
      keyspace.strings.set(db, key.view, 0, key.length, value.view, 0, value.length, NOW + 1 + added);
    }
  }, /arena: no room/);
  assert.ok(added > 100);
  assert.equal(db.size, added);
  assert.equal(db.expiresSize, added);
  checks.verify(arena);
  const first = bytesOf("key:0");
  db.remove(db.findKey(first.view, 0, first.length));
  assert.equal(db.size, added - 1);
  keyspace.destroy();
  assert.equal(arena.usedBytes, 0);
});
