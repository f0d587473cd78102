/** INCR, DECR, INCRBY and DECRBY. Sums are doubles while they are exact, BigInts beyond 2^53. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import { INT64_MAX, INT64_MIN } from "../../resp/numbers.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STRING } from "../effects.js";
import { ERR_NOT_INTEGER, ERR_WRONG_TYPE } from "../errors.js";

const ERR_OVERFLOW = encodeReply("-ERR increment or decrement would overflow\r\n");
const ERR_DECREMENT_OVERFLOW = encodeReply("-ERR decrement would overflow\r\n");

export const incr = defineCommand({
  name: "incr",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Adds one to the integer value of a key; a missing key counts as 0.",
  arity: 2,
  flags: ["write", "denyoom", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    add(ctx, args, 1, out);
  },
});

export const decr = defineCommand({
  name: "decr",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Takes one from the integer value of a key; a missing key counts as 0.",
  arity: 2,
  flags: ["write", "denyoom", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    add(ctx, args, -1, out);
  },
});

export const incrby = defineCommand({
  name: "incrby",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Adds an integer to the integer value of a key; a missing key counts as 0.",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.integer("increment")],
  run(ctx, args, out) {
    const increment = args.readInteger(2);
    if (Number.isNaN(increment)) return out.error(ERR_NOT_INTEGER);
    if (Number.isSafeInteger(increment)) add(ctx, args, increment, out);
    else addExactly(ctx, args, args.readInt64(2), out);
  },
});

export const decrby = defineCommand({
  name: "decrby",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Takes an integer from the integer value of a key; a missing key counts as 0.",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.integer("decrement")],
  run(ctx, args, out) {
    const decrement = args.readInteger(2);
    if (Number.isNaN(decrement)) return out.error(ERR_NOT_INTEGER);
    if (Number.isSafeInteger(decrement)) return add(ctx, args, -decrement, out);
    const exact = args.readInt64(2);
    if (exact === INT64_MIN) return out.error(ERR_DECREMENT_OVERFLOW);
    addExactly(ctx, args, -exact, out);
  },
});

/** The common case: old value, increment and sum are all below 2^53. The record stays where it is. */
function add(ctx: CommandContext, args: Args, increment: number, out: ReplyWriter): void {
  const { db, strings } = ctx;
  const record = db.findForWrite(args, 1);
  if (record === NO_ENTRY) {
    strings.addInteger(db, args.view, args.start(1), args.byteLength(1), increment);
    ctx.effects.keyChanged(db, args, 1, EVENT_STRING, "incrby");
    return out.integer(increment);
  }
  if (!strings.isString(record)) return out.error(ERR_WRONG_TYPE);
  const value = strings.readInteger(record);
  if (Number.isNaN(value)) return out.error(ERR_NOT_INTEGER);
  const sum = value + increment;
  if (!Number.isSafeInteger(value) || !Number.isSafeInteger(sum)) {
    return addExactly(ctx, args, BigInt(increment), out);
  }
  strings.setInteger(db, record, sum);
  ctx.effects.keyChanged(db, args, 1, EVENT_STRING, "incrby");
  out.integer(sum);
}

function addExactly(ctx: CommandContext, args: Args, increment: bigint, out: ReplyWriter): void {
  const { db, strings } = ctx;
  const record = db.findForWrite(args, 1);
  let sum = increment;
  if (record === NO_ENTRY) {
    strings.addInteger(db, args.view, args.start(1), args.byteLength(1), sum);
  } else {
    if (!strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    if (Number.isNaN(strings.readInteger(record))) return out.error(ERR_NOT_INTEGER);
    sum += strings.readInt64(record);
    if (sum > INT64_MAX || sum < INT64_MIN) return out.error(ERR_OVERFLOW);
    strings.setInteger(db, record, sum);
  }
  ctx.effects.keyChanged(db, args, 1, EVENT_STRING, "incrby");
  out.bigint(sum);
}
