import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_OUT_OF_RANGE, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { drawsTooLong } from "../repeated-draws.js";

const WITHVALUES = keyword("WITHVALUES");
const INT64_MIN_DOUBLE = -(2 ** 63);
const VALUES_COUNT_MAX = 2 ** 62;
const ERR_COUNT = encodeReply(
  "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
);
/** A table this many times larger than what is asked for is drawn from; a smaller one is walked. */
const DRAW_FACTOR = 3;

export const hrandfield = defineCommand({
  name: "hrandfield",
  group: "hash",
  since: "6.2.0",
  complexity: "O(N) for N fields returned",
  summary: "Draws fields of a hash.",
  arity: -2,
  flags: ["readonly"],
  acl: ["hash"],
  tips: ["nondeterministic_output"],
  keys: [keyAt(1, "RO", "access")],
  args: [
    arg.key("key"),
    arg.optional(arg.block("options", [arg.integer("count"), arg.optional(arg.token("WITHVALUES"))])),
  ],
  run(ctx, args, out) {
    if (args.count > 2) return drawMany(ctx, args, out);
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!ctx.hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    if (dropExpired(ctx, record)) return out.nil();
    presentAny(ctx, record);
    replyPresent(ctx, false, out);
  },
});

function drawMany(ctx: CommandContext, args: Args, out: ReplyWriter): void {
  const { hashes } = ctx;
  const count = args.readInteger(2);
  if (Number.isNaN(count)) return out.error(ERR_NOT_INTEGER);
  if (count === INT64_MIN_DOUBLE && args.readInt64(2) === -(2n ** 63n)) return out.error(ERR_COUNT);
  if (args.count > 4 || (args.count === 4 && !args.is(3, WITHVALUES))) return out.error(ERR_SYNTAX);
  const values = args.count === 4;
  if (values && Math.abs(count) >= VALUES_COUNT_MAX) return out.error(ERR_OUT_OF_RANGE);
  const record = ctx.db.find(args, 1);
  if (record === NO_ENTRY) return out.array(0);
  if (!hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
  if (dropExpired(ctx, record) || count === 0) return out.array(0);
  if (drawsTooLong(-count, out)) return out.error(ERR_OUT_OF_RANGE);
  const flat = values && out.resp === 2 ? 2 : 1;
  if (count < 0 || count === 1) {
    out.array(Math.abs(count) * flat);
    return drawAnyTimes(ctx, record, Math.abs(count), values, out);
  }
  const size = hashes.count(record);
  out.array(Math.min(count, size) * flat);
  if (hashes.isTable(record) && count * DRAW_FACTOR <= size) return drawDistinct(ctx, record, count, values, out);
  drawByWalk(ctx, record, Math.min(count, size), size, values, out);
}

/** Deletes all fields that have expired, so that any draw is good. True when the key is gone. */
function dropExpired(ctx: CommandContext, record: Record): boolean {
  const { hashes } = ctx;
  if (hashes.removeDue(ctx.db, record, Number.POSITIVE_INFINITY) === 0) return false;
  return hashes.settle(ctx.db, record);
}

/** Makes a field drawn uniformly the present one. */
function presentAny(ctx: CommandContext, record: Record): void {
  const { hashes, keyspace } = ctx;
  if (hashes.isTable(record)) hashes.presentRandom(record);
  else hashes.presentListed(keyspace.random(hashes.list(record)));
}

/** With replacement. */
function drawAnyTimes(ctx: CommandContext, record: Record, times: number, values: boolean, out: ReplyWriter): void {
  const { hashes, keyspace } = ctx;
  const listed = hashes.isTable(record) ? 0 : hashes.list(record);
  for (let i = 0; i < times && !out.overflowed; i++) {
    if (listed > 0) hashes.presentListed(keyspace.random(listed));
    else hashes.presentRandom(record);
    replyPresent(ctx, values, out);
  }
}

/** Few of many: draws, and draws again what it had. */
function drawDistinct(ctx: CommandContext, record: Record, count: number, values: boolean, out: ReplyWriter): void {
  const seen = new Set<number>();
  while (seen.size < count) {
    const field = ctx.hashes.presentRandom(record);
    if (seen.has(field)) continue;
    seen.add(field);
    replyPresent(ctx, values, out);
  }
}

/** Selects each field with the probability of wanted fields to fields that are left: all subsets are equally likely. */
function drawByWalk(
  ctx: CommandContext,
  record: Record,
  count: number,
  size: number,
  values: boolean,
  out: ReplyWriter,
): void {
  const { hashes, keyspace } = ctx;
  let wanted = count;
  let left = size;
  for (let more = hashes.first(record, true); more && wanted > 0; more = hashes.next()) {
    if (keyspace.random(left--) >= wanted) continue;
    wanted--;
    replyPresent(ctx, values, out);
  }
}

/** The present field; with its value, in RESP3 as a pair. */
function replyPresent(ctx: CommandContext, values: boolean, out: ReplyWriter): void {
  const { hashes } = ctx;
  if (values && out.resp === 3) out.array(2);
  hashes.locateField();
  out.bulk(hashes.fieldView, hashes.fieldStart, hashes.fieldStart + hashes.fieldLength);
  if (!values) return;
  hashes.locateValue();
  out.bulk(hashes.view, hashes.start, hashes.start + hashes.length);
}
