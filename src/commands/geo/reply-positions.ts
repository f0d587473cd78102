/** Replies about the positions of members: what GEOPOS and GEOHASH share. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { decodeScore, Position } from "./position-code.js";

const position = new Position();

/** Answers an array with what `reply` writes for each member argument, and a null where there is no such member. */
export function replyPositions(
  ctx: CommandContext,
  args: Args,
  out: ReplyWriter,
  reply: (out: ReplyWriter, position: Position) => void,
  missing: "nil" | "nilArray",
): void {
  const { sortedSets } = ctx;
  const record = ctx.db.find(args, 1);
  if (record !== NO_ENTRY && !sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
  out.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    if (record !== NO_ENTRY && sortedSets.find(record, args.view, args.start(i), args.byteLength(i))) {
      decodeScore(sortedSets.score, position);
      reply(out, position);
    } else {
      out[missing]();
    }
  }
}
