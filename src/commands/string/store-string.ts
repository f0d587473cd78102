/** Sets a key to an argument: what SET and its relatives share. */
import type { Deadline } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { EVENT_STRING } from "../effects.js";

/** Sets the key at argument `key` to argument `value`, and tells of it. */
export function storeString(ctx: CommandContext, args: Args, key: number, value: number, deadline: Deadline): void {
  ctx.strings.set(
    ctx.db,
    args.view,
    args.start(key),
    args.byteLength(key),
    args.view,
    args.start(value),
    args.byteLength(value),
    deadline,
  );
  ctx.effects.keyChanged(ctx.db, args, key, EVENT_STRING, "set");
}
