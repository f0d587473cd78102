/** Integers whose negative must be one, too: the count of LREM, the rank of LPOS. */
import type { Args } from "../../resp/args.js";
import { INT64_MIN } from "../../resp/numbers.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { ERR_NOT_INTEGER } from "../errors.js";

const ERR_NOT_SYMMETRIC = encodeReply(
  "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
);

/** NaN when the client has got an error instead. */
export function readSymmetricOrReply(args: Args, i: number, out: ReplyWriter): number {
  const value = args.readInteger(i);
  if (Number.isNaN(value)) {
    out.error(ERR_NOT_INTEGER);
  } else if (!Number.isSafeInteger(value) && args.readInt64(i) === INT64_MIN) {
    out.error(ERR_NOT_SYMMETRIC);
    return Number.NaN;
  }
  return value;
}
