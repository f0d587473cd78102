/**
 * How many members a negative count may ask for: HRANDFIELD, SRANDMEMBER and ZRANDMEMBER draw as often as they are told,
 * and each draw is output. Their loops end when the writer has overflowed.
 */
import type { ReplyWriter } from "../resp/reply-writer.js";

/** So many draws take about a second, and no client wants more in one reply. */
const REPEATED_MAX = 2 ** 25;
/** Where less output than this is allowed, that limit ends the reply before it takes as long. */
const CUT_BELOW_BYTES = 2 ** 28;

/** Whether so many draws would stop everybody else for too long: to be refused. */
export function drawsTooLong(times: number, out: ReplyWriter): boolean {
  return times > REPEATED_MAX && out.limitBytes > CUT_BELOW_BYTES;
}
