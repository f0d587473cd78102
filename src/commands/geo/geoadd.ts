import { type Args, keyword } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";
import { addMembers, OPTION_CH, OPTION_NX, OPTION_XX, reserveScores } from "../sorted-set/add-members.js";
import { readPositionOrReply } from "./arguments.js";
import { encodePosition, Position } from "./position-code.js";

const NX = keyword("NX");
const XX = keyword("XX");
const CH = keyword("CH");

const position = new Position();

export const geoadd = defineCommand({
  name: "geoadd",
  group: "geo",
  since: "3.2.0",
  complexity: "O(log(N)) for each member, with N members in the set",
  summary: "Adds members with positions to a sorted set, or changes their positions.",
  arity: -5,
  flags: ["write", "denyoom"],
  acl: ["geo"],
  keys: [keyAt(1, "RW", "update")],
  history: [["6.2.0", "Added the `CH`, `NX` and `XX` options."]],
  args: [
    arg.key("key"),
    arg.optional(arg.oneOf("condition", [arg.token("NX"), arg.token("XX")], { since: "6.2.0" })),
    arg.optional({ ...arg.token("CH", { since: "6.2.0" }), name: "change" }),
    arg.multiple(arg.block("data", [arg.double("longitude"), arg.double("latitude"), arg.string("member")])),
  ],
  run(ctx, args, out) {
    let options = 0;
    let first = 2;
    for (; first < args.count; first++) {
      const option = readOption(args, first);
      if (option === 0) break;
      options |= option;
    }
    const count = (args.count - first) / 3;
    if (count === 0 || !Number.isInteger(count)) return out.error(ERR_SYNTAX);
    if (options & OPTION_NX && options & OPTION_XX) return out.error(ERR_SYNTAX);
    const scores = reserveScores(count);
    for (let i = 0; i < count; i++) {
      if (!readPositionOrReply(args, first + 3 * i, position, out)) return;
      scores[i] = encodePosition(position.longitude, position.latitude);
    }
    const { dirty } = ctx.effects;
    addMembers(ctx, args, options, first + 2, 3, count, out);
    if (ctx.effects.propagates && ctx.effects.dirty !== dirty) propagateScores(ctx, args, first, scores, count);
  },
});

function readOption(args: Args, i: number): number {
  if (args.is(i, NX)) return OPTION_NX;
  if (args.is(i, XX)) return OPTION_XX;
  return args.is(i, CH) ? OPTION_CH : 0;
}

/** Elsewhere it is a ZADD: nobody else needs to know how positions become scores. */
function propagateScores(ctx: CommandContext, args: Args, first: number, scores: Float64Array, count: number): void {
  const words: (string | Uint8Array)[] = ["zadd"];
  for (let i = 1; i < first; i++) words.push(args.copy(i));
  for (let i = 0; i < count; i++) words.push(String(scores[i]), args.copy(first + 3 * i + 2));
  ctx.effects.propagateAs(ctx.db, words);
}
