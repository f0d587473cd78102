/** An argument that names a database: SELECT, MOVE, COPY and SWAPDB read theirs here. */
import type { Database } from "../keyspace/database.js";
import type { Args } from "../resp/args.js";
import { encodeReply, type ReplyWriter } from "../resp/reply-writer.js";
import type { CommandContext } from "./context.js";
import { ERR_DB_INDEX, ERR_NOT_INTEGER } from "./errors.js";

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
const ERR_NOT_INT32 = encodeReply(`-ERR value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}\r\n`);

/** The database of argument i; null when there is none, and then the client has its error. */
export function readDatabaseOrReply(ctx: CommandContext, args: Args, i: number, out: ReplyWriter): Database | null {
  const index = args.readInteger(i);
  const db = ctx.keyspace.databases[index];
  if (db !== undefined) return db;
  if (Number.isNaN(index)) out.error(ERR_NOT_INTEGER);
  else out.error(isInt32(index) ? ERR_DB_INDEX : ERR_NOT_INT32);
  return null;
}

export function isInt32(value: number): boolean {
  return value >= INT32_MIN && value <= INT32_MAX;
}
