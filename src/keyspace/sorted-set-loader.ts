/**
 * Reads sorted sets from dumps: see type-operations.ts. Registered by the keyspace. What comes may be anything: members
 * must be there once and have a score, a listpack must be one and be in order.
 */
import { type Handle, NONE } from "../storage/arena.js";
import { NO_POSITION } from "../storage/listpack.js";
import { countValidEntries } from "../storage/listpack-check.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import { RDB_SORTED_SET_2, RDB_SORTED_SET_LISTPACK } from "./rdb-format.js";
import { CorruptDumpError } from "./rdb-reader.js";
import type { Deadline, Record } from "./record.js";
import { SeenNames } from "./seen-names.js";
import { SORTED_SET_LISTPACK, SORTED_SET_SKIPLIST } from "./sorted-set-encoding.js";
import type { LoadedValue, ValueLoader } from "./type-operations.js";

/** Scores as any version of Redis writes them: `3`, `-0`, `0.1`, `1e-07`, `-inf`. */
const SCORE_TEXT = /^-?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|inf)$/;
const SCORE_TEXT_MAX_BYTES = 40;
/** An integer of 64 bits, printed. */
const INTEGER_MAX_BYTES = 20;

/** One serves all: each value is attached or discarded before the next is read. */
class LoadedSortedSet implements LoadedValue {
  readonly #keyspace: Keyspace;
  #value: Handle = NONE;
  #encoding = SORTED_SET_LISTPACK;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  hold(value: Handle, encoding: number): this {
    this.#value = value;
    this.#encoding = encoding;
    return this;
  }

  attach(db: Database, key: DataView, start: number, length: number, deadline: Deadline): Record {
    return this.#keyspace.sortedSets.attach(db, key, start, length, this.#encoding, this.#value, deadline);
  }

  discard(): void {
    this.#keyspace.sortedSets.free(this.#value, this.#encoding);
  }
}

export function registerSortedSetLoaders(keyspace: Keyspace): void {
  keyspace.loaders[RDB_SORTED_SET_2] = scoresLoader(keyspace);
  keyspace.loaders[RDB_SORTED_SET_LISTPACK] = listpackLoader(keyspace);
}

/** Members and scores in any order. */
function scoresLoader(keyspace: Keyspace): ValueLoader {
  const loaded = new LoadedSortedSet(keyspace);
  return (reader) => {
    const { indexed } = keyspace.sortedSets;
    const count = reader.readLength();
    if (count === 0) throw new CorruptDumpError("an empty sorted set");
    const value = indexed.create();
    try {
      for (let i = 0; i < count; i++) {
        reader.readString();
        const { stringBytes: bytes, stringStart, stringEnd } = reader;
        const score = reader.readDouble();
        if (Number.isNaN(score)) throw new CorruptDumpError("a score that is not a number");
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const length = stringEnd - stringStart;
        const hash = indexed.hash(view, stringStart, length);
        if (indexed.find(value, hash, view, stringStart, length) !== NONE) {
          throw new CorruptDumpError("a member of a sorted set twice");
        }
        indexed.insert(value, hash, view, stringStart, length, score);
      }
    } catch (error) {
      indexed.destroy(value);
      throw error;
    }
    const packed = keyspace.sortedSets.tryPack(value);
    return packed === NONE ? loaded.hold(value, SORTED_SET_SKIPLIST) : loaded.hold(packed, SORTED_SET_LISTPACK);
  };
}

function listpackLoader(keyspace: Keyspace): ValueLoader {
  const loaded = new LoadedSortedSet(keyspace);
  return (reader) => {
    const { sortedSets, arena } = keyspace;
    reader.readString();
    const { stringBytes: bytes, stringStart, stringEnd } = reader;
    const length = stringEnd - stringStart;
    const entries = countValidEntries(bytes, stringStart, length);
    if (entries <= 0 || entries % 2 !== 0) throw new CorruptDumpError("a sorted set that is no listpack");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const lp = sortedSets.packed.listpacks.load(view, stringStart, length);
    if (!hasOrder(keyspace, lp)) {
      arena.free(lp);
      throw new CorruptDumpError("a sorted set that is not in order");
    }
    if (entries / 2 <= keyspace.encodingLimits.sortedSetMaxListpackEntries) return loaded.hold(lp, SORTED_SET_LISTPACK);
    try {
      return loaded.hold(sortedSets.unpack(lp), SORTED_SET_SKIPLIST);
    } finally {
      arena.free(lp);
    }
  };
}

/** Whether each member is there once, has a score as servers print them, and is behind those with lower ones. */
function hasOrder(keyspace: Keyspace, lp: Handle): boolean {
  const { cursor, packed } = keyspace.sortedSets;
  const { listpacks } = packed;
  for (let pos = listpacks.first(lp); pos !== NO_POSITION; pos = listpacks.next(lp, pos)) {
    pos = listpacks.next(lp, pos);
    listpacks.locate(lp, pos);
    const { view, start, length } = listpacks;
    const text = Buffer.from(view.buffer, view.byteOffset + start, Math.min(length, SCORE_TEXT_MAX_BYTES + 1));
    if (length > SCORE_TEXT_MAX_BYTES || !SCORE_TEXT.test(text.toString("latin1"))) return false;
  }
  const seen = new SeenNames();
  let lastScore = Number.NEGATIVE_INFINITY;
  let lastMember: Buffer | null = null;
  for (let more = cursor.seekValue(lp, SORTED_SET_LISTPACK, 0, false); more; more = cursor.next()) {
    const { view, start, length, score } = cursor;
    const member: Buffer = Buffer.from(view.buffer, view.byteOffset + start, length);
    if (!(score >= lastScore) || !seen.add(member)) return false;
    if (score === lastScore && lastMember !== null && Buffer.compare(member, lastMember) <= 0) return false;
    lastScore = score;
    // An integer is printed where the next one will be; what is long lies in the listpack, and stays there.
    lastMember = length <= INTEGER_MAX_BYTES ? Buffer.from(member) : member;
  }
  return true;
}
