/** ZADD and ZINCRBY, which is ZADD … INCR. */
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_FLOAT, ERR_SYNTAX } from "../errors.js";
import {
  addMembers,
  OPTION_CH,
  OPTION_GT,
  OPTION_INCR,
  OPTION_LT,
  OPTION_NX,
  OPTION_XX,
  reserveScores,
} from "./add-members.js";

const NX = keyword("NX");
const XX = keyword("XX");
const GT = keyword("GT");
const LT = keyword("LT");
const CH = keyword("CH");
const INCR = keyword("INCR");

const ERR_XX_AND_NX = encodeReply("-ERR XX and NX options at the same time are not compatible\r\n");
const ERR_GT_LT_NX = encodeReply("-ERR GT, LT, and/or NX options at the same time are not compatible\r\n");
const ERR_INCR_PAIRS = encodeReply("-ERR INCR option supports a single increment-element pair\r\n");

export const zadd = defineCommand({
  name: "zadd",
  group: "sorted-set",
  since: "1.2.0",
  complexity: "O(log(N)) for each member, with N members in the set",
  summary: "Adds members with scores to a sorted set, or changes their scores.",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RW", "update")],
  history: [
    ["2.4.0", "Accepts multiple elements."],
    ["3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."],
    ["6.2.0", "Added the `GT` and `LT` options."],
  ],
  args: [
    arg.key("key"),
    arg.optional(arg.oneOf("condition", [arg.token("NX"), arg.token("XX")], { since: "3.0.2" })),
    arg.optional(arg.oneOf("comparison", [arg.token("GT"), arg.token("LT")], { since: "6.2.0" })),
    arg.optional({ ...arg.token("CH", { since: "3.0.2" }), name: "change" }),
    arg.optional({ ...arg.token("INCR", { since: "3.0.2" }), name: "increment" }),
    arg.multiple(arg.block("data", [arg.double("score"), arg.string("member")])),
  ],
  run(ctx, args, out) {
    let options = 0;
    let first = 2;
    for (; first < args.count; first++) {
      const option = readOption(args, first);
      if (option === 0) break;
      options |= option;
    }
    const pairs = (args.count - first) / 2;
    if (pairs === 0 || !Number.isInteger(pairs)) return out.error(ERR_SYNTAX);
    if (options & OPTION_NX && options & OPTION_XX) return out.error(ERR_XX_AND_NX);
    const exclusive = options & (OPTION_NX | OPTION_GT | OPTION_LT);
    if ((exclusive & (exclusive - 1)) !== 0) return out.error(ERR_GT_LT_NX);
    if (options & OPTION_INCR && pairs > 1) return out.error(ERR_INCR_PAIRS);
    addPairs(ctx, args, options, first, pairs, out);
  },
});

export const zincrby = defineCommand({
  name: "zincrby",
  group: "sorted-set",
  since: "1.2.0",
  complexity: "O(log(N)) with N members in the set",
  summary: "Adds to the score of a member of a sorted set; a missing member counts as 0.",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.integer("increment"), arg.string("member")],
  run(ctx, args, out) {
    // As in Redis, where ZADD's options are read here too and leave no pair.
    if (readOption(args, 2) !== 0) return out.error(ERR_SYNTAX);
    addPairs(ctx, args, OPTION_INCR, 2, 1, out);
  },
});

function readOption(args: Args, i: number): number {
  // Most often it is a score: letters only are looked at further.
  if (args.byteLength(i) < 2 || args.byteAt(i, 0) < 65) return 0;
  if (args.is(i, NX)) return OPTION_NX;
  if (args.is(i, XX)) return OPTION_XX;
  if (args.is(i, GT)) return OPTION_GT;
  if (args.is(i, LT)) return OPTION_LT;
  if (args.is(i, CH)) return OPTION_CH;
  return args.is(i, INCR) ? OPTION_INCR : 0;
}

/** Adds or updates the pairs of score and member from argument `first` on, and answers. */
function addPairs(ctx: CommandContext, args: Args, options: number, first: number, pairs: number, out: ReplyWriter) {
  // All are read before the first one is used.
  const scores = reserveScores(pairs);
  for (let i = 0; i < pairs; i++) {
    const score = args.readDouble(first + 2 * i);
    if (Number.isNaN(score)) return out.error(ERR_NOT_FLOAT);
    scores[i] = score;
  }
  addMembers(ctx, args, options, first + 1, 2, pairs, out);
}
