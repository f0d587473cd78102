import type { Database } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import { encodeReply } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { isInt32 } from "../database-argument.js";
import { arg, defineCommand } from "../define.js";
import { ERR_DB_INDEX } from "../errors.js";

const ERR_FIRST_INDEX = encodeReply("-ERR invalid first DB index\r\n");
const ERR_SECOND_INDEX = encodeReply("-ERR invalid second DB index\r\n");

export const swapdb = defineCommand({
  name: "swapdb",
  group: "server",
  since: "4.0.0",
  complexity: "O(N) for N watched keys",
  summary: "Exchanges the contents of two databases; their clients see the other one's keys at once.",
  arity: 3,
  flags: ["write", "fast"],
  acl: ["keyspace", "dangerous"],
  args: [arg.integer("index1"), arg.integer("index2")],
  run(ctx, args, out) {
    if (!isInt32(args.readInteger(1))) return out.error(ERR_FIRST_INDEX);
    if (!isInt32(args.readInteger(2))) return out.error(ERR_SECOND_INDEX);
    const first = findDatabase(ctx, args, 1);
    const second = findDatabase(ctx, args, 2);
    if (first === undefined || second === undefined) return out.error(ERR_DB_INDEX);
    if (first !== second) {
      ctx.effects.databaseChanged(first, second);
      ctx.effects.databaseChanged(second, first);
      ctx.keyspace.swap(first, second);
    }
    ctx.effects.dirty++;
    out.ok();
  },
});

function findDatabase(ctx: CommandContext, args: Args, i: number): Database | undefined {
  return ctx.keyspace.databases[args.readInteger(i)];
}
