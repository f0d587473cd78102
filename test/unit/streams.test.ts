// Streams against arrays, with every block of the arena checked: nodes of all sizes, tombstones, trims, ranges in both
// directions, copies, dumps, and freeing in slices.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dumpRecord, loadDump } from "#src/keyspace/dump.js";
import { Keyspace } from "#src/keyspace/keyspace.js";
import { formatId } from "#src/keyspace/stream-id.js";
import { MAX_ID, MIN_ID, type TrimPlan } from "#src/keyspace/streams.js";
import { Args } from "#src/resp/args.js";
import { Arena, ArenaFullError, type Handle } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { KeyHash } from "#src/storage/hash.js";
import { Id } from "#src/storage/id.js";
import { checkIdTree } from "#src/storage/id-tree-check.js";
import { countValidEntries } from "#src/storage/listpack-check.js";
import { StreamNodeCheck } from "#src/storage/stream-node-check.js";
import { Random } from "../support/random.js";

const U64 = 2n ** 64n;

interface Entry {
  readonly ms: bigint;
  readonly seq: bigint;
  readonly words: readonly string[];
}

function toId(ms: bigint, seq: bigint): Id {
  const id = new Id();
  id.setMsExact(ms);
  id.setSeqExact(seq);
  return id;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.ms < b.ms || (a.ms === b.ms && a.seq < b.seq);
}

class Model {
  readonly random: Random;
  readonly checks = new ArenaChecks();
  readonly arena: Arena;
  readonly keyspace: Keyspace;
  readonly key = new DataView(Uint8Array.from([107]).buffer);
  head: Handle;
  entries: Entry[] = [];
  last: Entry = { ms: 0n, seq: 0n, words: [] };
  added = 0;

  constructor(seed: number, options: { pagesPerWindow?: number } = {}) {
    this.random = new Random(seed);
    this.arena = new Arena({ checks: this.checks, ...(options.pagesPerWindow ? { maxWindows: 1, ...options } : {}) });
    this.keyspace = new Keyspace({
      arena: this.arena,
      keyHash: new KeyHash(seed, ~seed),
      databases: 1,
      random: (limit) => this.random.int(0, limit - 1),
    });
    this.head = this.keyspace.streams.createHead();
  }

  /** An ID behind the last one: near, far, or at an edge of the numbers. */
  nextId(): Entry {
    const { ms, seq } = this.last;
    const { random } = this;
    const next = random.weighted<() => [bigint, bigint]>([
      [10, () => [ms, seq + 1n]],
      [10, () => [ms + BigInt(random.int(1, 5)), BigInt(random.int(0, 3))]],
      [3, () => [ms, seq + BigInt(random.int(1, 2 ** 33))]],
      [1, () => [ms + 2n ** BigInt(random.int(0, 58)), BigInt(random.pick([0, 2 ** 31, 2 ** 32, 2 ** 53]))]],
      [0.3, () => [ms + 1n, U64 - 1n]],
    ])();
    const [nextMs, nextSeq] = next;
    if (nextMs >= U64 || nextSeq >= U64) return { ms: ms + 1n, seq: 0n, words: [] };
    return { ms: nextMs, seq: nextSeq, words: [] };
  }

  makeWords(): string[] {
    const { random } = this;
    if (random.oneIn(2)) return ["field", String(random.int(-5, 100_000)), "other", "x".repeat(random.int(0, 100))];
    if (random.oneIn(60)) return ["long", "y".repeat(random.int(4000, 20_000))];
    return random
      .list(1, 4, () => [random.pick(["field", "12", "", "other"]), random.value(70).toString("latin1")])
      .flat();
  }

  add(): void {
    const { ms, seq } = this.nextId();
    const words = this.makeWords();
    const args = Args.from(words.map((word) => Buffer.from(word, "latin1")));
    const { streams } = this.keyspace;
    streams.append(this.head, toId(ms, seq), args, 0, words.length / 2, args.totalByteLength());
    this.last = { ms, seq, words };
    this.entries.push(this.last);
    this.added++;
  }

  delete(): void {
    const { random, entries } = this;
    const at = random.int(0, entries.length);
    const entry = entries[at];
    const id = entry === undefined ? toId(this.last.ms, this.last.seq + 1n) : toId(entry.ms, entry.seq);
    const { streams } = this.keyspace;
    assert.equal(streams.contains(this.head, id), entry !== undefined);
    assert.equal(streams.delete(this.head, id), entry !== undefined);
    assert.equal(streams.contains(this.head, id), false);
    entries.splice(at, 1);
    streams.updateFirstId(this.head);
  }

  trim(): void {
    const { random } = this;
    const pivot = this.entries[random.int(0, this.entries.length)] ?? this.last;
    const plan: TrimPlan = {
      byLength: random.oneIn(2),
      maxLength: random.int(0, this.entries.length + 2),
      minId: toId(pivot.ms, pivot.seq),
      isApproximate: random.oneIn(2),
      limit: random.oneIn(3) ? random.int(1, 40) : 0,
    };
    const wanted = plan.byLength
      ? Math.max(0, this.entries.length - plan.maxLength)
      : this.entries.filter((entry) => isBefore(entry, pivot)).length;
    const deleted = this.keyspace.streams.trim(this.head, plan);
    // A limit is not looked at within a node that does not go as a whole.
    if (plan.isApproximate || plan.limit > 0) assert.ok(deleted <= wanted, `${deleted} of ${wanted}`);
    else assert.equal(deleted, wanted);
    if (plan.isApproximate && plan.limit > 0) assert.ok(deleted <= plan.limit);
    this.entries.splice(0, deleted);
  }

  checkRange(): void {
    const { random, entries } = this;
    const pick = (): Entry =>
      entries[random.int(0, entries.length)] ?? { ms: BigInt(random.int(0, 9)), seq: 0n, words: [] };
    const [from, to] = [pick(), pick()];
    const reverse = random.oneIn(2);
    const expected = entries.filter((entry) => !isBefore(entry, from) && !isBefore(to, entry));
    if (reverse) expected.reverse();
    assert.deepEqual(this.read(toId(from.ms, from.seq), toId(to.ms, to.seq), reverse), expected.map(describe));
  }

  /** The entries between two IDs. */
  read(from: Id, to: Id, reverse: boolean, head = this.head): string[] {
    const { streams } = this.keyspace;
    const { iterator } = streams;
    const found: string[] = [];
    iterator.start(streams.heads.nodes(head), from, to, reverse);
    while (iterator.next()) {
      const words: string[] = [];
      // Some entries are left without a look at their fields.
      for (let i = 0; i < iterator.fieldCount; i++) {
        iterator.nextPair();
        words.push(this.#text(iterator.fieldAt), this.#text(iterator.valueAt));
      }
      found.push(`${formatId(iterator.id)} ${JSON.stringify(words)}`);
    }
    return found;
  }

  #text(at: number): string {
    const { listpacks, streams, arena } = this.keyspace;
    listpacks.locate(streams.iterator.node, at - arena.offset(streams.iterator.node));
    return Buffer.from(listpacks.view.buffer, listpacks.view.byteOffset + listpacks.start, listpacks.length).toString(
      "latin1",
    );
  }

  checkAll(head = this.head): void {
    const { streams, arena } = this.keyspace;
    const { heads, trees, nodes } = streams;
    assert.deepEqual(this.read(MIN_ID, MAX_ID, false, head), this.entries.map(describe));
    assert.deepEqual(this.read(MIN_ID, MAX_ID, true, head), this.entries.map(describe).reverse());
    assert.equal(heads.length(head), this.entries.length);
    const id = new Id();
    heads.readFirstId(head, id);
    const first = this.entries[0];
    assert.equal(formatId(id), first === undefined ? "0-0" : `${first.ms}-${first.seq}`);
    heads.readLastId(head, id);
    assert.equal(formatId(id), `${this.last.ms}-${this.last.seq}`);
    assert.equal(heads.entriesAdded(head), this.added);
    checkIdTree(trees, heads.nodes(head));
    const check = new StreamNodeCheck(arena);
    const { cursor } = streams.iterator;
    const last = new Id();
    trees.seekFirst(heads.nodes(head), cursor);
    for (; !cursor.isAtEnd; trees.next(cursor)) {
      const node = trees.word(cursor, 0);
      const start = arena.offset(node);
      assert.ok(countValidEntries(arena.window(node).bytes, start, nodes.byteLength(node)) > 0);
      trees.readId(cursor, id);
      assert.equal(check.countEntries(node, id, last), nodes.count(node));
    }
  }
}

function describe(entry: Entry): string {
  return `${entry.ms}-${entry.seq} ${JSON.stringify(entry.words)}`;
}

test("random additions, deletions, trims and ranges agree with an array", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const model = new Model(seed);
    const { random, keyspace } = model;
    const emptyBytes = model.arena.usedBytes;
    const { encodingLimits, streams } = keyspace;
    for (let step = 0; step < 1500; step++) {
      random.weighted<() => void>([
        [20, () => model.add()],
        [5, () => model.delete()],
        [0.5, () => model.trim()],
        [4, () => model.checkRange()],
        [
          0.3,
          () => {
            encodingLimits.streamNodeMaxEntries = random.pick([0, 1, 3, 20, 100, 200]);
            encodingLimits.streamNodeMaxBytes = random.pick([0, 50, 400, 4096]);
          },
        ],
      ])();
      if (step % 250 === 0) model.checkAll();
    }
    model.checkAll();
    const operations = keyspace.typeOperations(6);
    const copy = operations.copy(model.head, 0, 0);
    model.checkAll(copy);
    assert.equal(operations.sizeOf(model.head, 0) + operations.sizeOf(copy, 0) <= model.arena.usedBytes, true);
    while (!streams.freeSlice(copy, random.int(1, 50)));
    model.checkAll();
    streams.free(model.head);
    assert.equal(model.arena.usedBytes, emptyBytes - 104, "a head and a root");
    model.checks.verify(model.arena);
  }
});

test("a dump of a random stream is loaded as the same stream", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const model = new Model(seed);
    const { keyspace, key, random } = model;
    keyspace.encodingLimits.streamNodeMaxEntries = random.pick([1, 10, 100]);
    for (let i = 0; i < 300; i++)
      random.weighted([
        [8, () => model.add()],
        [2, () => model.delete()],
      ])();
    const db = keyspace.database(0);
    const record = keyspace.streams.attach(db, key, 0, 1, model.head, -1);
    const payload = dumpRecord(keyspace, record, random.oneIn(2));
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const loaded = loadDump(keyspace, payload, view, 0, payload.length);
    assert.ok(loaded);
    db.remove(record);
    model.head = keyspace.streams.head(loaded.attach(db, key, 0, 1, -1));
    model.checkAll();
    db.clear();
    model.checks.verify(model.arena);
  }
});

test("a count of entries that takes more bytes moves the rest of its node", () => {
  const model = new Model(3);
  const { encodingLimits } = model.keyspace;
  encodingLimits.streamNodeMaxEntries = 0;
  encodingLimits.streamNodeMaxBytes = 0;
  for (let i = 0; i < 4200; i++) {
    model.add();
    if (i === 127 || i === 128 || i === 129) model.checkAll();
  }
  model.checkAll();
  // The same for the count of deleted entries, and back.
  for (let i = 0; i < 4100; i++) model.delete();
  model.checkAll();
});

test("an addition that the arena has no room for changes nothing", () => {
  const model = new Model(5, { pagesPerWindow: 96 });
  assert.throws(() => {
    for (;;) model.add();
  }, ArenaFullError);
  model.checkAll();
});

test("a node has room for the next entries, and gives it back when it is full", () => {
  const model = new Model(1);
  const { streams } = model.keyspace;
  const args = Args.from(["sensor", "1234", "temperature", "000000123456"]);
  const id = new Id();
  const before = model.arena.usedBytes;
  const entries = 20_000;
  for (let i = 1; i <= entries; i++) {
    id.setNumbers(1_700_000_000_000 + i, 0);
    streams.append(model.head, id, args, 0, 2, args.totalByteLength());
  }
  const perEntry = (model.arena.usedBytes - before) / entries;
  assert.ok(perEntry < 33, `${perEntry} bytes an entry`);
});
