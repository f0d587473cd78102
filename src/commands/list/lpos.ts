import { NO_ENTRY } from "../../keyspace/database.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { readSymmetricOrReply } from "./symmetric-integer.js";

const RANK = keyword("RANK");
const COUNT = keyword("COUNT");
const MAXLEN = keyword("MAXLEN");

const ERR_RANK = encodeReply(
  "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start " +
    "from the end of the list\r\n",
);
const ERR_COUNT = encodeReply("-ERR COUNT can't be negative\r\n");
const ERR_MAXLEN = encodeReply("-ERR MAXLEN can't be negative\r\n");

const NOT_GIVEN = -1;

interface Search {
  /** Which match is the first of interest; negative: from the end of the list. */
  rank: number;
  /** How many matches are wanted, 0 for all; NOT_GIVEN: one, and not as an array. */
  count: number;
  /** How many elements are compared; 0: all. */
  maxLength: number;
}

export const lpos = defineCommand({
  name: "lpos",
  group: "list",
  since: "6.0.6",
  complexity: "O(N) where N is the length of the list; less when the element is near the end that is searched first.",
  summary: "Finds the indexes at which an element is in a list.",
  arity: -3,
  flags: ["readonly"],
  acl: ["list"],
  keys: [keyAt(1, "RO", "access")],
  args: [
    arg.key("key"),
    arg.string("element"),
    arg.optional(arg.integer("rank", { token: "RANK" })),
    arg.optional(arg.integer("num-matches", { token: "COUNT" })),
    arg.optional(arg.integer("len", { token: "MAXLEN" })),
  ],
  run(ctx, args, out) {
    const search = { rank: 1, count: NOT_GIVEN, maxLength: 0 };
    if (args.count > 3 && !readOptionsOrReply(args, search, out)) return;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return search.count === NOT_GIVEN ? out.nil() : out.array(0);
    if (!ctx.lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    replyMatches(ctx, args, record, search, out);
  },
});

function readOptionsOrReply(args: Args, search: Search, out: ReplyWriter): boolean {
  for (let i = 3; i < args.count; i += 2) {
    const hasValue = i + 1 < args.count;
    if (hasValue && args.is(i, RANK)) {
      search.rank = readSymmetricOrReply(args, i + 1, out);
      if (Number.isNaN(search.rank)) return false;
      if (search.rank === 0) return refuse(out, ERR_RANK);
    } else if (hasValue && args.is(i, COUNT)) {
      search.count = args.readInteger(i + 1);
      if (!(search.count >= 0)) return refuse(out, ERR_COUNT);
    } else if (hasValue && args.is(i, MAXLEN)) {
      search.maxLength = args.readInteger(i + 1);
      if (!(search.maxLength >= 0)) return refuse(out, ERR_MAXLEN);
    } else {
      return refuse(out, ERR_SYNTAX);
    }
  }
  return true;
}

function refuse(out: ReplyWriter, error: Uint8Array): false {
  out.error(error);
  return false;
}

function replyMatches(ctx: CommandContext, args: Args, record: number, search: Search, out: ReplyWriter): void {
  const { lists } = ctx;
  const isArray = search.count !== NOT_GIVEN;
  const backward = search.rank < 0;
  const length = lists.count(record);
  const end = search.maxLength === 0 ? length : Math.min(search.maxLength, length);
  const wanted = search.count === 0 ? Number.POSITIVE_INFINITY : search.count;
  const mark = isArray ? out.beginArray() : null;
  let toSkip = Math.abs(search.rank) - 1;
  let found = 0;
  lists.setNeedle(args.view, args.start(2), args.byteLength(2));
  lists.seek(record, backward ? -1 : 0);
  for (let steps = 0; steps < end; steps++) {
    if (lists.matches() && toSkip-- <= 0) {
      out.integer(backward ? length - 1 - steps : steps);
      found++;
      if (!isArray) return;
      if (found === wanted) break;
    }
    if (backward) lists.previous();
    else lists.next();
  }
  if (mark === null) out.nil();
  else out.endArray(mark, found);
}
