/** XINFO GROUPS and XINFO CONSUMERS. xinfo.ts has the container. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { UNKNOWN } from "../../keyspace/group-blocks.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NO_SUCH_KEY, ERR_WRONG_TYPE } from "../errors.js";
import { findGroupOrReply } from "./group-arguments.js";
import { replyId } from "./reply-entries.js";
import { ageOf, replyBlockName, replyCount } from "./reply-groups.js";

const id = new Id();

export const xinfoGroups = defineCommand({
  name: "groups",
  group: "stream",
  since: "5.0.0",
  complexity: "O(1)",
  summary: "Lists the consumer groups of a stream.",
  arity: 3,
  flags: ["readonly"],
  acl: ["stream"],
  keys: [keyAt(2, "RO", "access")],
  history: [["7.0.0", "Added the `entries-read` and `lag` fields"]],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = findStreamOrReply(ctx, args, out);
    if (record === NO_ENTRY) return;
    const { heads, groups } = ctx.streams;
    const head = ctx.streams.head(record);
    const list = heads.groups(head);
    const count = groups.count(list);
    out.array(count);
    for (let i = 0; i < count; i++) {
      const group = groups.blocks.groups.block(list, i);
      out.map(6);
      out.bulkText("name");
      replyBlockName(ctx, groups.blocks.groups, group, out);
      out.bulkText("consumers");
      out.integer(groups.blocks.consumers.count(groups.blocks.consumerList(group)));
      out.bulkText("pending");
      out.integer(groups.pending.count(group));
      replyProgress(ctx, head, group, out);
    }
  },
});

export const xinfoConsumers = defineCommand({
  name: "consumers",
  group: "stream",
  since: "5.0.0",
  complexity: "O(1)",
  summary: "Lists the consumers of a consumer group.",
  arity: 4,
  flags: ["readonly"],
  acl: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [keyAt(2, "RO", "access")],
  history: [["7.2.0", "Added the `inactive` field, and changed the meaning of `idle`."]],
  args: [arg.key("key"), arg.string("group")],
  run(ctx, args, out) {
    const record = findStreamOrReply(ctx, args, out);
    if (record === NO_ENTRY) return;
    const group = findGroupOrReply(ctx, args, record, out);
    if (group === NONE) return;
    const { blocks, pending } = ctx.streams.groups;
    const list = blocks.consumerList(group);
    const count = blocks.consumers.count(list);
    out.array(count);
    for (let i = 0; i < count; i++) {
      const consumer = blocks.consumers.block(list, i);
      const active = blocks.activeTime(consumer);
      out.map(4);
      out.bulkText("name");
      replyBlockName(ctx, blocks.consumers, consumer, out);
      out.bulkText("pending");
      out.integer(pending.ownCount(consumer));
      out.bulkText("idle");
      const idle = ageOf(ctx, blocks.seenTime(consumer));
      replyCount(idle < 0 ? 0 : idle, out);
      out.bulkText("inactive");
      replyCount(active === UNKNOWN ? active : ageOf(ctx, active), out);
    }
  },
});

/** How far a group has read: three pairs of a map. */
export function replyProgress(ctx: CommandContext, head: Handle, group: Handle, out: ReplyWriter): void {
  const { blocks, counters } = ctx.streams.groups;
  out.bulkText("last-delivered-id");
  blocks.readLastId(group, id);
  replyId(id, out);
  out.bulkText("entries-read");
  const read = blocks.entriesRead(group);
  if (read === UNKNOWN) out.nil();
  else replyCount(read, out);
  out.bulkText("lag");
  const lag = counters.lag(head, group);
  if (lag === null) out.nil();
  else replyCount(lag, out);
}

/** The stream of argument 2; NO_ENTRY when the client has got an error. */
function findStreamOrReply(ctx: CommandContext, args: Args, out: ReplyWriter): Record {
  const record = ctx.db.find(args, 2);
  if (record === NO_ENTRY) {
    out.error(ERR_NO_SUCH_KEY);
    return NO_ENTRY;
  }
  if (ctx.streams.isStream(record)) return record;
  out.error(ERR_WRONG_TYPE);
  return NO_ENTRY;
}
