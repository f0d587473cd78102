/** ZRANK and ZREVRANK. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { type Args, keyword } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";

const WITHSCORE = keyword("WITHSCORE");

export const zrank = defineRank("zrank", "Tells how many members of a sorted set come before one.", false);
export const zrevrank = defineRank("zrevrank", "Tells how many members of a sorted set come behind one.", true);

function defineRank(name: string, summary: string, reverse: boolean): CommandSpec {
  return defineCommand({
    name,
    group: "sorted-set",
    since: "2.0.0",
    complexity: "O(log(N)) with N members in the set",
    summary,
    arity: -3,
    flags: ["readonly", "fast"],
    acl: ["sortedset"],
    keys: [keyAt(1, "RO", "access")],
    history: [["7.2.0", "Added the optional `WITHSCORE` argument."]],
    args: [arg.key("key"), arg.string("member"), arg.optional(arg.token("WITHSCORE"))],
    run: (ctx, args, out) => replyRank(ctx, args, reverse, out),
  });
}

function replyRank(ctx: CommandContext, args: Args, reverse: boolean, out: ReplyWriter): void {
  if (args.count > 4) return out.errorText(`ERR wrong number of arguments for '${ctx.command.fullName}' command`);
  const withScore = args.count === 4;
  if (withScore && !args.is(3, WITHSCORE)) return out.error(ERR_SYNTAX);
  const { sortedSets } = ctx;
  const record = ctx.db.find(args, 1);
  if (record !== NO_ENTRY && !sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
  if (record === NO_ENTRY || !sortedSets.find(record, args.view, args.start(2), args.byteLength(2))) {
    return withScore ? out.nilArray() : out.nil();
  }
  const rank = sortedSets.rank(record);
  if (withScore) out.array(2);
  out.integer(reverse ? sortedSets.count(record) - 1 - rank : rank);
  if (withScore) out.double(sortedSets.score);
}
