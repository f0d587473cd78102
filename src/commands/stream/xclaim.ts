/** XCLAIM: makes pending entries those of another consumer. */
import type { Count } from "../../keyspace/group-blocks.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { findKeyAndGroupOrReply, shownText, takeConsumer } from "./group-arguments.js";
import { type GroupPlace, propagateClaim, propagateLastId } from "./group-effects.js";
import { readIdOrReply, tryReadId } from "./id-arguments.js";
import { replyEntry, replyId } from "./reply-entries.js";
import { ageOf } from "./reply-groups.js";

const FORCE = keyword("FORCE");
const JUSTID = keyword("JUSTID");
const IDLE = keyword("IDLE");
const TIME = keyword("TIME");
const RETRYCOUNT = keyword("RETRYCOUNT");
const LASTID = keyword("LASTID");

const ERR_MIN_IDLE = encodeReply("-ERR Invalid min-idle-time argument for XCLAIM\r\n");
const ERR_IDLE = encodeReply("-ERR Invalid IDLE option argument for XCLAIM\r\n");
const ERR_TIME = encodeReply("-ERR Invalid TIME option argument for XCLAIM\r\n");
const ERR_RETRYCOUNT = encodeReply("-ERR Invalid RETRYCOUNT option argument for XCLAIM\r\n");

const FIRST_ID = 5;
const PLACE: GroupPlace = { key: 1, group: 2 };
const NOT_GIVEN = -1;

/** The options of the call under way. */
let isForced = false;
let repliesIds = false;
let deliveryTime = NOT_GIVEN;
let retryCount: Count = NOT_GIVEN;
const lastId = new Id();
const id = new Id();
const groupId = new Id();

export const xclaim = defineCommand({
  name: "xclaim",
  group: "stream",
  since: "5.0.0",
  complexity: "O(log N) with N pending entries in the group",
  summary: "Makes entries that are pending with one consumer of a group those of another.",
  arity: -6,
  flags: ["write", "fast"],
  acl: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [keyAt(1, "RW", "update")],
  args: [
    arg.key("key"),
    arg.string("group"),
    arg.string("consumer"),
    arg.string("min-idle-time"),
    arg.multiple(arg.string("id")),
    arg.optional(arg.integer("ms", { token: "IDLE" })),
    arg.optional(arg.unixTime("unix-time-milliseconds", { token: "TIME" })),
    arg.optional(arg.integer("count", { token: "RETRYCOUNT" })),
    arg.optional(arg.token("FORCE")),
    arg.optional(arg.token("JUSTID")),
    arg.optional(arg.string("lastid", { token: "LASTID" })),
  ],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    const group = findKeyAndGroupOrReply(ctx, args, record, out);
    if (group === NONE) return;
    const minIdle = args.readInteger(4);
    if (Number.isNaN(minIdle)) return out.error(ERR_MIN_IDLE);
    // What is no ID begins the options.
    let pastIds = FIRST_ID;
    while (pastIds < args.count && tryReadId(args, pastIds, id)) pastIds++;
    if (!readOptionsOrReply(ctx, args, pastIds, out)) return;
    claim(ctx, args, ctx.streams.head(record), group, minIdle, pastIds, out);
  },
});

function readOptionsOrReply(ctx: CommandContext, args: Args, first: number, out: ReplyWriter): boolean {
  isForced = false;
  repliesIds = false;
  deliveryTime = NOT_GIVEN;
  retryCount = NOT_GIVEN;
  lastId.setMin();
  for (let i = first; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (args.is(i, FORCE)) {
      isForced = true;
    } else if (args.is(i, JUSTID)) {
      repliesIds = true;
    } else if (hasMore && args.is(i, IDLE)) {
      deliveryTime = ctx.nowMs - args.readInteger(++i);
      if (Number.isNaN(deliveryTime)) return refuse(out, ERR_IDLE);
    } else if (hasMore && args.is(i, TIME)) {
      deliveryTime = args.readInteger(++i);
      if (Number.isNaN(deliveryTime)) return refuse(out, ERR_TIME);
    } else if (hasMore && args.is(i, RETRYCOUNT)) {
      retryCount = args.readInteger(++i);
      if (Number.isNaN(retryCount)) return refuse(out, ERR_RETRYCOUNT);
      if (!Number.isSafeInteger(retryCount)) retryCount = args.readInt64(i);
    } else if (hasMore && args.is(i, LASTID)) {
      if (!readIdOrReply(args, ++i, lastId, out)) return false;
    } else {
      out.errorText(`ERR Unrecognized XCLAIM option '${shownText(args, i)}'`);
      return false;
    }
  }
  // A time that cannot be is that of clients with other clocks: now.
  if (deliveryTime < 0 || deliveryTime > ctx.nowMs) deliveryTime = ctx.nowMs;
  return true;
}

function refuse(out: ReplyWriter, error: Uint8Array): false {
  out.error(error);
  return false;
}

function claim(
  ctx: CommandContext,
  args: Args,
  head: Handle,
  group: Handle,
  minIdle: number,
  pastIds: number,
  out: ReplyWriter,
): void {
  const { effects, nowMs, streams } = ctx;
  const { blocks, pending } = streams.groups;
  if (effects.propagates) effects.propagateNothing();
  blocks.readLastId(group, groupId);
  let movesLastId = lastId.compare(groupId) > 0;
  if (movesLastId) blocks.writeLastId(group, lastId);
  const consumer = takeConsumer(ctx, group, args, 1, 3);
  const mark = out.beginArray();
  let claimed = 0;
  for (let i = FIRST_ID; i < pastIds; i++) {
    tryReadId(args, i, id);
    const isPending = pending.find(group, id);
    const isThere = streams.contains(head, id);
    if (!isPending && !(isThere && isForced)) continue;
    if (!isThere) {
      // It is not there any more: nobody can deal with it.
      if (effects.propagates) propagateClaim(ctx, args, PLACE, group, args.copy(i));
      pending.removeHere(group, id);
    } else {
      if (!isPending) {
        pending.add(group, consumer, id);
        pending.setDeliveries(1);
      } else if (minIdle > 0 && ageOf(ctx, pending.deliveryTime) < minIdle) {
        continue;
      } else {
        pending.assign(consumer, id);
      }
      pending.setDeliveryTime(deliveryTime);
      if (retryCount >= 0) pending.setDeliveries(retryCount);
      else if (!repliesIds) pending.addDelivery();
      if (repliesIds) replyId(id, out);
      else replyEntry(streams.iterator, out);
      claimed++;
      blocks.setActiveTime(consumer, nowMs);
      if (effects.propagates) propagateClaim(ctx, args, PLACE, group, args.copy(i));
    }
    // The XCLAIM that goes out has the last ID with it.
    movesLastId = false;
    effects.dirty++;
  }
  if (movesLastId) {
    propagateLastId(ctx, args, PLACE, group);
    effects.dirty++;
  }
  out.endArray(mark, claimed);
}
