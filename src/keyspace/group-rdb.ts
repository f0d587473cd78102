/**
 * Consumer groups in the RDB format, as the end of a stream: written as type 21 has them, read as 15, 19 or 21 do.
 * Called by stream-groups.ts.
 *
 *   number of groups, and of each:
 *     name | last ID, two lengths | entries read, a length (not 15)
 *     number of pending entries, and of each: ID, 16 bytes | delivery time, i64 ms | delivery count, a length
 *     number of consumers, and of each:
 *       name | seen time, i64 ms | active time, i64 ms (21 only)
 *       number of pending entries, and of each: ID, 16 bytes
 */
import { type Arena, type Handle, NONE } from "../storage/arena.js";
import { Id } from "../storage/id.js";
import { IdCursor } from "../storage/id-tree.js";
import type { NameList } from "../storage/name-list.js";
import { type Count, shortenCount } from "./group-blocks.js";
import { RDB_STREAM_2, RDB_STREAM_3 } from "./rdb-format.js";
import { CorruptDumpError, type RdbReader } from "./rdb-reader.js";
import type { RdbWriter } from "./rdb-writer.js";
import type { StreamGroups } from "./stream-groups.js";

const id = new Id();
const ownCursor = new IdCursor();

export function dumpGroups(groups: StreamGroups, arena: Arena, list: Handle, out: RdbWriter): void {
  const { blocks, pending } = groups;
  const count = groups.count(list);
  out.writeLength(count);
  for (let i = 0; i < count; i++) {
    const group = blocks.groups.block(list, i);
    writeName(arena, blocks.groups, group, out);
    blocks.readLastId(group, id);
    out.writeId(id);
    writeCount(out, blocks.entriesRead(group));
    out.writeLength(pending.count(group));
    for (let more = pending.seekFirst(group); more; more = pending.next()) {
      pending.readId(id);
      out.writeRawId(id);
      out.writeMilliseconds(pending.deliveryTime);
      writeCount(out, pending.deliveries);
    }
    const consumers = blocks.consumerList(group);
    const consumerCount = blocks.consumers.count(consumers);
    out.writeLength(consumerCount);
    for (let k = 0; k < consumerCount; k++) {
      const consumer = blocks.consumers.block(consumers, k);
      writeName(arena, blocks.consumers, consumer, out);
      out.writeMilliseconds(blocks.seenTime(consumer));
      out.writeMilliseconds(blocks.activeTime(consumer));
      out.writeLength(pending.ownCount(consumer));
      const root = blocks.ownPending(consumer);
      for (let more = pending.own.seekFirst(root, ownCursor); more; more = pending.own.next(ownCursor)) {
        pending.own.readId(ownCursor, id);
        out.writeRawId(id);
      }
    }
  }
}

export function loadGroups(groups: StreamGroups, reader: RdbReader, rdbType: number, head: Handle): void {
  for (let left = reader.readLength(); left > 0; left--) {
    // The group is made before more is read, and reading an ID leaves the string where it is.
    reader.readString();
    const { stringStart, stringEnd } = reader;
    const name = viewOf(reader.stringBytes);
    reader.readId(id);
    const read = rdbType >= RDB_STREAM_2 ? readCount(reader) : groups.counters.estimate(head, id);
    const group = groups.create(head, name, stringStart, stringEnd - stringStart, id, read);
    if (group === NONE) throw new CorruptDumpError("a consumer group twice");
    loadPending(groups, reader, group);
    let unowned = groups.pending.count(group);
    for (let consumers = reader.readLength(); consumers > 0; consumers--) {
      unowned -= loadConsumer(groups, reader, rdbType, group);
    }
    if (unowned !== 0) throw new CorruptDumpError("a pending entry of no consumer");
  }
}

/** The group's entries; their consumers are yet to come. */
function loadPending(groups: StreamGroups, reader: RdbReader, group: Handle): void {
  const { pending, blocks } = groups;
  const root = blocks.pending(group);
  for (let left = reader.readLength(); left > 0; left--) {
    reader.readRawId(id);
    const time = reader.readMillisecondsExact();
    const deliveries = readCount(reader);
    if (!pending.all.insert(root, id, pending.cursor)) throw new CorruptDumpError("a pending entry twice");
    pending.setDeliveryTime(time);
    pending.setDeliveries(deliveries);
  }
}

/** How many pending entries the consumer has. */
function loadConsumer(groups: StreamGroups, reader: RdbReader, rdbType: number, group: Handle): number {
  const { pending, blocks } = groups;
  reader.readString();
  const { stringStart, stringEnd } = reader;
  const consumer = groups.createConsumer(group, viewOf(reader.stringBytes), stringStart, stringEnd - stringStart);
  if (consumer === NONE) throw new CorruptDumpError("a consumer twice");
  const seen = reader.readMillisecondsExact();
  blocks.setSeenTime(consumer, seen);
  blocks.setActiveTime(consumer, rdbType >= RDB_STREAM_3 ? reader.readMillisecondsExact() : seen);
  const count = reader.readLength();
  for (let left = count; left > 0; left--) {
    reader.readRawId(id);
    if (!pending.find(group, id)) throw new CorruptDumpError("a consumer's entry that is not pending in its group");
    if (pending.consumer !== NONE) throw new CorruptDumpError("a pending entry of two consumers");
    pending.own.insert(blocks.ownPending(consumer), id, ownCursor);
    pending.setConsumer(consumer);
  }
  return count;
}

/** A signed number, as a length of 64 bits. */
function writeCount(out: RdbWriter, count: Count): void {
  out.writeLength(count >= 0 ? count : BigInt.asUintN(64, BigInt(count)));
}

function readCount(reader: RdbReader): Count {
  const count = reader.readLengthExact();
  return typeof count === "bigint" ? shortenCount(BigInt.asIntN(64, count)) : count;
}

function writeName(arena: Arena, names: NameList, block: Handle, out: RdbWriter): void {
  const start = names.nameStart(block);
  out.writeString(arena.window(block).bytes, start, start + names.nameLength(block));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
