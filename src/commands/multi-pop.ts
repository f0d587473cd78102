/**
 * What LMPOP and ZMPOP, and the forms of them that wait, have in common: `numkeys key … end [COUNT count]`, and a pop
 * from the first of the keys that has anything.
 */
import { NO_ENTRY } from "../keyspace/database.js";
import type { Record } from "../keyspace/record.js";
import { type Args, keyword } from "../resp/args.js";
import { encodeReply, type ReplyWriter } from "../resp/reply-writer.js";
import type { CommandContext } from "./context.js";
import { type ArgSpec, arg, type CommandRun } from "./define.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "./errors.js";
import { readTimeoutOrReply } from "./timeout-argument.js";

const COUNT = keyword("COUNT");
const ERR_NUMKEYS = encodeReply("-ERR numkeys should be greater than 0\r\n");
const ERR_COUNT = encodeReply("-ERR count should be greater than 0\r\n");

/** One type's part in it. `End` names an end of its values. */
export interface MultiPop<End> {
  readonly type: number;
  /** The end that argument i names, or null. */
  readEnd(args: Args, i: number): End | null;
  /** The command that others are told, which pops from that end. */
  popName(end: End): string;
  /** Pops at most `limit` elements of the value of argument `key`, and replies them; how many there were. */
  pop(ctx: CommandContext, args: Args, key: number, record: Record, end: End, limit: number, out: ReplyWriter): number;
}

interface Request<End> {
  readonly firstKey: number;
  readonly keyCount: number;
  readonly end: End;
  readonly limit: number;
}

/** The arguments for COMMAND DOCS; `end` is that of the type. */
export function multiPopArgs(end: ArgSpec): ArgSpec[] {
  const count = arg.optional(arg.integer("count", { token: "COUNT" }));
  return [arg.integer("numkeys"), arg.multiple(arg.key("key")), end, count];
}

export function runMultiPop<End>(shape: MultiPop<End>): CommandRun {
  return (ctx, args, out) => {
    const request = readRequestOrReply(shape, args, 1, out);
    if (request !== null && !popFirst(shape, ctx, args, request, out)) out.nilArray();
  };
}

export function runBlockingMultiPop<End>(shape: MultiPop<End>): CommandRun {
  return (ctx, args, out) => {
    const request = readRequestOrReply(shape, args, 2, out);
    if (request === null) return;
    const deadline = readTimeoutOrReply(ctx, args, 1, out);
    if (Number.isNaN(deadline) || popFirst(shape, ctx, args, request, out)) return;
    if (ctx.session.denyBlocking) return out.nilArray();
    const { firstKey, keyCount } = request;
    ctx.session.block({ args, firstKey, keyCount, type: shape.type, deadline });
  };
}

/** Reads the arguments from `numkeys` on; null when the client has got an error. */
function readRequestOrReply<End>(
  shape: MultiPop<End>,
  args: Args,
  numkeys: number,
  out: ReplyWriter,
): Request<End> | null {
  const keyCount = args.readInteger(numkeys);
  if (!(keyCount > 0)) return refuse(out, ERR_NUMKEYS);
  const where = numkeys + keyCount + 1;
  if (where >= args.count) return refuse(out, ERR_SYNTAX);
  const end = shape.readEnd(args, where);
  if (end === null) return refuse(out, ERR_SYNTAX);
  let limit = 1;
  if (args.count > where + 1) {
    if (args.count < where + 3 || !args.is(where + 1, COUNT)) return refuse(out, ERR_SYNTAX);
    limit = args.readInteger(where + 2);
    if (!(limit > 0)) return refuse(out, ERR_COUNT);
    if (args.count > where + 3) return refuse(out, ERR_SYNTAX);
  }
  return { firstKey: numkeys + 1, keyCount, end, limit };
}

function refuse(out: ReplyWriter, error: Uint8Array): null {
  out.error(error);
  return null;
}

/** Pops from the first value that is there; true when the client has got an answer. */
function popFirst<End>(
  shape: MultiPop<End>,
  ctx: CommandContext,
  args: Args,
  request: Request<End>,
  out: ReplyWriter,
): boolean {
  const { db, effects, keyspace } = ctx;
  const { firstKey, keyCount, end, limit } = request;
  for (let key = firstKey; key < firstKey + keyCount; key++) {
    const record = db.findForWrite(args, key);
    if (record === NO_ENTRY) continue;
    if (keyspace.records.type(record) !== shape.type) {
      out.error(ERR_WRONG_TYPE);
      return true;
    }
    out.array(2);
    out.bulk(args.view, args.start(key), args.end(key));
    const count = shape.pop(ctx, args, key, record, end, limit, out);
    // To others it is a plain pop, of as many elements as there were.
    if (effects.propagates) effects.propagateAs(db, [shape.popName(end), args.copy(key), String(count)]);
    return true;
  }
  return false;
}
