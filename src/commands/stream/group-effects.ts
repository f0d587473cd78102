/**
 * How reads and claims go to the AOF and to replicas: not as they came, since what they do depends on the time and on
 * what was pending, but as the changes that they made. Each function does nothing unless somebody follows.
 */
import { formatId } from "../../keyspace/stream-id.js";
import type { Args } from "../../resp/args.js";
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";

const lastId = new Id();

/** Where the words of a call are: its key and its group. */
export interface GroupPlace {
  readonly key: number;
  readonly group: number;
}

/** The pending entry of this ID, on which the cursor is, as it is now: an XCLAIM that makes it so in any case. */
export function propagateClaim(
  ctx: CommandContext,
  args: Args,
  place: GroupPlace,
  group: Handle,
  id: string | Uint8Array,
): void {
  const { effects, streams } = ctx;
  if (!effects.propagates) return;
  const { blocks, pending } = streams.groups;
  blocks.readLastId(group, lastId);
  effects.propagateAs(ctx.db, [
    "XCLAIM",
    args.copy(place.key),
    args.copy(place.group),
    consumerName(ctx, pending.consumer),
    "0",
    id,
    "TIME",
    String(pending.deliveryTime),
    "RETRYCOUNT",
    String(pending.deliveries),
    "FORCE",
    "JUSTID",
    "LASTID",
    formatId(lastId),
  ]);
}

/** The group's last delivered ID, with the count of entries read. */
export function propagateLastId(ctx: CommandContext, args: Args, place: GroupPlace, group: Handle): void {
  const { effects, streams } = ctx;
  if (!effects.propagates) return;
  const { blocks } = streams.groups;
  blocks.readLastId(group, lastId);
  effects.propagateAs(ctx.db, [
    "XGROUP",
    "SETID",
    args.copy(place.key),
    args.copy(place.group),
    formatId(lastId),
    "ENTRIESREAD",
    String(blocks.entriesRead(group)),
  ]);
}

/** A consumer that nothing was delivered to for keeping: no XCLAIM makes it elsewhere. */
export function propagateConsumer(ctx: CommandContext, args: Args, place: GroupPlace, consumer: number): void {
  if (!ctx.effects.propagates) return;
  const words = [args.copy(place.key), args.copy(place.group), args.copy(consumer)];
  ctx.effects.propagateAs(ctx.db, ["XGROUP", "CREATECONSUMER", ...words]);
}

function consumerName(ctx: CommandContext, consumer: Handle): Uint8Array {
  if (consumer === NONE) return new Uint8Array(0);
  const { consumers } = ctx.streams.groups.blocks;
  const { bytes } = ctx.keyspace.arena.window(consumer);
  const start = consumers.nameStart(consumer);
  return bytes.slice(start, start + consumers.nameLength(consumer));
}
