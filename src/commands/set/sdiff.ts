/**
 * SDIFF and SDIFFSTORE, by the cheaper of two ways: look for each member of the first set in all others, or take the
 * members of all others out of a copy of the first.
 */
import { NO_ENTRY } from "../../keyspace/database.js";
import { SET_INTSET, type SetValue } from "../../keyspace/set-value.js";
import type { Sets } from "../../keyspace/sets.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { type CommandSpec, defineCommand } from "../define.js";
import { openOperandsOrReply } from "./operands.js";
import { replyMember, replyMembers } from "./reply-member.js";
import { READ_SETS, STORE_SETS } from "./set-algebra.js";
import { storeNothing, storeResult } from "./store-result.js";

/** Looking up touches less memory than adding and removing. */
const LOOKUP_ADVANTAGE = 2;

const SHARED = {
  group: "set",
  since: "1.0.0",
  complexity: "O(N) where N is the total number of elements in all given sets.",
  acl: ["set"],
} as const satisfies Partial<CommandSpec>;

export const sdiff = defineCommand({
  ...SHARED,
  name: "sdiff",
  summary: "Lists the members of a set that no other set has.",
  ...READ_SETS,
  run(ctx, args, out) {
    const { sets } = ctx;
    const operands = openOperandsOrReply(ctx, args, 1, args.count, out);
    if (operands === null) return;
    if (isSurelyEmpty(ctx, args, 1, operands)) return out.set(0);
    if (prefersLookup(sets, operands)) return replyMissing(sets, operands, out);
    const result = subtract(sets, operands);
    out.set(sets.size(result));
    replyMembers(sets, result, out);
    sets.freeResult(result);
  },
});

export const sdiffstore = defineCommand({
  ...SHARED,
  name: "sdiffstore",
  summary: "Stores the members of a set that no other set has.",
  ...STORE_SETS,
  run(ctx, args, out) {
    const { sets } = ctx;
    const operands = openOperandsOrReply(ctx, args, 2, args.count, out);
    if (operands === null) return;
    if (isSurelyEmpty(ctx, args, 2, operands)) return storeNothing(ctx, args, out);
    const result = prefersLookup(sets, operands) ? collectMissing(sets, operands) : subtract(sets, operands);
    storeResult(ctx, args, result, "sdiffstore", out);
  },
});

/** There is no first set, or it is subtracted from itself. */
function isSurelyEmpty(ctx: CommandContext, args: Args, first: number, operands: readonly SetValue[]): boolean {
  if (ctx.db.peek(args, first) === NO_ENTRY) return true;
  return operands.some((set, i) => i > 0 && set.record === operands[0]?.record);
}

/** Decides for the lookups, and then puts the large sets, which are likely to have a member, in front. */
function prefersLookup(sets: Sets, operands: SetValue[]): boolean {
  const [first] = operands;
  if (first === undefined) return true;
  let total = 0;
  for (const set of operands) total += sets.size(set);
  if (Math.floor((sets.size(first) * operands.length) / LOOKUP_ADVANTAGE) > total) return false;
  operands.sort((left, right) => {
    if (left === first) return -1;
    return right === first ? 1 : sets.size(right) - sets.size(left);
  });
  return true;
}

/** Whether none of the other sets has the member at the cursor. */
function isMissing(sets: Sets, operands: readonly SetValue[]): boolean {
  const { member } = sets.cursor;
  for (let i = 1; i < operands.length; i++) {
    const set = operands[i];
    if (set !== undefined && sets.hasMember(set, member)) return false;
  }
  return true;
}

function replyMissing(sets: Sets, operands: readonly SetValue[], out: ReplyWriter): void {
  const { cursor } = sets;
  const mark = out.beginArray();
  let found = 0;
  beginFirst(sets, operands);
  while (cursor.next()) {
    if (!isMissing(sets, operands)) continue;
    replyMember(out, cursor.member);
    found++;
  }
  out.endSet(mark, found);
}

function collectMissing(sets: Sets, operands: readonly SetValue[]): SetValue {
  const { cursor } = sets;
  return collect(sets, (result) => {
    beginFirst(sets, operands);
    while (cursor.next()) if (isMissing(sets, operands)) sets.addMember(result, cursor.member);
  });
}

function subtract(sets: Sets, operands: readonly SetValue[]): SetValue {
  const { cursor } = sets;
  return collect(sets, (result) => {
    beginFirst(sets, operands);
    while (cursor.next()) sets.addMember(result, cursor.member);
    for (let i = 1; i < operands.length && sets.size(result) > 0; i++) {
      const set = operands[i];
      if (set === undefined) continue;
      cursor.begin(set);
      while (cursor.next()) sets.removeMember(result, cursor.member);
    }
  });
}

function beginFirst(sets: Sets, operands: readonly SetValue[]): void {
  const [first] = operands;
  if (first !== undefined) sets.cursor.begin(first);
}

function collect(sets: Sets, fill: (result: SetValue) => void): SetValue {
  const result = sets.createTemporary(SET_INTSET);
  try {
    fill(result);
  } catch (error) {
    sets.free(result);
    throw error;
  }
  return result;
}
