/** SINTER, SINTERCARD and SINTERSTORE. */
import { SET_HASHTABLE, SET_INTSET, SET_LISTPACK, type SetValue } from "../../keyspace/set-value.js";
import type { Sets } from "../../keyspace/sets.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { arg, type CommandSpec, defineCommand, keyCount } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";
import { openOperandsOrReply } from "./operands.js";
import { replyMember } from "./reply-member.js";
import { READ_SETS, STORE_SETS } from "./set-algebra.js";
import { storeNothing, storeResult } from "./store-result.js";

const LIMIT = keyword("LIMIT");

const ERR_NUMKEYS = encodeReply("-ERR numkeys should be greater than 0\r\n");
const ERR_TOO_MANY_KEYS = encodeReply("-ERR Number of keys can't be greater than number of args\r\n");
const ERR_LIMIT = encodeReply("-ERR LIMIT can't be negative\r\n");

const SHARED = {
  group: "set",
  complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
  acl: ["set"],
} as const satisfies Partial<CommandSpec>;

export const sinter = defineCommand({
  ...SHARED,
  name: "sinter",
  since: "1.0.0",
  summary: "Lists the members that several sets have in common.",
  ...READ_SETS,
  run(ctx, args, out) {
    const { sets } = ctx;
    const operands = openOperandsOrReply(ctx, args, 1, args.count, out);
    if (operands === null) return;
    if (operands.length < args.count - 1) return out.set(0);
    const mark = out.beginArray();
    let found = 0;
    beginSmallest(sets, operands);
    while (nextCommon(sets, operands)) {
      replyMember(out, sets.cursor.member);
      found++;
    }
    out.endSet(mark, found);
  },
});

export const sintercard = defineCommand({
  ...SHARED,
  name: "sintercard",
  since: "7.0.0",
  summary: "Counts the members that several sets have in common.",
  arity: -3,
  flags: ["readonly"],
  keys: [keyCount(1, "RO", "access")],
  args: [arg.integer("numkeys"), arg.multiple(arg.key("key")), arg.optional(arg.integer("limit", { token: "LIMIT" }))],
  run(ctx, args, out) {
    const { sets } = ctx;
    const keys = args.readInteger(1);
    if (!(keys > 0)) return out.error(ERR_NUMKEYS);
    if (keys > args.count - 2) return out.error(ERR_TOO_MANY_KEYS);
    const limit = readLimitOrReply(args, 2 + keys, out);
    if (limit < 0) return;
    const operands = openOperandsOrReply(ctx, args, 2, 2 + keys, out);
    if (operands === null) return;
    if (operands.length < keys) return out.integer(0);
    let found = 0;
    beginSmallest(sets, operands);
    while (nextCommon(sets, operands)) if (++found === limit) break;
    out.integer(found);
  },
});

export const sinterstore = defineCommand({
  ...SHARED,
  name: "sinterstore",
  since: "1.0.0",
  summary: "Stores the members that several sets have in common.",
  ...STORE_SETS,
  run(ctx, args, out) {
    const { sets } = ctx;
    const operands = openOperandsOrReply(ctx, args, 2, args.count, out);
    if (operands === null) return;
    if (operands.length < args.count - 2) return storeNothing(ctx, args, out);
    beginSmallest(sets, operands);
    // A listpack is quick to append to; the end result may be an intset again.
    const result = sets.createTemporary(operands[0]?.encoding === SET_INTSET ? SET_INTSET : SET_LISTPACK);
    try {
      const isText = operands[0]?.encoding === SET_HASHTABLE;
      let onlyIntegers = true;
      while (nextCommon(sets, operands)) {
        const { member } = sets.cursor;
        if (onlyIntegers && !member.isInteger) {
          onlyIntegers = isText && sets.intsets.value.tryReadText(member.view, member.start, member.length);
        }
        sets.addMember(result, member);
      }
      if (onlyIntegers) sets.convertToIntset(result);
    } catch (error) {
      sets.free(result);
      throw error;
    }
    storeResult(ctx, args, result, "sinterstore", out);
  },
});

/** 0 is no limit; -1 when the client has its error. */
function readLimitOrReply(args: Args, from: number, out: ReplyWriter): number {
  let limit = 0;
  for (let i = from; i < args.count; i++) {
    if (!args.is(i, LIMIT) || i + 1 === args.count) {
      out.error(ERR_SYNTAX);
      return -1;
    }
    limit = args.readInteger(++i);
    if (!(limit >= 0)) {
      out.error(ERR_LIMIT);
      return -1;
    }
  }
  return limit;
}

/** Begins to walk the smallest set, which comes first; small ones that rule out more come before large ones. */
function beginSmallest(sets: Sets, operands: SetValue[]): void {
  if (operands.length > 1) operands.sort((left, right) => sets.size(left) - sets.size(right));
  const [smallest] = operands;
  if (smallest !== undefined) sets.cursor.begin(smallest);
}

/** Moves the cursor on to a member that all sets have. */
function nextCommon(sets: Sets, operands: readonly SetValue[]): boolean {
  const { cursor } = sets;
  while (cursor.next()) if (isInAll(sets, operands)) return true;
  return false;
}

function isInAll(sets: Sets, operands: readonly SetValue[]): boolean {
  const { member } = sets.cursor;
  for (let i = 1; i < operands.length; i++) {
    const set = operands[i];
    if (set !== undefined && set.record !== operands[0]?.record && !sets.hasMember(set, member)) return false;
  }
  return true;
}
