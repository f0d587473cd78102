/** ZMPOP and BZMPOP. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { TYPE_SORTED_SET } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyCount } from "../define.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { readTimeoutOrReply } from "../timeout-argument.js";
import { popMembers } from "./pop-members.js";

const MIN = keyword("MIN");
const MAX = keyword("MAX");
const COUNT = keyword("COUNT");

const ERR_NUMKEYS = encodeReply("-ERR numkeys should be greater than 0\r\n");
const ERR_COUNT = encodeReply("-ERR count should be greater than 0\r\n");

const ARGS = [
  arg.integer("numkeys"),
  arg.multiple(arg.key("key")),
  arg.oneOf("where", [arg.token("MIN"), arg.token("MAX")]),
  arg.optional(arg.integer("count", { token: "COUNT" })),
];

export const zmpop = defineCommand({
  name: "zmpop",
  group: "sorted-set",
  since: "7.0.0",
  complexity: "O(K)+O(log(N)+M) with K keys, N members in the set and M popped",
  summary: "Takes members from an end of the first of several sorted sets that has any.",
  arity: -4,
  flags: ["write"],
  acl: ["sortedset"],
  keys: [keyCount(1, "RW", "access", "delete")],
  args: ARGS,
  run(ctx, args, out) {
    const request = readRequestOrReply(args, 1, out);
    if (request !== null && !popFirst(ctx, args, request, out)) out.nilArray();
  },
});

export const bzmpop = defineCommand({
  name: "bzmpop",
  group: "sorted-set",
  since: "7.0.0",
  complexity: "O(K)+O(log(N)+M) with K keys, N members in the set and M popped",
  summary: "Takes members from an end of the first of several sorted sets that has any; waits for them if need be.",
  arity: -5,
  flags: ["write", "blocking"],
  acl: ["sortedset"],
  keys: [keyCount(2, "RW", "access", "delete")],
  args: [arg.double("timeout"), ...ARGS],
  run(ctx, args, out) {
    const request = readRequestOrReply(args, 2, out);
    if (request === null) return;
    const deadline = readTimeoutOrReply(ctx, args, 1, out);
    if (Number.isNaN(deadline) || popFirst(ctx, args, request, out)) return;
    if (ctx.session.denyBlocking) return out.nilArray();
    const { firstKey, keyCount } = request;
    ctx.session.block({ args, firstKey, keyCount, type: TYPE_SORTED_SET, deadline });
  },
});

interface Request {
  readonly firstKey: number;
  readonly keyCount: number;
  readonly takesLast: boolean;
  readonly limit: number;
}

/** Reads `numkeys key … MIN|MAX [COUNT count]` from argument `numkeys` on; null when the client has got an error. */
function readRequestOrReply(args: Args, numkeys: number, out: ReplyWriter): Request | null {
  const keyCount = args.readInteger(numkeys);
  if (!(keyCount > 0)) return refuse(out, ERR_NUMKEYS);
  const where = numkeys + keyCount + 1;
  if (where >= args.count) return refuse(out, ERR_SYNTAX);
  const takesLast = args.is(where, MAX);
  if (!takesLast && !args.is(where, MIN)) return refuse(out, ERR_SYNTAX);
  let limit = 1;
  if (args.count > where + 1) {
    if (args.count < where + 3 || !args.is(where + 1, COUNT)) return refuse(out, ERR_SYNTAX);
    limit = args.readInteger(where + 2);
    if (!(limit > 0)) return refuse(out, ERR_COUNT);
    if (args.count > where + 3) return refuse(out, ERR_SYNTAX);
  }
  return { firstKey: numkeys + 1, keyCount, takesLast, limit };
}

function refuse(out: ReplyWriter, error: Uint8Array): null {
  out.error(error);
  return null;
}

/** Pops from the first set that is there; true when the client has got an answer. */
function popFirst(ctx: CommandContext, args: Args, request: Request, out: ReplyWriter): boolean {
  const { db, effects, sortedSets } = ctx;
  const { firstKey, keyCount, takesLast, limit } = request;
  for (let i = firstKey; i < firstKey + keyCount; i++) {
    const record = db.findForWrite(args, i);
    if (record === NO_ENTRY) continue;
    if (!sortedSets.isSortedSet(record)) {
      out.error(ERR_WRONG_TYPE);
      return true;
    }
    const count = Math.min(limit, sortedSets.count(record));
    out.array(2);
    out.bulk(args.view, args.start(i), args.end(i));
    out.array(count);
    popMembers(ctx, args, i, record, count, takesLast, true, out);
    // To others it is a plain pop, of as many members as there were.
    if (effects.propagates) effects.propagateAs(db, [takesLast ? "ZPOPMAX" : "ZPOPMIN", args.copy(i), String(count)]);
    return true;
  }
  return false;
}
