/** LMPOP and BLMPOP. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { TYPE_LIST } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyCount } from "../define.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { readTimeoutOrReply } from "../timeout-argument.js";
import { popName, readSide, type Side, sideArg } from "./list-side.js";
import { popElements } from "./pop-elements.js";

const COUNT = keyword("COUNT");
const ERR_NUMKEYS = encodeReply("-ERR numkeys should be greater than 0\r\n");
const ERR_COUNT = encodeReply("-ERR count should be greater than 0\r\n");

const ARGS = [
  arg.integer("numkeys"),
  arg.multiple(arg.key("key")),
  sideArg("where"),
  arg.optional(arg.integer("count", { token: "COUNT" })),
];

export const lmpop = defineCommand({
  name: "lmpop",
  group: "list",
  since: "7.0.0",
  complexity: "O(N+M) where N is the number of keys and M the number of elements answered.",
  summary: "Takes elements from an end of the first list that has any.",
  arity: -4,
  flags: ["write"],
  acl: ["list"],
  keys: [keyCount(1, "RW", "access", "delete")],
  args: ARGS,
  run(ctx, args, out) {
    const request = readRequestOrReply(args, 1, out);
    if (request !== null && !popFirst(ctx, args, request, out)) out.nilArray();
  },
});

export const blmpop = defineCommand({
  name: "blmpop",
  group: "list",
  since: "7.0.0",
  complexity: "O(N+M) where N is the number of keys and M the number of elements answered.",
  summary: "Takes elements from an end of the first list that has any; waits for them if need be.",
  arity: -5,
  flags: ["write", "blocking"],
  acl: ["list"],
  keys: [keyCount(2, "RW", "access", "delete")],
  args: [arg.double("timeout"), ...ARGS],
  run(ctx, args, out) {
    const request = readRequestOrReply(args, 2, out);
    if (request === null) return;
    const deadline = readTimeoutOrReply(ctx, args, 1, out);
    if (Number.isNaN(deadline) || popFirst(ctx, args, request, out)) return;
    if (ctx.session.denyBlocking) return out.nilArray();
    const { firstKey, keyCount } = request;
    ctx.session.block({ args, firstKey, keyCount, type: TYPE_LIST, deadline });
  },
});

interface Request {
  readonly firstKey: number;
  readonly keyCount: number;
  readonly side: Side;
  readonly limit: number;
}

/** Reads `numkeys key … LEFT|RIGHT [COUNT count]` from argument `numkeys` on; null when the client has got an error. */
function readRequestOrReply(args: Args, numkeys: number, out: ReplyWriter): Request | null {
  const keyCount = args.readInteger(numkeys);
  if (!(keyCount > 0)) return refuse(out, ERR_NUMKEYS);
  const where = numkeys + keyCount + 1;
  if (where >= args.count) return refuse(out, ERR_SYNTAX);
  const side = readSide(args, where);
  if (side === null) return refuse(out, ERR_SYNTAX);
  let limit = 1;
  if (args.count > where + 1) {
    if (args.count < where + 3 || !args.is(where + 1, COUNT)) return refuse(out, ERR_SYNTAX);
    limit = args.readInteger(where + 2);
    if (!(limit > 0)) return refuse(out, ERR_COUNT);
    if (args.count > where + 3) return refuse(out, ERR_SYNTAX);
  }
  return { firstKey: numkeys + 1, keyCount, side, limit };
}

function refuse(out: ReplyWriter, error: Uint8Array): null {
  out.error(error);
  return null;
}

/** Pops from the first list that is there; true when the client has got an answer. */
function popFirst(ctx: CommandContext, args: Args, request: Request, out: ReplyWriter): boolean {
  const { db, effects } = ctx;
  const { firstKey, keyCount, side, limit } = request;
  for (let key = firstKey; key < firstKey + keyCount; key++) {
    const record = db.findForWrite(args, key);
    if (record === NO_ENTRY) continue;
    if (!ctx.lists.isList(record)) {
      out.error(ERR_WRONG_TYPE);
      return true;
    }
    out.array(2);
    out.bulk(args.view, args.start(key), args.end(key));
    const count = popElements(ctx, args, key, record, side, limit, out);
    if (effects.propagates) effects.propagateAs(db, [popName(side), args.copy(key), String(count)]);
    return true;
  }
  return false;
}
