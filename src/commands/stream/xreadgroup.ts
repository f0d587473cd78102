/**
 * XREADGROUP: what nobody in the group has got yet (`>`), or what this consumer has pending. Waits for new entries if
 * it is to, and runs again from its beginning once a stream has some, or has lost the group.
 */
import { NO_ENTRY } from "../../keyspace/database.js";
import { type Record, TYPE_STREAM } from "../../keyspace/record.js";
import { formatId } from "../../keyspace/stream-id.js";
import { MAX_ID } from "../../keyspace/streams.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import { IdCursor } from "../../storage/id-tree.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { createConsumer, findConsumer, findGroup, shownText } from "./group-arguments.js";
import { type GroupPlace, propagateClaim, propagateConsumer, propagateLastId } from "./group-effects.js";
import { readIdOrReply, tryReadId } from "./id-arguments.js";
import {
  DOES_NOT_BLOCK,
  findStreamKeys,
  keysAfterStreams,
  READ_ARGUMENTS,
  type ReadArguments,
} from "./read-arguments.js";
import { replyEntry, replyId } from "./reply-entries.js";

const NEW = keyword(">");
const DOLLAR = keyword("$");
const PLUS = keyword("+");

const ERR_DOLLAR = encodeReply(
  "-ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by " +
    "specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.\r\n",
);
const ERR_PLUS = encodeReply(
  "-ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by " +
    "specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set.\r\n",
);

const after = new Id();
const id = new Id();
const ownCursor = new IdCursor();

export const xreadgroup = defineCommand({
  name: "xreadgroup",
  group: "stream",
  since: "5.0.0",
  complexity:
    "O(M) for each stream, with M entries answered. An XADD that serves N waiting clients takes O(N) of its own.",
  summary: "Reads entries of streams as a consumer of a group; waits for new ones if need be.",
  arity: -7,
  flags: ["write", "blocking"],
  acl: ["stream"],
  keys: [keysAfterStreams(4, "RO", "access")],
  findKeys: findStreamKeys,
  args: [
    arg.block("group-block", [arg.string("group"), arg.string("consumer")], { token: "GROUP" }),
    arg.optional(arg.integer("count", { token: "COUNT" })),
    arg.optional(arg.integer("milliseconds", { token: "BLOCK" })),
    arg.optional(arg.token("NOACK")),
    arg.block("streams", [arg.multiple(arg.key("key")), arg.multiple(arg.string("id"))], { token: "STREAMS" }),
  ],
  run(ctx, args, out) {
    const options = READ_ARGUMENTS;
    if (!options.parse(ctx, args, true, out)) return;
    // Nothing of it goes out as it came.
    if (ctx.effects.propagates) ctx.effects.propagateNothing();
    const { firstKey, keyCount } = options;
    for (let i = firstKey; i < firstKey + keyCount; i++) if (!isReadableOrReply(ctx, args, i, options, out)) return;
    if (readStreams(ctx, args, options, out) > 0) return;
    if (options.deadline === DOES_NOT_BLOCK || ctx.session.denyBlocking) return out.nilArray();
    const { deadline } = options;
    ctx.session.block({ args, firstKey, keyCount, type: TYPE_STREAM, deadline, withoutKey: true });
  },
});

/** Whether the key at argument i has the group, and its ID is one. */
function isReadableOrReply(
  ctx: CommandContext,
  args: Args,
  i: number,
  options: ReadArguments,
  out: ReplyWriter,
): boolean {
  const record = ctx.db.find(args, i);
  if (record !== NO_ENTRY && !ctx.streams.isStream(record)) {
    out.error(ERR_WRONG_TYPE);
    return false;
  }
  if (record === NO_ENTRY || findGroup(ctx, record, args, options.group) === NONE) {
    const key = shownText(args, i);
    const group = shownText(args, options.group);
    out.errorText(`NOGROUP No such key '${key}' or consumer group '${group}' in XREADGROUP with GROUP option`);
    return false;
  }
  const idAt = i + options.keyCount;
  if (args.is(idAt, NEW)) return true;
  if (args.is(idAt, DOLLAR)) {
    out.error(ERR_DOLLAR);
    return false;
  }
  if (args.is(idAt, PLUS)) {
    out.error(ERR_PLUS);
    return false;
  }
  return readIdOrReply(args, idAt, id, out);
}

/** Answers with those streams that have something to answer with; how many these are. With none, nothing is written. */
function readStreams(ctx: CommandContext, args: Args, options: ReadArguments, out: ReplyWriter): number {
  const { firstKey, keyCount } = options;
  // One stream, the usual case, has its header at once.
  const mark = keyCount > 1 ? out.beginArray() : null;
  let served = 0;
  for (let key = firstKey; key < firstKey + keyCount; key++) {
    const record = ctx.db.find(args, key);
    if (readStream(ctx, args, record, key, options, mark === null, out)) served++;
  }
  if (mark === null || served === 0) return served;
  if (out.resp === 3) out.endMap(mark, served);
  else out.endArray(mark, served);
  return served;
}

function readStream(
  ctx: CommandContext,
  args: Args,
  record: Record,
  key: number,
  options: ReadArguments,
  isOnly: boolean,
  out: ReplyWriter,
): boolean {
  const { keyCount } = options;
  const { streams } = ctx;
  const head = streams.head(record);
  const group = findGroup(ctx, record, args, options.group);
  const idAt = key + keyCount;
  const wantsNew = args.is(idAt, NEW) || (tryReadId(args, idAt, after) && after.equals(MAX_ID));
  let consumer = findConsumer(ctx, group, args, options.consumer);
  if (consumer === NONE) {
    consumer = createConsumer(ctx, group, args, key, options.consumer);
    if (options.noAck) propagateConsumer(ctx, args, { key, group: options.group }, options.consumer);
  }
  streams.groups.blocks.setSeenTime(consumer, ctx.nowMs);
  if (wantsNew) {
    streams.groups.blocks.readLastId(group, after);
    if (!after.increment()) return false;
    streams.iterator.start(streams.heads.nodes(head), after, MAX_ID, false);
    if (!streams.iterator.next()) return false;
  }
  if (isOnly && out.resp === 3) out.map(1);
  else if (isOnly) out.array(1);
  if (out.resp === 2) out.array(2);
  out.bulk(args.view, args.start(key), args.end(key));
  if (wantsNew) deliver(ctx, args, { key, group: options.group }, head, group, consumer, options, out);
  else replyPending(ctx, head, group, consumer, options.limit, out);
  return true;
}

/** Gives the consumer the entries from the one on that the iterator is on. */
function deliver(
  ctx: CommandContext,
  args: Args,
  place: GroupPlace,
  head: Handle,
  group: Handle,
  consumer: Handle,
  { limit, noAck }: ReadArguments,
  out: ReplyWriter,
): void {
  const { streams, effects, nowMs } = ctx;
  const { blocks, counters, pending } = streams.groups;
  const { iterator } = streams;
  const mark = out.beginArray();
  let delivered = 0;
  do {
    const { id: entryId } = iterator;
    counters.advance(head, group, entryId);
    if (!noAck) {
      pending.add(group, consumer, entryId);
      pending.setDeliveryTime(nowMs);
      pending.setDeliveries(1);
      if (effects.propagates) propagateClaim(ctx, args, place, group, formatId(entryId));
    }
    replyEntry(iterator, out);
    delivered++;
  } while (delivered !== limit && iterator.next());
  out.endArray(mark, delivered);
  if (!noAck) blocks.setActiveTime(consumer, nowMs);
  propagateLastId(ctx, args, place, group);
  effects.dirty++;
}

/** What the consumer has pending behind `after`. That counts as a further delivery, which is no change to the AOF. */
function replyPending(
  ctx: CommandContext,
  head: Handle,
  group: Handle,
  consumer: Handle,
  limit: number,
  out: ReplyWriter,
): void {
  const { streams, nowMs } = ctx;
  const { blocks, pending } = streams.groups;
  const { iterator } = streams;
  const root = blocks.ownPending(consumer);
  const mark = out.beginArray();
  let answered = 0;
  // Behind the last ID of all is nothing: increment() then leaves it, and it has been asked for as new.
  after.increment();
  let more = pending.own.seekAtLeast(root, after, ownCursor);
  for (; more && (limit === 0 || answered < limit); more = pending.own.next(ownCursor)) {
    pending.own.readId(ownCursor, id);
    if (streams.contains(head, id)) {
      replyEntry(iterator, out);
      pending.find(group, id);
      pending.setDeliveryTime(nowMs);
      pending.addDelivery();
    } else {
      out.array(2);
      replyId(id, out);
      out.nilArray();
    }
    answered++;
  }
  out.endArray(mark, answered);
}
