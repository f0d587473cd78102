// Whether the value of a record is sound: one check a type, found by the record's type. A type that lands adds its own
// here. Each visits all blocks of the value.
import { ENCODING_HASHTABLE, ENCODING_LISTPACK_EX } from "#src/keyspace/hash-encoding.js";
import { NOT_INDEXED } from "#src/keyspace/hash-head.js";
import type { Keyspace } from "#src/keyspace/keyspace.js";
import { LIST_QUICKLIST } from "#src/keyspace/list-encoding.js";
import {
  ENCODING_LARGE,
  type Record,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_SORTED_SET,
  TYPE_STREAM,
  TYPE_STRING,
} from "#src/keyspace/record.js";
import { SET_HASHTABLE, SET_INTSET } from "#src/keyspace/set-value.js";
import { SORTED_SET_SKIPLIST } from "#src/keyspace/sorted-set-encoding.js";
import { type Handle, NONE } from "#src/storage/arena.js";
import { PAGE_ENTRIES, ROOT_COUNT, ROOT_DIRECTORY, ROOT_PAGES } from "#src/storage/deadline-heap.js";
import { countValidIntegers } from "#src/storage/intset-check.js";
import { NO_POSITION } from "#src/storage/listpack.js";
import { countValidEntries } from "#src/storage/listpack-check.js";
import { decompressLzf } from "#src/storage/lzf.js";
import { type BlockCensus, expect } from "./block-census.js";
import { checkDict } from "./dict-check.js";
import { checkScoreTree } from "./score-tree-check.js";
import { checkStream } from "./stream-check.js";

/** What a check knows: where it is, and the hashes that each index of deadlines must have. */
export interface Walk {
  readonly keyspace: Keyspace;
  readonly census: BlockCensus;
  /** By number of the index. */
  readonly indexed: Map<number, number>;
}

type ValueCheck = (walk: Walk, record: Record, owner: string) => void;

export const VALUE_CHECKS: ReadonlyMap<number, ValueCheck> = new Map([
  [TYPE_STRING, checkString],
  [TYPE_LIST, checkList],
  [TYPE_SET, checkSet],
  [TYPE_SORTED_SET, checkSortedSet],
  [TYPE_HASH, checkHash],
  [
    TYPE_STREAM,
    ({ keyspace, census }, record, owner) => checkStream(keyspace, census, keyspace.records.valueHandle(record), owner),
  ],
]);

function checkString({ keyspace: { records }, census }: Walk, record: Record, owner: string): void {
  if (records.encoding(record) === ENCODING_LARGE) census.visit(records.valueHandle(record), owner);
}

/** The entries of a sound listpack, as text. */
function readListpack({ keyspace: { listpacks, arena }, census }: Walk, lp: Handle, owner: string): string[] {
  census.visit(lp, owner);
  const count = countValidEntries(arena.window(lp).bytes, arena.offset(lp), listpacks.byteLength(lp));
  expect(count >= 0, `${owner}: not a listpack`);
  expect(listpacks.count(lp) === count, `${owner}: a listpack of ${count} entries`);
  const entries: string[] = [];
  for (let pos = listpacks.first(lp); pos !== NO_POSITION; pos = listpacks.next(lp, pos)) {
    listpacks.locate(lp, pos);
    const { view, start, length } = listpacks;
    entries.push(Buffer.from(view.buffer, view.byteOffset + start, length).toString("latin1"));
  }
  return entries;
}

function expectDistinct(words: readonly string[], owner: string): void {
  expect(new Set(words).size === words.length, `${owner}: an element is there twice`);
}

function checkList(walk: Walk, record: Record, owner: string): void {
  const { keyspace, census } = walk;
  const { records, lists } = keyspace;
  const value = records.valueHandle(record);
  if (records.encoding(record) !== LIST_QUICKLIST) {
    expect(readListpack(walk, value, owner).length > 0, `${owner}: an empty list`);
    return;
  }
  const { nodes } = lists.quicklists;
  const bytesBefore = census.bytes;
  census.visit(value, owner);
  let previous = NONE;
  let count = 0;
  let length = 0;
  for (let node = nodes.first(value); node !== NONE; node = nodes.next(node)) {
    census.visit(node, owner);
    expect(nodes.previous(node) === previous, `${owner}: a node's previous`);
    const data = nodes.data(node);
    if (nodes.compressedBytes(node) > 0) {
      census.visit(data, owner);
      checkCompressedNode(walk, node, owner);
    } else if (nodes.isLarge(node)) {
      census.visit(data, owner);
      expect(nodes.largeBytes(node) <= keyspace.arena.sizeOf(data), `${owner}: a large element beyond its block`);
    } else {
      const entries = readListpack(walk, data, owner).length;
      expect(entries > 0 && entries === nodes.entries(node), `${owner}: a node of ${entries} entries`);
    }
    count += nodes.entries(node);
    length++;
    previous = node;
  }
  expect(nodes.last(value) === previous, `${owner}: the last node`);
  expect(count > 0 && nodes.count(value) === count, `${owner}: ${count} elements`);
  expect(nodes.nodeCount(value) === length, `${owner}: ${length} nodes`);
  const measured = keyspace.typeOperations(TYPE_LIST).sizeOf(value, LIST_QUICKLIST);
  expect(measured === census.bytes - bytesBefore, `${owner}: sizeOf says ${measured} bytes`);
}

function checkCompressedNode({ keyspace: { lists, arena } }: Walk, node: Handle, owner: string): void {
  const { nodes } = lists.quicklists;
  const data = nodes.data(node);
  const start = arena.offset(data);
  const raw = new Uint8Array(nodes.rawBytes(node));
  const isSound = decompressLzf(arena.window(data).bytes, start, start + nodes.compressedBytes(node), raw);
  expect(isSound, `${owner}: a node that is not LZF`);
  if (nodes.isLarge(node)) return;
  const entries = countValidEntries(raw, 0, raw.length);
  expect(entries > 0 && entries === nodes.entries(node), `${owner}: a compressed node of ${entries} entries`);
}

function checkSet(walk: Walk, record: Record, owner: string): void {
  const { keyspace, census } = walk;
  const { records, arena, sets } = keyspace;
  const value = records.valueHandle(record);
  switch (records.encoding(record)) {
    case SET_INTSET: {
      census.visit(value, owner);
      const { view } = arena.window(value);
      const count = countValidIntegers(view, arena.offset(value), sets.intsets.byteLength(value));
      expect(count > 0, `${owner}: not an intset`);
      return;
    }
    case SET_HASHTABLE: {
      const members = checkDict(census, sets.table.dict, value, owner);
      expect(members.length > 0, `${owner}: an empty set`);
      for (const member of members) census.visit(member, owner);
      return;
    }
    default: {
      const members = readListpack(walk, value, owner);
      expect(members.length > 0, `${owner}: an empty set`);
      expectDistinct(members, owner);
    }
  }
}

function checkSortedSet(walk: Walk, record: Record, owner: string): void {
  const { keyspace, census } = walk;
  const { records, arena, sortedSets } = keyspace;
  const value = records.valueHandle(record);
  if (records.encoding(record) === SORTED_SET_SKIPLIST) {
    const { dict, tree } = sortedSets.indexed;
    const found = new Set(checkDict(census, dict, tree.ownerWord(value), owner));
    const shape = checkScoreTree(arena, value, owner);
    for (const block of shape.blocks) census.visit(block, owner);
    for (const member of shape.records) {
      census.visit(member, owner);
      expect(found.delete(member), `${owner}: a member is in the tree, but not in the dict`);
    }
    expect(found.size === 0, `${owner}: ${found.size} members are in the dict, but not in the tree`);
    expect(shape.records.length > 0, `${owner}: an empty sorted set`);
    return;
  }
  const entries = readListpack(walk, value, owner);
  expect(entries.length > 0 && entries.length % 2 === 0, `${owner}: a listpack of ${entries.length} entries`);
  expectDistinct(
    entries.filter((_, i) => i % 2 === 0),
    owner,
  );
  for (let i = 2; i < entries.length; i += 2) {
    const [before, beforeScore, after, afterScore] = entries.slice(i - 2, i + 2);
    const difference = scoreOf(afterScore) - scoreOf(beforeScore);
    // Infinity less itself is NaN: equal.
    const isOrdered = difference > 0 || (!(difference < 0) && String(before) < String(after));
    expect(isOrdered, `${owner}: members ${i / 2 - 1} and ${i / 2} are out of order`);
  }
}

function scoreOf(text: string | undefined): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  return text === "-inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

function checkHash(walk: Walk, record: Record, owner: string): void {
  const { keyspace, census } = walk;
  const { records, hashes } = keyspace;
  const value = records.valueHandle(record);
  const encoding = records.encoding(record);
  if (encoding !== ENCODING_LISTPACK_EX && encoding !== ENCODING_HASHTABLE) {
    const entries = readListpack(walk, value, owner);
    expect(entries.length > 0 && entries.length % 2 === 0, `${owner}: a listpack of ${entries.length} entries`);
    expectDistinct(
      entries.filter((_, i) => i % 2 === 0),
      owner,
    );
    return;
  }
  census.visit(value, owner);
  const earliest =
    encoding === ENCODING_HASHTABLE
      ? checkFieldTable(walk, value, owner)
      : checkTriples(walk, hashes.heads.contents(value), owner);
  const index = hashes.heads.index(value);
  expect((index !== NOT_INDEXED) === (earliest !== null), `${owner}: in index ${index}, next deadline ${earliest}`);
  if (index === NOT_INDEXED) return;
  walk.indexed.set(index, (walk.indexed.get(index) ?? 0) + 1);
  expect(hashes.heads.deadline(value) === earliest, `${owner}: the index has another deadline than ${earliest}`);
  const hash = keyspace.dict.hashOfRecord(record);
  expect(hashes.heads.keyHash(value) === hash, `${owner}: the index has it under another key`);
}

/** The earliest deadline, or null. */
function checkTriples(walk: Walk, lp: Handle, owner: string): number | null {
  const entries = readListpack(walk, lp, owner);
  expect(entries.length > 0 && entries.length % 3 === 0, `${owner}: a listpackex of ${entries.length} entries`);
  expectDistinct(
    entries.filter((_, i) => i % 3 === 0),
    owner,
  );
  const deadlines = entries.filter((_, i) => i % 3 === 2).map((text) => Number(text) || Number.POSITIVE_INFINITY);
  expect(
    deadlines.every((deadline, i) => i === 0 || deadline >= (deadlines[i - 1] ?? 0)),
    `${owner}: fields are not in the order of their deadlines`,
  );
  const [first = Number.POSITIVE_INFINITY] = deadlines;
  return first === Number.POSITIVE_INFINITY ? null : first;
}

/** The same for a table, and its heap. */
function checkFieldTable({ keyspace, census }: Walk, head: Handle, owner: string): number | null {
  const { hashes } = keyspace;
  const { table, heads } = hashes;
  const fields = checkDict(census, table.dict, heads.contents(head), owner);
  expect(fields.length > 0, `${owner}: an empty hash`);
  const expiring = new Set<Handle>();
  for (const field of fields) {
    census.visit(field, owner);
    table.records.locate(field);
    if (table.records.hasDeadline) expiring.add(field);
  }
  const heap = heads.heap(head);
  expect((heap !== NONE) === expiring.size > 0, `${owner}: ${expiring.size} fields expire, heap ${heap}`);
  if (heap === NONE) return null;
  census.visit(heap, owner);
  const directory = census.word(heap, ROOT_DIRECTORY);
  census.visit(directory, owner);
  for (let page = 0; page < census.word(heap, ROOT_PAGES); page++) census.visit(census.word(directory, page), owner);
  const count = census.word(heap, ROOT_COUNT);
  const entry = (at: number): Handle =>
    census.word(census.word(directory, Math.floor(at / PAGE_ENTRIES)), at % PAGE_ENTRIES);
  for (let at = 0; at < count; at++) {
    const field = entry(at);
    expect(expiring.delete(field), `${owner}: entry ${at} of the heap is no field that expires`);
    expect(table.records.place(field) === at, `${owner}: entry ${at} of the heap believes to be elsewhere`);
    const above = at === 0 ? field : entry((at - 1) >> 1);
    const isOrdered = table.records.deadline(above) <= table.records.deadline(field);
    expect(isOrdered, `${owner}: entry ${at} of the heap is above an earlier one`);
  }
  expect(expiring.size === 0, `${owner}: ${expiring.size} fields that expire are not in the heap`);
  return table.records.deadline(entry(0));
}
