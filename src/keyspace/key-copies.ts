/**
 * A value under another key: RENAME and MOVE give it away, COPY makes a second one. The deadline goes along, the access
 * clock begins anew.
 */
import { NONE } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import { type Record, valueOffset } from "./record.js";

/**
 * Gives the value of `record`, which is in `source`, to another key, which must be absent in `target`. The old record
 * is gone; returns the new one.
 */
export function transferKey(
  source: Database,
  record: Record,
  target: Database,
  key: DataView,
  start: number,
  length: number,
): Record {
  const { keyspace } = source;
  const moved = cloneRecord(keyspace, record, key, start, length);
  addClone(target, moved, key, start, length);
  source.unlink(record);
  keyspace.arena.free(record);
  keyspace.announceArrival(target, moved);
  return moved;
}

/** Adds a copy of `record` under a key that must be absent in `target`. Returns the copy. */
export function copyKey(record: Record, target: Database, key: DataView, start: number, length: number): Record {
  const { keyspace } = target;
  const { arena, records } = keyspace;
  const clone = cloneRecord(keyspace, record, key, start, length);
  if (!keyspace.hasOwnBlock(record)) {
    addClone(target, clone, key, start, length);
    return clone;
  }
  const operations = keyspace.typeOperations(records.type(record));
  const encoding = records.encoding(record);
  let value = NONE;
  try {
    value = operations.copy(records.valueHandle(record), encoding, records.valueWord(record));
    records.setValueHandle(clone, value);
  } catch (error) {
    arena.free(clone);
    throw error;
  }
  try {
    addClone(target, clone, key, start, length);
  } catch (error) {
    operations.free(value, encoding);
    throw error;
  }
  keyspace.announceArrival(target, clone);
  return clone;
}

/** A record of another key with the deadline of `source` and, byte for byte, its value. It is in no dict. */
function cloneRecord(keyspace: Keyspace, source: Record, key: DataView, start: number, length: number): Record {
  const { arena, records, access } = keyspace;
  const valueBytes = records.valueBytes(source);
  const clone = arena.alloc(valueOffset(length, records.hasDeadline(source)) + valueBytes);
  const rounded = records.deadline(source);
  const deadline = Number.isSafeInteger(rounded) ? rounded : records.exactDeadline(source);
  records.init(clone, key, start, length, records.type(source), records.encoding(source), deadline, access.fresh());
  records.setInlineLength(clone, records.inlineLength(source));
  copyBytes(
    records.view(source),
    records.valueStart(source),
    records.view(clone),
    records.valueStart(clone),
    valueBytes,
  );
  return clone;
}

/** Puts a clone into the dicts, or frees it where there is no room for it. */
function addClone(target: Database, clone: Record, key: DataView, start: number, length: number): void {
  const { keyspace } = target;
  try {
    target.link(clone, keyspace.dict.hashOfRecord(clone));
  } catch (error) {
    keyspace.arena.free(clone);
    throw error;
  }
  keyspace.events.onAdded(target, key, start, length);
}
