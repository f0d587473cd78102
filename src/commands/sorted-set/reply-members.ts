/** Answers with members of a sorted set, one after another: what the ZRANGE family, ZUNION and ZRANDMEMBER share. */
import type { SortedSetCursor } from "../../keyspace/sorted-set-cursor.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";

/** The header for so many members. With scores RESP2 has one flat array, RESP3 pairs: their order must not get lost. */
export function beginMembers(out: ReplyWriter, count: number, withScores: boolean): void {
  out.array(withScores && out.resp === 2 ? 2 * count : count);
}

/** The member at the cursor. */
export function replyMember(out: ReplyWriter, cursor: SortedSetCursor, withScores: boolean): void {
  if (withScores && out.resp === 3) out.array(2);
  out.bulk(cursor.view, cursor.start, cursor.start + cursor.length);
  if (withScores) out.double(cursor.score);
}

/** `count` members from the cursor on, which stands on the first of them. */
export function replyMembers(out: ReplyWriter, cursor: SortedSetCursor, count: number, withScores: boolean): void {
  beginMembers(out, count, withScores);
  for (let left = count; left > 0; left--) {
    replyMember(out, cursor, withScores);
    if (left > 1) cursor.next();
  }
}
