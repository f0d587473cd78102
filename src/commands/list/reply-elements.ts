/** Answers with elements of a list, straight from where they lie. */
import type { Lists } from "../../keyspace/lists.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { END_BYTE } from "../../storage/listpack-entry.js";

/** First bytes of entries whose length takes 6 bits, and 12 bits: strings up to 63 and up to 4095 bytes. */
const SHORT_STRING = 0x80;
const MEDIUM_STRING = 0xe0;

/** The cursor's element as a bulk string. */
export function replyElement(lists: Lists, out: ReplyWriter): void {
  if (lists.locateEntry()) {
    const { view, bytes, start } = lists;
    const first = bytes[start] ?? END_BYTE;
    if (first >= SHORT_STRING && first < 0xc0) return out.bulk(view, start + 1, start + 1 + (first & 63));
    if (first >= MEDIUM_STRING && first < 0xf0) {
      const length = ((first & 15) << 8) | (bytes[start + 1] ?? 0);
      return out.bulk(view, start + 2, start + 2 + length);
    }
  }
  lists.read();
  if (lists.isInteger && Number.isSafeInteger(lists.integer)) return out.bulkInteger(lists.integer);
  if (lists.isInteger) lists.locate();
  out.bulk(lists.view, lists.start, lists.start + lists.length);
}

/** An array of `count` elements from the one at `index` on, which must be there; backward: to the head. */
export function replyElements(
  lists: Lists,
  record: number,
  index: number,
  count: number,
  backward: boolean,
  out: ReplyWriter,
): void {
  out.array(count);
  lists.seek(record, index);
  for (let left = count; left > 0; ) {
    const streamed = backward ? 0 : replyStrings(lists, left, out);
    left -= streamed;
    if (streamed > 0) continue;
    replyElement(lists, out);
    left--;
    if (backward) lists.previous();
    else lists.next();
  }
}

/**
 * Answers with the strings from the cursor on, up to the end of its listpack or an entry of another kind; moves the
 * cursor behind them and returns how many there were. One loop over bytes: what LRANGE spends its time in.
 */
function replyStrings(lists: Lists, limit: number, out: ReplyWriter): number {
  if (!lists.locateEntry()) return 0;
  const { view, bytes, start } = lists;
  let at = start;
  let count = 0;
  while (count < limit) {
    const first = bytes[at] ?? END_BYTE;
    let header = 1;
    let length: number;
    if (first >= SHORT_STRING && first < 0xc0) {
      length = first & 63;
    } else if (first >= MEDIUM_STRING && first < 0xf0) {
      header = 2;
      length = ((first & 15) << 8) | (bytes[at + 1] ?? 0);
    } else {
      break;
    }
    const data = at + header;
    out.bulk(view, data, data + length);
    // The back length takes a second byte where the entry is longer than 127 bytes.
    at = data + length + (header + length > 127 ? 2 : 1);
    count++;
  }
  if (count > 0) lists.skip(at - start);
  return count;
}
