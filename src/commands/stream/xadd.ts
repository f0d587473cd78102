import { NO_ENTRY } from "../../keyspace/database.js";
import { formatId } from "../../keyspace/stream-id.js";
import { NODE_MAX_BYTES } from "../../keyspace/streams.js";
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STREAM } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { replyId } from "./reply-entries.js";
import { REFUSED, TRIM_ARGUMENTS, TRIM_GRAMMAR, type TrimArguments } from "./trim-arguments.js";

const ERR_ZERO_ID = encodeReply("-ERR The ID specified in XADD must be greater than 0-0\r\n");
const ERR_SMALL_ID = encodeReply(
  "-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n",
);
const ERR_EXHAUSTED = encodeReply("-ERR The stream has exhausted the last possible ID, unable to add more items\r\n");
const ERR_TOO_LARGE = encodeReply("-ERR Elements are too large to be stored\r\n");

/** The new entry's ID, and the stream's last one. */
const ENTRY_ID = new Id();
const LAST_ID = new Id();

export const xadd = defineCommand({
  name: "xadd",
  group: "stream",
  since: "5.0.0",
  complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
  summary: "Adds an entry at the end of a stream, and may take old ones out.",
  arity: -5,
  flags: ["write", "denyoom", "fast"],
  acl: ["stream"],
  keys: [{ ...keyAt(1, "RW", "update"), notes: "UPDATE instead of INSERT because of the optional trimming feature" }],
  args: [
    arg.key("key"),
    arg.optional(arg.token("NOMKSTREAM", { since: "6.2.0" })),
    arg.optional(TRIM_GRAMMAR),
    arg.oneOf("id-selector", [{ ...arg.token("*"), name: "auto-id" }, arg.string("id")]),
    arg.multiple(arg.block("data", [arg.string("field"), arg.string("value")])),
  ],
  history: [
    ["6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."],
    ["7.0.0", "Added support for the `<ms>-*` explicit ID form."],
  ],
  tips: ["nondeterministic_output"],
  run(ctx, args, out) {
    const options = TRIM_ARGUMENTS;
    const idAt = options.parse(ctx, args, true, out);
    if (idAt === REFUSED) return;
    const words = args.count - idAt - 1;
    if (words < 2 || words % 2 === 1) {
      return out.errorText(`ERR wrong number of arguments for '${ctx.command.fullName}' command`);
    }
    if (options.hasId && options.hasSeq && options.id.isZero) return out.error(ERR_ZERO_ID);
    const record = ctx.db.findForWrite(args, 1);
    let head: Handle = NONE;
    if (record !== NO_ENTRY) {
      if (!ctx.streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
      head = ctx.streams.head(record);
    } else if (options.noCreate) {
      return out.nil();
    }
    if (!chooseIdOrReply(ctx, head, options, out)) return;
    const added = append(ctx, args, head, idAt + 1, words / 2);
    if (added === NONE) return out.error(ERR_TOO_LARGE);
    replyId(ENTRY_ID, out);
    announce(ctx, args, added, idAt);
  },
});

/** Fills ENTRY_ID. A stream that is NONE yet has no last ID. */
function chooseIdOrReply(ctx: CommandContext, head: Handle, options: TrimArguments, out: ReplyWriter): boolean {
  if (head === NONE) LAST_ID.setMin();
  else ctx.streams.heads.readLastId(head, LAST_ID);
  const id = ENTRY_ID;
  id.copyFrom(LAST_ID);
  const hasNext = id.increment();
  if (!hasNext) {
    out.error(ERR_EXHAUSTED);
    return false;
  }
  if (!options.hasId) {
    if (ctx.nowMs > LAST_ID.ms) id.setNumbers(ctx.nowMs, 0);
    return true;
  }
  const given = options.id;
  if (options.hasSeq || given.msLow !== LAST_ID.msLow || given.msHigh !== LAST_ID.msHigh) {
    id.copyFrom(given);
    if (id.compare(LAST_ID) > 0) return true;
  } else if (!LAST_ID.isSeqMax) {
    return true;
  }
  out.error(ERR_SMALL_ID);
  return false;
}

/** Adds the entry, and the key if need be; the stream's head, or NONE when the entry is too large. */
function append(ctx: CommandContext, args: Args, head: Handle, first: number, pairs: number): Handle {
  const { streams } = ctx;
  let textBytes = 0;
  for (let i = first; i < args.count; i++) textBytes += args.byteLength(i);
  if (textBytes > NODE_MAX_BYTES) return NONE;
  if (head !== NONE) {
    streams.append(head, ENTRY_ID, args, first, pairs, textBytes);
    return head;
  }
  const created = streams.createHead();
  try {
    streams.append(created, ENTRY_ID, args, first, pairs, textBytes);
  } catch (error) {
    streams.free(created);
    throw error;
  }
  streams.attach(ctx.db, args.view, args.start(1), args.byteLength(1), created, -1);
  return created;
}

/** Events and propagation, and the trim between them. */
function announce(ctx: CommandContext, args: Args, head: Handle, idAt: number): void {
  const { effects, db, streams } = ctx;
  const options = TRIM_ARGUMENTS;
  effects.keyChanged(db, args, 1, EVENT_STREAM, "xadd");
  if (options.trims && streams.trim(head, options) > 0) {
    effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_STREAM, "xtrim");
  }
  if (effects.propagates && (!options.hasId || !options.hasSeq || options.isApproximate)) {
    const words: (string | Uint8Array)[] = [];
    for (let i = 0; i < args.count; i++) words.push(args.copy(i));
    words[idAt] = formatId(ENTRY_ID);
    options.rewrite(ctx, words, head);
    effects.propagateAs(db, words);
  }
  effects.keyReady(db, args, 1);
}
