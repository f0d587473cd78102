/** What the commands share that put fields into a hash. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_WRONG_TYPE } from "../errors.js";

/** The hash of argument 1, a new one when the key is missing; NO_ENTRY when the client has its error. */
export function findOrCreateHash(ctx: CommandContext, args: Args, out: ReplyWriter): Record {
  const { db, hashes } = ctx;
  const record = db.findForWrite(args, 1);
  if (record === NO_ENTRY) return hashes.create(db, args.view, args.start(1), args.byteLength(1));
  if (hashes.isHash(record)) return record;
  out.error(ERR_WRONG_TYPE);
  return NO_ENTRY;
}

/**
 * After hashes.find() has not found a field that is about to be set: where the last field had expired, the key went
 * with it, and comes anew.
 */
export function revive(ctx: CommandContext, args: Args, record: Record): Record {
  const { db, hashes } = ctx;
  if (hashes.expired === 0 || !hashes.settle(db, record)) return record;
  return hashes.create(db, args.view, args.start(1), args.byteLength(1));
}

/** Makes the hash a table at once where this many fields at a time do not fit a listpack. */
export function makeRoom(ctx: CommandContext, record: Record, fields: number): void {
  if (fields > ctx.keyspace.encodingLimits.hashMaxListpackEntries) ctx.hashes.makeTable(record);
}

/** Sets the field of argument i to argument i + 1; true when the field is new. */
export function setField(ctx: CommandContext, record: Record, args: Args, i: number, keepsDeadline: boolean): boolean {
  const { view } = args;
  return ctx.hashes.set(
    record,
    view,
    args.start(i),
    args.byteLength(i),
    view,
    args.start(i + 1),
    args.byteLength(i + 1),
    keepsDeadline,
  );
}
