/** The sets that a command reads: SINTER, SUNION, SDIFF and their relatives. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { SetValue } from "../../keyspace/set-value.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_WRONG_TYPE } from "../errors.js";

/** The sets of arguments [from, to) without the absent ones; null when the client has been told a wrong type. */
export function openOperandsOrReply(
  ctx: CommandContext,
  args: Args,
  from: number,
  to: number,
  out: ReplyWriter,
): SetValue[] | null {
  const { sets } = ctx;
  sets.clearOperands();
  for (let i = from; i < to; i++) {
    const record = ctx.db.find(args, i);
    if (record === NO_ENTRY) continue;
    if (!sets.isSet(record)) {
      out.error(ERR_WRONG_TYPE);
      return null;
    }
    sets.openOperand(record);
  }
  return sets.operands;
}
