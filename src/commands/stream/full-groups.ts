/** The consumer groups in the reply of XINFO STREAM FULL. Called by xinfo.ts. */
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { Handle } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import { IdCursor } from "../../storage/id-tree.js";
import type { CommandContext } from "../context.js";
import { replyId } from "./reply-entries.js";
import { replyBlockName, replyCount } from "./reply-groups.js";
import { replyProgress } from "./xinfo-groups.js";

const id = new Id();
const ownCursor = new IdCursor();

/** Answers with all groups; of pending entries at most `limit` each, 0 for all. */
export function replyFullGroups(ctx: CommandContext, head: Handle, limit: number, out: ReplyWriter): void {
  const { heads, groups } = ctx.streams;
  const { blocks, pending } = groups;
  const list = heads.groups(head);
  const count = groups.count(list);
  out.array(count);
  for (let i = 0; i < count; i++) {
    const group = blocks.groups.block(list, i);
    out.map(7);
    out.bulkText("name");
    replyBlockName(ctx, blocks.groups, group, out);
    replyProgress(ctx, head, group, out);
    out.bulkText("pel-count");
    out.integer(pending.count(group));
    out.bulkText("pending");
    replyPending(ctx, group, limit, out);
    out.bulkText("consumers");
    const consumers = blocks.consumerList(group);
    const consumerCount = blocks.consumers.count(consumers);
    out.array(consumerCount);
    for (let k = 0; k < consumerCount; k++) {
      replyConsumer(ctx, group, blocks.consumers.block(consumers, k), limit, out);
    }
  }
}

function replyPending(ctx: CommandContext, group: Handle, limit: number, out: ReplyWriter): void {
  const { blocks, pending } = ctx.streams.groups;
  const shown = limitTo(pending.count(group), limit);
  out.array(shown);
  if (shown > 0) pending.seekFirst(group);
  for (let i = 0; i < shown; i++, pending.next()) {
    pending.readId(id);
    out.array(4);
    replyId(id, out);
    replyBlockName(ctx, blocks.consumers, pending.consumer, out);
    replyCount(pending.deliveryTime, out);
    replyCount(pending.deliveries, out);
  }
}

function replyConsumer(ctx: CommandContext, group: Handle, consumer: Handle, limit: number, out: ReplyWriter): void {
  const { blocks, pending } = ctx.streams.groups;
  const { own } = pending;
  const count = pending.ownCount(consumer);
  out.map(5);
  out.bulkText("name");
  replyBlockName(ctx, blocks.consumers, consumer, out);
  out.bulkText("seen-time");
  replyCount(blocks.seenTime(consumer), out);
  out.bulkText("active-time");
  replyCount(blocks.activeTime(consumer), out);
  out.bulkText("pel-count");
  out.integer(count);
  out.bulkText("pending");
  const shown = limitTo(count, limit);
  out.array(shown);
  if (shown > 0) own.seekFirst(blocks.ownPending(consumer), ownCursor);
  for (let i = 0; i < shown; i++, own.next(ownCursor)) {
    own.readId(ownCursor, id);
    pending.find(group, id);
    out.array(3);
    replyId(id, out);
    replyCount(pending.deliveryTime, out);
    replyCount(pending.deliveries, out);
  }
}

function limitTo(count: number, limit: number): number {
  return limit === 0 ? count : Math.min(count, limit);
}
