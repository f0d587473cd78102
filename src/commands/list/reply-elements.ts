/** Answers with elements of a list, straight from where they lie. */
import type { Lists } from "../../keyspace/lists.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";

/** The cursor's element as a bulk string. */
export function replyElement(lists: Lists, out: ReplyWriter): void {
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
  for (let left = count; left > 0; left--) {
    replyElement(lists, out);
    if (backward) lists.previous();
    else lists.next();
  }
}
