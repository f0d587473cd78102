// Active expiry, slice by slice: how much one slice does is counted in looks, not in time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ActiveExpiry } from "#src/keyspace/active-expiry.js";
import { Keyspace } from "#src/keyspace/keyspace.js";
import { DEADLINE_NONE } from "#src/keyspace/strings.js";
import { Arena } from "#src/storage/arena.js";
import { BUCKET_ENTRIES_MAX } from "#src/storage/dict-layout.js";
import { KeyHash } from "#src/storage/hash.js";

const NOW = 1_700_000_000_000;
const KEYS_PER_LOOK = 20;

function makeKeyspace(databases = 1): Keyspace {
  const keyspace = new Keyspace({ arena: new Arena(), keyHash: new KeyHash(1, 2), databases, random: () => 0 });
  keyspace.nowMs = NOW;
  return keyspace;
}

function fill(keyspace: Keyspace, id: number, count: number, deadlineOf: (i: number) => number): void {
  for (let i = 0; i < count; i++) {
    const key = Uint8Array.from(`key:${i}`, (char) => char.charCodeAt(0));
    const view = new DataView(key.buffer);
    keyspace.strings.set(keyspace.database(id), view, 0, key.length, view, 0, key.length, deadlineOf(i));
  }
}

/** Ends a slice after so many looks. */
function after(looks: number): () => boolean {
  let left = looks;
  return () => --left <= 0;
}

test("100,000 expired keys are reclaimed in slices of bounded work", () => {
  const keyspace = makeKeyspace();
  const expiry = new ActiveExpiry(keyspace);
  const db = keyspace.database(0);
  fill(keyspace, 0, 100_000, () => NOW - 1);
  const looks = 50;
  let slices = 0;
  while (db.size > 0) {
    const before = db.size;
    const timeWasShort = expiry.run(after(looks));
    slices++;
    const done = before - db.size;
    assert.ok(
      done <= looks * (KEYS_PER_LOOK - 1 + BUCKET_ENTRIES_MAX),
      `a slice of ${looks} looks deleted ${done} keys`,
    );
    if (db.size > 0) {
      assert.ok(done >= looks * KEYS_PER_LOOK || !timeWasShort, "a slice that ran out of time did its looks");
    }
    assert.ok(slices < 1000, "the keys are gone after so many slices");
  }
  assert.ok(slices > 100_000 / (looks * (KEYS_PER_LOOK + BUCKET_ENTRIES_MAX)));
  assert.equal(keyspace.expiredKeys, 100_000);
  assert.ok(expiry.timeCapReached >= slices - 2, "slices that ended for want of time are counted");
  assert.ok(expiry.stalePercent > 90);
});

test("a slice leaves live keys, and stops soon where few are due", () => {
  const keyspace = makeKeyspace();
  const expiry = new ActiveExpiry(keyspace);
  const db = keyspace.database(0);
  fill(keyspace, 0, 20_000, (i) => (i % 100 === 0 ? NOW - 1 : NOW + 1 + i));
  let looks = 0;
  const timeWasShort = expiry.run(() => {
    looks++;
    return false;
  });
  assert.equal(timeWasShort, false);
  assert.equal(expiry.wantsFastSlices, false);
  assert.ok(looks < 10, `${looks} looks at a table with one expired key in a hundred`);
  for (let slice = 0; slice < 3000 && db.expiresSize > 19_800; slice++) expiry.run(() => false);
  assert.equal(db.size, 19_800, "in the end all that are due are gone, and no other");
  assert.ok(db.averageTtl > 1000 && db.averageTtl < 20_000, `average time to live ${db.averageTtl}`);
});

test("keys without a deadline cost nothing", () => {
  const keyspace = makeKeyspace();
  const expiry = new ActiveExpiry(keyspace);
  fill(keyspace, 0, 1000, () => DEADLINE_NONE);
  assert.equal(
    expiry.run(() => assert.fail("nothing to look at")),
    false,
  );
  assert.equal(expiry.stalePercent, 0);
});

test("databases have their turns, and a slice short of time lets the next visit all of them", () => {
  const keyspace = makeKeyspace(40);
  const expiry = new ActiveExpiry(keyspace);
  for (let id = 0; id < 40; id++) fill(keyspace, id, 10, () => NOW - 1);
  const emptied = (): number => keyspace.databases.filter((db) => db.size === 0).length;
  expiry.run(() => false);
  assert.equal(emptied(), 16);
  expiry.run(after(1));
  assert.equal(emptied(), 17);
  assert.equal(expiry.wantsFastSlices, true);
  expiry.run(() => false);
  assert.equal(emptied(), 40);
  assert.equal(expiry.wantsFastSlices, false);
});

test("one large database does not keep the others waiting", () => {
  const keyspace = makeKeyspace(2);
  const expiry = new ActiveExpiry(keyspace);
  fill(keyspace, 0, 50_000, () => NOW - 1);
  fill(keyspace, 1, 100, () => NOW - 1);
  for (let slice = 0; slice < 10; slice++) expiry.run(after(10));
  assert.equal(keyspace.database(1).size, 0);
  assert.ok(keyspace.database(0).size > 40_000);
});

test("effort makes slices longer and tolerates fewer expired keys", () => {
  const expiry = new ActiveExpiry(makeKeyspace());
  assert.deepEqual([expiry.slowSharePercent, expiry.sliceUs], [25, 1000]);
  expiry.setEffort(10);
  assert.deepEqual([expiry.slowSharePercent, expiry.sliceUs], [43, 3250]);
});
