import type { SetValue } from "../../keyspace/set-value.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { EVENT_GENERIC } from "../effects.js";

/** Deletes the key at argument i when its set has become empty: part of the change that emptied it. */
export function deleteEmpty(ctx: CommandContext, args: Args, i: number, set: SetValue): void {
  if (ctx.sets.size(set) > 0) return;
  ctx.db.remove(set.record);
  ctx.effects.notify(ctx.db, args.view, args.start(i), args.byteLength(i), EVENT_GENERIC, "del");
}
