import assert from "node:assert/strict";
import { test } from "node:test";
import type { Count } from "#src/keyspace/group-blocks.js";
import { Keyspace } from "#src/keyspace/keyspace.js";
import { CorruptDumpError, RdbReader } from "#src/keyspace/rdb-reader.js";
import { RdbWriter } from "#src/keyspace/rdb-writer.js";
import type { StreamGroups } from "#src/keyspace/stream-groups.js";
import { Arena, ArenaFullError, type Handle, NONE } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { KeyHash } from "#src/storage/hash.js";
import { Id } from "#src/storage/id.js";
import { IdCursor } from "#src/storage/id-tree.js";
import { Random } from "../support/random.js";
import { BlockCensus } from "../support/structure/block-census.js";
import { checkGroups } from "../support/structure/group-check.js";

const RDB_STREAM_3 = 21;

interface PendingModel {
  time: bigint;
  count: bigint;
  consumer: string;
}

interface GroupModel {
  lastId: string;
  read: Count;
  readonly pending: Map<string, PendingModel>;
  readonly consumers: Map<string, { seen: Count; active: Count }>;
}

type Model = Map<string, GroupModel>;

/** A stream's groups. */
class Lab {
  readonly checks: ArenaChecks;
  readonly arena: Arena;
  readonly keyspace: Keyspace;
  readonly emptyBytes: number;
  readonly head: Handle;
  readonly id = new Id();

  constructor(checks = new ArenaChecks(), arena = new Arena({ checks })) {
    this.checks = checks;
    this.arena = arena;
    this.keyspace = new Keyspace({ arena, keyHash: new KeyHash(1, 2), databases: 1, random: () => 0 });
    this.emptyBytes = arena.usedBytes;
    this.head = this.keyspace.streams.createHead();
  }

  get groups(): StreamGroups {
    return this.keyspace.streams.groups;
  }

  get list(): Handle {
    return this.keyspace.streams.heads.groups(this.head);
  }

  group(name: string): Handle {
    const [view, length] = viewOf(name);
    return this.groups.find(this.head, view, 0, length);
  }

  createGroup(name: string, id: string, read: Count): Handle {
    const [view, length] = viewOf(name);
    return this.groups.create(this.head, view, 0, length, this.toId(id), read);
  }

  consumer(group: Handle, name: string): Handle {
    const [view, length] = viewOf(name);
    return this.groups.findConsumer(group, view, 0, length);
  }

  createConsumer(group: Handle, name: string): Handle {
    const [view, length] = viewOf(name);
    return this.groups.createConsumer(group, view, 0, length);
  }

  toId(text: string): Id {
    const [ms = "0", seq = "0"] = text.split("-");
    this.id.setMsExact(BigInt(ms));
    this.id.setSeqExact(BigInt(seq));
    return this.id;
  }

  check(list: Handle): void {
    checkGroups(this.keyspace, new BlockCensus(this.arena, this.checks), list, "groups");
  }

  /** What a list of groups holds. */
  read(list: Handle): Model {
    const { blocks, pending } = this.groups;
    const model: Model = new Map();
    for (let i = 0; i < this.groups.count(list); i++) {
      const group = blocks.groups.block(list, i);
      blocks.readLastId(group, this.id);
      const read: GroupModel = {
        lastId: textOf(this.id),
        read: blocks.entriesRead(group),
        pending: new Map(),
        consumers: new Map(),
      };
      const consumers = blocks.consumerList(group);
      const names = new Map<Handle, string>();
      for (let k = 0; k < blocks.consumers.count(consumers); k++) {
        const consumer = blocks.consumers.block(consumers, k);
        const name = this.nameOf(blocks.consumers, consumer);
        names.set(consumer, name);
        read.consumers.set(name, { seen: blocks.seenTime(consumer), active: blocks.activeTime(consumer) });
      }
      for (let more = pending.seekFirst(group); more; more = pending.next()) {
        pending.readId(this.id);
        read.pending.set(textOf(this.id), {
          time: BigInt(pending.deliveryTime),
          count: BigInt(pending.deliveries),
          consumer: names.get(pending.consumer) ?? "nobody",
        });
      }
      model.set(this.nameOf(blocks.groups, group), read);
    }
    return model;
  }

  nameOf(names: StreamGroups["blocks"]["groups"], block: Handle): string {
    const start = names.nameStart(block);
    const bytes = this.arena.window(block).bytes.subarray(start, start + names.nameLength(block));
    return Buffer.from(bytes).toString("latin1");
  }

  dump(list: Handle): Uint8Array {
    const out = new RdbWriter(false);
    this.groups.dump(list, out);
    return out.bytes.slice(0, out.length);
  }

  /** Loads groups into the head of another stream. */
  load(bytes: Uint8Array, rdbType = RDB_STREAM_3): Handle {
    const head = this.keyspace.streams.createHead();
    try {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.groups.load(new RdbReader(bytes, view, 0, bytes.length), rdbType, head);
    } catch (error) {
      this.keyspace.streams.free(head);
      throw error;
    }
    return head;
  }

  expectFreed(): void {
    this.keyspace.streams.free(this.head);
    this.checks.verify(this.arena);
    assert.equal(this.arena.usedBytes, this.emptyBytes);
  }
}

function viewOf(text: string): [view: DataView, length: number] {
  const bytes = Buffer.from(text, "latin1");
  return [new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes.length];
}

function textOf(id: Id): string {
  return `${id.msExact()}-${id.seqExact()}`;
}

/** The model as the lab reads it: groups, consumers and IDs in order. */
function sorted(model: Model): Model {
  const byId = ([a]: [string, unknown], [b]: [string, unknown]): number => {
    const [x = 0n, y = 0n, p = 0n, q = 0n] = [...a.split("-"), ...b.split("-")].map(BigInt);
    return Number(x === p ? y - q : x - p);
  };
  const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);
  return new Map(
    [...model].sort(byName).map(([name, group]) => [
      name,
      {
        ...group,
        pending: new Map([...group.pending].sort(byId)),
        consumers: new Map([...group.consumers].sort(byName)),
      },
    ]),
  );
}

test("groups do what a model of maps does, through copies and dumps, and give all memory back", () => {
  const random = new Random(11);
  const lab = new Lab();
  const model: Model = new Map();
  const { groups } = lab;
  const { blocks, pending } = groups;
  const pickId = (): string => `${random.int(0, 60)}-${random.int(0, 20)}`;
  const big = (): bigint => random.pick([0n, -1n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 7n]);

  const steps: Record<string, (name: string, group: Handle, expected: GroupModel, who: string) => void> = {
    seen(_name, group, expected, who) {
      const consumer = lab.consumer(group, who);
      const times = expected.consumers.get(who);
      assert.equal(consumer === NONE, times === undefined);
      if (times === undefined) return;
      const [seen, active] = [short(big()), short(big())];
      blocks.setSeenTime(consumer, seen);
      blocks.setActiveTime(consumer, active);
      expected.consumers.set(who, { seen, active });
    },
    create(_name, group, expected, who) {
      lab.keyspace.nowMs++;
      const isNew = lab.createConsumer(group, who) !== NONE;
      assert.equal(isNew, !expected.consumers.has(who));
      if (isNew) expected.consumers.set(who, { seen: lab.keyspace.nowMs, active: -1 });
    },
    remove(_name, group, expected, who) {
      if (!random.oneIn(6)) return;
      const consumer = lab.consumer(group, who);
      if (consumer === NONE) return;
      const gone = [...expected.pending].filter(([, entry]) => entry.consumer === who);
      assert.equal(groups.removeConsumer(group, consumer), gone.length);
      for (const [id] of gone) expected.pending.delete(id);
      expected.consumers.delete(who);
    },
    deliver(_name, group, expected, who) {
      const consumer = lab.consumer(group, who);
      if (consumer === NONE) return;
      for (const id of random.list(1, 30, pickId)) {
        assert.equal(pending.add(group, consumer, lab.toId(id)), !expected.pending.has(id));
        const time = big();
        const count = big();
        pending.setDeliveryTime(short(time));
        pending.setDeliveries(short(count));
        expected.pending.set(id, { time, count: BigInt.asIntN(64, count), consumer: who });
      }
    },
    again(_name, group, expected, who) {
      const id = pickId();
      const entry = expected.pending.get(id);
      assert.equal(pending.find(group, lab.toId(id)), entry !== undefined);
      if (entry === undefined) return;
      pending.addDelivery();
      entry.count = BigInt.asIntN(64, entry.count + 1n);
      const consumer = lab.consumer(group, who);
      if (consumer === NONE) return;
      pending.assign(consumer, lab.id);
      entry.consumer = who;
    },
    acknowledge(_name, group, expected) {
      for (const id of random.list(1, 20, pickId)) {
        assert.equal(pending.remove(group, lab.toId(id)), expected.pending.delete(id));
      }
    },
    progress(_name, group, expected) {
      expected.lastId = pickId();
      expected.read = short(big());
      blocks.writeLastId(group, lab.toId(expected.lastId));
      blocks.setEntriesRead(group, expected.read);
    },
    destroy(name, group) {
      if (!random.oneIn(30)) return;
      groups.destroy(lab.head, group);
      model.delete(name);
    },
  };
  for (let round = 0; round < 4000; round++) {
    const name = random.pick(["", "g", "g1", "group\0", "\xff\xfe", "x".repeat(300)]);
    let group = lab.group(name);
    assert.equal(group === NONE, !model.has(name));
    if (group === NONE) {
      group = lab.createGroup(name, "5-1", -1);
      model.set(name, { lastId: "5-1", read: -1, pending: new Map(), consumers: new Map() });
      assert.equal(lab.createGroup(name, "0-0", 3), NONE);
    }
    const expected = model.get(name);
    assert.ok(expected !== undefined);
    const step = steps[random.pick(Object.keys(steps))];
    step?.(name, group, expected, random.pick(["", "a", "Alice", "b", "Bob", "z".repeat(200)]));
    if (round % 100 !== 0) continue;
    lab.check(lab.list);
    assert.deepEqual(lab.read(lab.list), sorted(model));
    const copy = groups.copy(lab.list);
    lab.check(copy);
    assert.deepEqual(lab.read(copy), sorted(model));
    while (!groups.freeSlice(copy, random.int(1, 5)));
    const bytes = lab.dump(lab.list);
    const loaded = lab.load(bytes);
    lab.check(lab.keyspace.streams.heads.groups(loaded));
    assert.deepEqual(lab.read(lab.keyspace.streams.heads.groups(loaded)), sorted(model));
    assert.deepEqual(lab.dump(lab.keyspace.streams.heads.groups(loaded)), bytes);
    lab.keyspace.streams.free(loaded);
  }
  lab.expectFreed();
});

/** As the groups take and give numbers. */
function short(value: bigint): Count {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function startLarge(): Lab {
  const lab = new Lab();
  const { pending } = lab.groups;
  for (const name of ["one", "two"]) {
    const group = lab.createGroup(name, "0-0", 0);
    const consumers = ["a", "b", "c"].map((who) => lab.createConsumer(group, who));
    for (let i = 0; i < 3000; i++) {
      pending.add(group, consumers[i % 3] ?? NONE, lab.toId(`${i}-0`));
      pending.setDeliveryTime(i);
      pending.setDeliveries(1);
    }
  }
  return lab;
}

test("groups are freed in slices that are bounded, and their effort is about the number of slices", () => {
  const lab = startLarge();
  const copy = lab.groups.copy(lab.list);
  const effort = lab.groups.freeEffort(copy);
  let slices = 1;
  let before = lab.arena.blockCount;
  while (!lab.groups.freeSlice(copy, 10)) {
    assert.ok(before - lab.arena.blockCount <= 25, "a slice frees few blocks more than it may");
    before = lab.arena.blockCount;
    slices++;
  }
  assert.ok(slices > effort / 40 && slices < effort, `${slices} slices for an effort of ${effort}`);
  lab.expectFreed();
});

test("a consumer that goes takes its pending entries along, and leaves those of others", () => {
  const lab = startLarge();
  const group = lab.group("one");
  assert.equal(lab.groups.removeConsumer(group, lab.consumer(group, "b")), 1000);
  lab.check(lab.list);
  assert.equal(lab.groups.pending.count(group), 2000);
  assert.equal(lab.groups.pending.find(group, lab.toId("1-0")), false);
  assert.equal(lab.groups.pending.find(group, lab.toId("2-0")), true);
  lab.expectFreed();
});

/** A payload of one group, of pieces that a test can exchange. */
interface Pieces {
  readonly groups?: readonly string[];
  readonly pending?: readonly string[];
  readonly consumers?: readonly (readonly [name: string, ids: readonly string[]])[];
}

function encode({ groups = ["g"], pending = ["1-1"], consumers = [["c", ["1-1"]]] }: Pieces): Uint8Array {
  const out = new RdbWriter(false);
  const lab = new Lab();
  const name = (text: string): void => out.writeString(Buffer.from(text), 0, text.length);
  out.writeLength(groups.length);
  for (const group of groups) {
    name(group);
    out.writeId(lab.toId("9-9"));
    out.writeLength(2);
    out.writeLength(pending.length);
    for (const id of pending) {
      out.writeRawId(lab.toId(id));
      out.writeMilliseconds(5);
      out.writeLength(1);
    }
    out.writeLength(consumers.length);
    for (const [who, ids] of consumers) {
      name(who);
      out.writeMilliseconds(6);
      out.writeMilliseconds(7);
      out.writeLength(ids.length);
      for (const id of ids) out.writeRawId(lab.toId(id));
    }
  }
  return out.bytes.slice(0, out.length);
}

const HOSTILE: readonly (readonly [what: string, pieces: Pieces])[] = [
  ["a group twice", { groups: ["g", "g"] }],
  ["a pending entry twice", { pending: ["1-1", "1-1"] }],
  [
    "a consumer twice",
    {
      consumers: [
        ["c", ["1-1"]],
        ["c", []],
      ],
    },
  ],
  ["a consumer's entry twice", { consumers: [["c", ["1-1", "1-1"]]] }],
  ["a consumer's entry that its group has not", { consumers: [["c", ["1-1", "2-2"]]] }],
  [
    "an entry of two consumers",
    {
      consumers: [
        ["c", ["1-1"]],
        ["d", ["1-1"]],
      ],
    },
  ],
  ["an entry of no consumer", { pending: ["1-1", "2-2"] }],
];

for (const [what, pieces] of HOSTILE) {
  test(`a dump with ${what} is refused`, () => {
    const lab = new Lab();
    assert.throws(() => lab.load(encode(pieces)), CorruptDumpError);
    lab.expectFreed();
  });
}

test("a dump that is cut anywhere, or has any bit changed, is refused or loaded soundly, and leaks nothing", () => {
  const lab = new Lab();
  const bytes = encode({
    pending: ["1-1", "2-2"],
    consumers: [
      ["c", ["1-1"]],
      ["d", ["2-2"]],
    ],
  });
  const intact = lab.load(bytes);
  assert.deepEqual(lab.dump(lab.keyspace.streams.heads.groups(intact)), bytes);
  lab.keyspace.streams.free(intact);
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => lab.load(bytes.slice(0, length)), CorruptDumpError);
  }
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      const head = lab.load(changed);
      lab.check(lab.keyspace.streams.heads.groups(head));
      lab.keyspace.streams.free(head);
    } catch (error) {
      assert.ok(error instanceof CorruptDumpError, String(error));
    }
  }
  lab.expectFreed();
});

/** A group `g` of one consumer, as Redis 5 (15) and 7.0 (19) wrote it. */
function encodeEarly(rdbType: 15 | 19): Uint8Array {
  const lab = new Lab();
  const out = new RdbWriter(false);
  out.writeLength(1);
  out.writeString(Buffer.from("g"), 0, 1);
  out.writeId(lab.toId("2-0"));
  if (rdbType === 19) out.writeLength(77);
  out.writeLength(0);
  out.writeLength(1);
  out.writeString(Buffer.from("c"), 0, 1);
  out.writeMilliseconds(1234);
  out.writeLength(0);
  return out.bytes.slice(0, out.length);
}

test("consumers of dumps that know no active time were active when they were seen", () => {
  const lab = new Lab();
  const head = lab.load(encodeEarly(19), 19);
  const group = lab.read(lab.keyspace.streams.heads.groups(head)).get("g");
  assert.deepEqual(group?.consumers.get("c"), { seen: 1234, active: 1234 });
  assert.equal(group?.read, 77);
  lab.keyspace.streams.free(head);
  lab.expectFreed();
});

test("groups of dumps that know no count of entries have read as many as the stream tells", () => {
  const lab = new Lab();
  const bytes = encodeEarly(15);
  const { heads } = lab.keyspace.streams;
  const load = (lastId: string, firstId: string, length: number, added: number): Count | undefined => {
    const head = lab.keyspace.streams.createHead();
    heads.writeLastId(head, lab.toId(lastId));
    heads.writeFirstId(head, lab.toId(firstId));
    heads.setLength(head, length);
    heads.setEntriesAdded(head, added);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    lab.groups.load(new RdbReader(bytes, view, 0, bytes.length), 15, head);
    const read = lab.read(heads.groups(head)).get("g")?.read;
    lab.keyspace.streams.free(head);
    return read;
  };
  assert.equal(load("2-0", "1-0", 4, 4), 4);
  assert.equal(load("6-0", "2-0", 4, 9), 6);
  assert.equal(load("6-0", "3-0", 4, 9), 5);
  assert.equal(load("6-0", "1-0", 4, 9), -1);
  assert.equal(load("1-0", "1-0", 1, 9), -1);
  assert.equal(load("6-0", "0-0", 0, 9), 9);
  assert.equal(load("0-0", "0-0", 0, 0), 0);
  lab.expectFreed();
});

test("a cursor over a consumer's entries sees all of them, in order", () => {
  const lab = startLarge();
  const { blocks, pending } = lab.groups;
  const group = lab.group("two");
  const root = blocks.ownPending(lab.consumer(group, "c"));
  const cursor = new IdCursor();
  let expected = 2;
  for (let more = pending.own.seekFirst(root, cursor); more; more = pending.own.next(cursor)) {
    pending.own.readId(cursor, lab.id);
    assert.equal(lab.id.ms, expected);
    expected += 3;
  }
  assert.equal(expected, 3002);
  lab.expectFreed();
});

test("where the arena is full, a change fails as a whole", () => {
  const checks = new ArenaChecks();
  const arena = new Arena({ checks, maxWindows: 1, pagesPerWindow: 420 });
  const lab = new Lab(checks, arena);
  const { pending } = lab.groups;
  const group = lab.createGroup("g", "0-0", 0);
  const first = lab.createConsumer(group, "first");
  const random = new Random(5);
  let failures = 0;
  for (let i = 0; failures < 60; i++) {
    try {
      const consumer = random.oneIn(3) ? lab.createConsumer(group, `c${random.int(0, 400)}`) : first;
      if (consumer === NONE) continue;
      pending.add(group, consumer, lab.toId(`${random.int(0, 4000)}-${i % 7}`));
      if (random.oneIn(20)) lab.createGroup(`other ${i}`, "1-1", 0);
      if (random.oneIn(40)) lab.groups.free(lab.groups.copy(lab.list));
    } catch (error) {
      assert.ok(error instanceof ArenaFullError, String(error));
      failures++;
      lab.check(lab.list);
      if (failures % 20 === 0) pending.remove(group, lab.toId("1-1"));
    }
  }
  lab.expectFreed();
});
