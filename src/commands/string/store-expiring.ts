/** Sets a key with a deadline: SET with EX, PX, EXAT or PXAT, SETEX and PSETEX. */
import type { Deadline } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { EVENT_GENERIC } from "../effects.js";
import { storeString } from "./store-string.js";

/**
 * Like storeString, with the second event that a deadline has. Unless the client gave milliseconds of Unix time
 * itself (`isAbsolute`), the change goes out as SET … PXAT: elsewhere it is later by then.
 */
export function storeExpiring(
  ctx: CommandContext,
  args: Args,
  key: number,
  value: number,
  deadline: Deadline,
  isAbsolute: boolean,
): void {
  const { db, effects } = ctx;
  storeString(ctx, args, key, value, deadline);
  effects.notify(db, args.view, args.start(key), args.byteLength(key), EVENT_GENERIC, "expire");
  if (isAbsolute || !effects.propagates) return;
  effects.propagateAs(db, ["SET", args.copy(key), args.copy(value), "PXAT", String(deadline)]);
}
