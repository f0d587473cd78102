/** MSET and MSETNX. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { DEADLINE_NONE } from "../../keyspace/strings.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyRange } from "../define.js";
import { storeString } from "./store-string.js";

const PAIRS = arg.multiple(arg.block("data", [arg.key("key"), arg.string("value")]));

export const mset = defineCommand({
  name: "mset",
  group: "string",
  since: "1.0.1",
  complexity: "O(N) where N is the number of keys.",
  summary: "Sets several keys to strings at once.",
  arity: -3,
  flags: ["write", "denyoom"],
  acl: ["string"],
  tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
  keys: [keyRange(1, -1, 2, "OW", "update")],
  args: [PAIRS],
  run(ctx, args, out) {
    if (!hasPairsOrReply(ctx, args, out)) return;
    storePairs(ctx, args);
    out.ok();
  },
});

export const msetnx = defineCommand({
  name: "msetnx",
  group: "string",
  since: "1.0.1",
  complexity: "O(N) where N is the number of keys.",
  summary: "Sets several keys to strings at once, unless one of them exists.",
  arity: -3,
  flags: ["write", "denyoom"],
  acl: ["string"],
  keys: [keyRange(1, -1, 2, "OW", "insert")],
  args: [PAIRS],
  run(ctx, args, out) {
    if (!hasPairsOrReply(ctx, args, out)) return;
    for (let i = 1; i < args.count; i += 2) {
      if (ctx.db.findForWrite(args, i) !== NO_ENTRY) return out.integer(0);
    }
    storePairs(ctx, args);
    out.integer(1);
  },
});

function hasPairsOrReply(ctx: CommandContext, args: Args, out: ReplyWriter): boolean {
  if (args.count % 2 === 1) return true;
  out.errorText(`ERR wrong number of arguments for '${ctx.command.fullName}' command`);
  return false;
}

function storePairs(ctx: CommandContext, args: Args): void {
  for (let i = 1; i < args.count; i += 2) storeString(ctx, args, i, i + 1, DEADLINE_NONE);
}
