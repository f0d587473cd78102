/** The arguments that the commands on consumer groups share: key, group, consumer. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import type { CommandContext } from "../context.js";
import { EVENT_STREAM } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";

/** What a message shows of an argument: C's strings end at a zero byte. */
export function shownText(args: Args, i: number): string {
  return args.cText(i);
}

/** The group that argument i names, of a stream; NONE when there is none. */
export function findGroup(ctx: CommandContext, record: Record, args: Args, i: number): Handle {
  const { streams } = ctx;
  return streams.groups.find(streams.head(record), args.view, args.start(i), args.byteLength(i));
}

/** The group of argument 2 of the stream that argument 1 names; NONE when the client has got an error. */
export function findKeyAndGroupOrReply(ctx: CommandContext, args: Args, record: Record, out: ReplyWriter): Handle {
  if (record !== NO_ENTRY) {
    if (!ctx.streams.isStream(record)) {
      out.error(ERR_WRONG_TYPE);
      return NONE;
    }
    const group = findGroup(ctx, record, args, 2);
    if (group !== NONE) return group;
  }
  out.errorText(`NOGROUP No such key '${shownText(args, 1)}' or consumer group '${shownText(args, 2)}'`);
  return NONE;
}

/** The same for XGROUP and XINFO, whose stream is there, and whose arguments 2 and 3 name it and the group. */
export function findGroupOrReply(ctx: CommandContext, args: Args, record: Record, out: ReplyWriter): Handle {
  const group = findGroup(ctx, record, args, 3);
  if (group === NONE) {
    out.errorText(`NOGROUP No such consumer group '${shownText(args, 3)}' for key name '${shownText(args, 2)}'`);
  }
  return group;
}

export function findConsumer(ctx: CommandContext, group: Handle, args: Args, i: number): Handle {
  return ctx.streams.groups.findConsumer(group, args.view, args.start(i), args.byteLength(i));
}

/** Makes the consumer that argument i names, of a group of the stream of argument `key`; NONE when it is there. */
export function createConsumer(ctx: CommandContext, group: Handle, args: Args, key: number, i: number): Handle {
  const { effects } = ctx;
  const consumer = ctx.streams.groups.createConsumer(group, args.view, args.start(i), args.byteLength(i));
  if (consumer === NONE) return NONE;
  effects.dirty++;
  effects.notify(ctx.db, args.view, args.start(key), args.byteLength(key), EVENT_STREAM, "xgroup-createconsumer");
  return consumer;
}

/** The consumer that argument i names, made where it is not there; it is seen now. */
export function takeConsumer(ctx: CommandContext, group: Handle, args: Args, key: number, i: number): Handle {
  let consumer = findConsumer(ctx, group, args, i);
  if (consumer === NONE) consumer = createConsumer(ctx, group, args, key, i);
  ctx.streams.groups.blocks.setSeenTime(consumer, ctx.nowMs);
  return consumer;
}
