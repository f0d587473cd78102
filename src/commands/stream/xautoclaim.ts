/** XAUTOCLAIM: makes entries that have been pending for long those of another consumer, step by step. */
import { formatId } from "../../keyspace/stream-id.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";
import { findKeyAndGroupOrReply, takeConsumer } from "./group-arguments.js";
import { type GroupPlace, propagateClaim } from "./group-effects.js";
import { readStartOrReply } from "./id-arguments.js";
import { replyEntry, replyId } from "./reply-entries.js";
import { ageOf } from "./reply-groups.js";

const COUNT = keyword("COUNT");
const JUSTID = keyword("JUSTID");

const ERR_MIN_IDLE = encodeReply("-ERR Invalid min-idle-time argument for XAUTOCLAIM\r\n");
const ERR_COUNT = encodeReply("-ERR COUNT must be > 0\r\n");
const ERR_COUNT_MEMORY = encodeReply(
  "-ERR Insufficient memory, failed allocating transient memory, COUNT too high.\r\n",
);

const COUNT_DEFAULT = 100;
/** Redis's bound: a sixteenth of the greatest int64. */
const COUNT_MAX = 2n ** 59n - 1n;
/** Redis takes memory for so many IDs at once: beyond the address space there is none. */
const COUNT_MEMORY_MAX = 2 ** 43;
/** So many pending entries are looked at for each that is asked for. */
const LOOKS_PER_ENTRY = 10;

const PLACE: GroupPlace = { key: 1, group: 2 };
const ID_WORDS = 4;
const DELETED_INITIAL_IDS = 64;
/** With room for more, the buffer below is given up after the call. */
const DELETED_KEPT_IDS = 4096;

const from = new Id();
const id = new Id();
/** The IDs of entries that are no more, found by the call under way. */
let deleted = new Int32Array(DELETED_INITIAL_IDS * ID_WORDS);

export const xautoclaim = defineCommand({
  name: "xautoclaim",
  group: "stream",
  since: "6.2.0",
  complexity: "O(1) while COUNT is small",
  summary: "Makes entries that have been pending for long, from an ID on, those of another consumer.",
  arity: -6,
  flags: ["write", "fast"],
  acl: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [keyAt(1, "RW", "delete")],
  history: [
    ["7.0.0", "Added an element to the reply array, containing deleted entries the command cleared from the PEL"],
  ],
  args: [
    arg.key("key"),
    arg.string("group"),
    arg.string("consumer"),
    arg.string("min-idle-time"),
    arg.string("start"),
    arg.optional(arg.integer("count", { token: "COUNT" })),
    arg.optional(arg.token("JUSTID")),
  ],
  run(ctx, args, out) {
    const minIdle = args.readInteger(4);
    if (Number.isNaN(minIdle)) return out.error(ERR_MIN_IDLE);
    if (!readStartOrReply(args, 5, from, out)) return;
    let count = COUNT_DEFAULT;
    let repliesIds = false;
    for (let i = 6; i < args.count; i++) {
      if (args.is(i, COUNT) && i + 1 < args.count) {
        count = args.readInteger(++i);
        if (!(count >= 1) || (count >= COUNT_MEMORY_MAX && args.readInt64(i) > COUNT_MAX)) return out.error(ERR_COUNT);
      } else if (args.is(i, JUSTID)) {
        repliesIds = true;
      } else {
        return out.error(ERR_SYNTAX);
      }
    }
    const record = ctx.db.find(args, 1);
    const group = findKeyAndGroupOrReply(ctx, args, record, out);
    if (group === NONE) return;
    if (count >= COUNT_MEMORY_MAX) return out.error(ERR_COUNT_MEMORY);
    if (ctx.effects.propagates) ctx.effects.propagateNothing();
    const consumer = takeConsumer(ctx, group, args, 1, 3);
    claim(ctx, args, ctx.streams.head(record), group, consumer, minIdle, count, repliesIds, out);
  },
});

function claim(
  ctx: CommandContext,
  args: Args,
  head: Handle,
  group: Handle,
  consumer: Handle,
  minIdle: number,
  count: number,
  repliesIds: boolean,
  out: ReplyWriter,
): void {
  const { effects, nowMs, streams } = ctx;
  const { blocks, pending } = streams.groups;
  const mark = out.beginArray();
  let claimed = 0;
  let gone = 0;
  let looks = count * LOOKS_PER_ENTRY;
  let more = pending.seekAtLeast(group, from);
  for (; more && looks > 0 && claimed + gone < count; looks--) {
    pending.readId(id);
    if (!streams.contains(head, id)) {
      // It is not there any more: nobody can deal with it.
      if (effects.propagates) propagateClaim(ctx, args, PLACE, group, formatId(id));
      pending.removeHere(group, id);
      more = !pending.cursor.isAtEnd;
      noteDeleted(gone++);
      effects.dirty++;
      continue;
    }
    if (minIdle <= 0 || ageOf(ctx, pending.deliveryTime) >= minIdle) {
      pending.assign(consumer, id);
      pending.setDeliveryTime(nowMs);
      if (!repliesIds) pending.addDelivery();
      if (repliesIds) replyId(id, out);
      else replyEntry(streams.iterator, out);
      claimed++;
      blocks.setActiveTime(consumer, nowMs);
      if (effects.propagates) propagateClaim(ctx, args, PLACE, group, formatId(id));
      effects.dirty++;
    }
    more = pending.next();
  }
  // What comes next, where the next call goes on; 0-0 when nothing does.
  id.setMin();
  if (more) pending.readId(id);
  const next = formatId(id);
  out.endArray(mark, claimed);
  out.insert(mark, `*3\r\n$${next.length}\r\n${next}\r\n`);
  out.array(gone);
  for (let i = 0; i < gone; i++) {
    id.readWords(deleted, i * ID_WORDS);
    replyId(id, out);
  }
  if (deleted.length > DELETED_KEPT_IDS * ID_WORDS) deleted = new Int32Array(DELETED_INITIAL_IDS * ID_WORDS);
}

/** Keeps `id` as the deleted one of this index. */
function noteDeleted(index: number): void {
  if ((index + 1) * ID_WORDS > deleted.length) {
    const grown = new Int32Array(deleted.length * 2);
    grown.set(deleted);
    deleted = grown;
  }
  id.writeWords(deleted, index * ID_WORDS);
}
