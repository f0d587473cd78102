/** Answers with IDs and entries of streams, straight from where they lie. */
import { IdText } from "../../keyspace/stream-id.js";
import type { Streams } from "../../keyspace/streams.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { Handle } from "../../storage/arena.js";
import type { Id } from "../../storage/id.js";
import {
  isStringEntry,
  readEncodedSize,
  readEntryInt64,
  readEntryInteger,
  stringHeaderSize,
} from "../../storage/listpack-entry.js";
import type { StreamIterator } from "../../storage/stream-iterator.js";

const ID_TEXT = new IdText();

/** First bytes of the listpack elements that are most common: strings of up to 63 bytes. */
const SHORT_STRING = 0x80;
const SHORT_STRING_END = 0xc0;

export function replyId(id: Id, out: ReplyWriter): void {
  out.bulk(ID_TEXT.view, 0, ID_TEXT.write(id));
}

/** The entry that the iterator is on: its ID, and an array of its fields and values. */
export function replyEntry(it: StreamIterator, out: ReplyWriter): void {
  out.array(2);
  replyId(it.id, out);
  const pairs = it.fieldCount;
  out.array(2 * pairs);
  for (let i = 0; i < pairs; i++) {
    it.nextPair();
    replyElement(it, it.fieldAt, out);
    replyElement(it, it.valueAt, out);
  }
}

/** An array of the entries from `from` to `to`, at most `limit` (0: all of them); how many there are. */
export function replyRange(
  streams: Streams,
  head: Handle,
  from: Id,
  to: Id,
  limit: number,
  reverse: boolean,
  out: ReplyWriter,
): number {
  const { iterator } = streams;
  iterator.start(streams.heads.nodes(head), from, to, reverse);
  if (iterator.next()) return replyOnward(iterator, limit, out);
  out.array(0);
  return 0;
}

/** The same from the entry on that the iterator is on. */
export function replyOnward(it: StreamIterator, limit: number, out: ReplyWriter): number {
  const mark = out.beginArray();
  let count = 0;
  do {
    replyEntry(it, out);
    count++;
  } while (count !== limit && it.next());
  out.endArray(mark, count);
  return count;
}

function replyElement(it: StreamIterator, at: number, out: ReplyWriter): void {
  const { bytes, view } = it;
  const first = bytes[at] ?? 0;
  if (first >= SHORT_STRING && first < SHORT_STRING_END) return out.bulk(view, at + 1, at + 1 + (first & 63));
  if (isStringEntry(first)) return out.bulk(view, at + stringHeaderSize(first), at + readEncodedSize(bytes, at));
  const value = readEntryInteger(view, at);
  if (Number.isSafeInteger(value)) out.bulkInteger(value);
  else out.bulkText(readEntryInt64(view, at).toString());
}
