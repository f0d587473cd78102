/** What SINTERSTORE, SUNIONSTORE and SDIFFSTORE do with their result: argument 1 is the key it goes to. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { SetValue } from "../../keyspace/set-value.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { EVENT_GENERIC, EVENT_SET } from "../effects.js";

export function storeResult(ctx: CommandContext, args: Args, result: SetValue, event: string, out: ReplyWriter): void {
  const { sets, db } = ctx;
  const size = sets.size(result);
  if (size === 0) {
    sets.free(result);
    return storeNothing(ctx, args, out);
  }
  sets.store(result, db, args.view, args.start(1), args.byteLength(1));
  ctx.effects.keyChanged(db, args, 1, EVENT_SET, event);
  out.integer(size);
}

/** An empty result: the key is deleted. */
export function storeNothing(ctx: CommandContext, args: Args, out: ReplyWriter): void {
  const { db } = ctx;
  const old = db.findRaw(args.view, args.start(1), args.byteLength(1));
  if (old !== NO_ENTRY) {
    db.removeReplaced(old);
    ctx.effects.keyChanged(db, args, 1, EVENT_GENERIC, "del");
  }
  out.integer(0);
}
