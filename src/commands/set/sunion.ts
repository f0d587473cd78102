/** SUNION and SUNIONSTORE. */
import { SET_INTSET, type SetValue } from "../../keyspace/set-value.js";
import type { Sets } from "../../keyspace/sets.js";
import { type CommandSpec, defineCommand } from "../define.js";
import { openOperandsOrReply } from "./operands.js";
import { replyMembers } from "./reply-member.js";
import { READ_SETS, STORE_SETS } from "./set-algebra.js";
import { storeResult } from "./store-result.js";

const SHARED = {
  group: "set",
  since: "1.0.0",
  complexity: "O(N) where N is the total number of elements in all given sets.",
  acl: ["set"],
} as const satisfies Partial<CommandSpec>;

export const sunion = defineCommand({
  ...SHARED,
  name: "sunion",
  summary: "Lists the members that any of several sets has.",
  ...READ_SETS,
  run(ctx, args, out) {
    const { sets } = ctx;
    const operands = openOperandsOrReply(ctx, args, 1, args.count, out);
    if (operands === null) return;
    const [only] = operands;
    if (only === undefined) return out.set(0);
    const result = operands.length === 1 ? only : unite(sets, operands);
    out.set(sets.size(result));
    replyMembers(sets, result, out);
    if (result !== only) sets.freeResult(result);
  },
});

export const sunionstore = defineCommand({
  ...SHARED,
  name: "sunionstore",
  summary: "Stores the members that any of several sets has.",
  ...STORE_SETS,
  run(ctx, args, out) {
    const operands = openOperandsOrReply(ctx, args, 2, args.count, out);
    if (operands !== null) storeResult(ctx, args, unite(ctx.sets, operands), "sunionstore", out);
  },
});

function unite(sets: Sets, operands: readonly SetValue[]): SetValue {
  const { cursor } = sets;
  const result = sets.createTemporary(SET_INTSET);
  try {
    for (const set of operands) {
      cursor.begin(set);
      while (cursor.next()) sets.addMember(result, cursor.member);
    }
  } catch (error) {
    sets.free(result);
    throw error;
  }
  return result;
}
