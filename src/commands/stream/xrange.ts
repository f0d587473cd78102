/** XRANGE and XREVRANGE. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { type Args, keyword } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { readEndOrReply, readStartOrReply } from "./id-arguments.js";
import { replyRange } from "./reply-entries.js";

const COUNT = keyword("COUNT");
const NO_LIMIT = 0;
/** What readCountOrReply answers for a COUNT of 0 or less. */
const NOTHING = -1;

const FROM = new Id();
const TO = new Id();

function defineRange(name: string, summary: string, complexity: string, reverse: boolean): CommandSpec {
  const bounds = [arg.string("start"), arg.string("end")];
  return defineCommand({
    name,
    group: "stream",
    since: "5.0.0",
    complexity,
    summary,
    arity: -4,
    flags: ["readonly"],
    acl: ["stream"],
    keys: [keyAt(1, "RO", "access")],
    args: [
      arg.key("key"),
      ...(reverse ? bounds.reverse() : bounds),
      arg.optional(arg.integer("count", { token: "COUNT" })),
    ],
    history: [["6.2.0", "Added exclusive ranges."]],
    run: (ctx, args, out) => replyBetween(ctx, args, reverse, out),
  });
}

export const xrange = defineRange(
  "xrange",
  "The entries of a stream between two IDs.",
  "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
  false,
);
export const xrevrange = defineRange(
  "xrevrange",
  "The entries of a stream between two IDs, the last one first.",
  "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
  true,
);

function replyBetween(ctx: CommandContext, args: Args, reverse: boolean, out: ReplyWriter): void {
  const { streams } = ctx;
  if (!readStartOrReply(args, reverse ? 3 : 2, FROM, out)) return;
  if (!readEndOrReply(args, reverse ? 2 : 3, TO, out)) return;
  const limit = readCountOrReply(args, out);
  if (Number.isNaN(limit)) return;
  const record = ctx.db.find(args, 1);
  if (record === NO_ENTRY) return out.array(0);
  if (!streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
  if (limit === NOTHING) return out.nilArray();
  replyRange(streams, streams.head(record), FROM, TO, limit, reverse, out);
}

/** How many entries COUNT asks for, NO_LIMIT, or NOTHING; NaN when the client has got an error. */
function readCountOrReply(args: Args, out: ReplyWriter): number {
  let limit = NO_LIMIT;
  for (let i = 4; i < args.count; i += 2) {
    if (i + 1 === args.count || !args.is(i, COUNT)) {
      out.error(ERR_SYNTAX);
      return Number.NaN;
    }
    const count = args.readInteger(i + 1);
    if (Number.isNaN(count)) {
      out.error(ERR_NOT_INTEGER);
      return Number.NaN;
    }
    limit = count > 0 ? count : NOTHING;
  }
  return limit;
}
