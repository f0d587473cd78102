import { NO_ENTRY } from "../../keyspace/database.js";
import { TYPE_STREAM } from "../../keyspace/record.js";
import { formatId } from "../../keyspace/stream-id.js";
import { MAX_ID } from "../../keyspace/streams.js";
import { Args, keyword } from "../../resp/args.js";
import type { ReplyMark } from "../../resp/output.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { readIdOrReply } from "./id-arguments.js";
import { DOES_NOT_BLOCK, findStreamKeys, keysAfterStreams, READ_ARGUMENTS } from "./read-arguments.js";
import { replyOnward } from "./reply-entries.js";

const ERR_GROUP_ID = encodeReply(
  "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.\r\n",
);
const ERR_ZERO_ID = encodeReply("-ERR the stream last element ID is 0-0\r\n");

const DOLLAR = keyword("$");
const PLUS = keyword("+");
const GREATER = keyword(">");

/** Behind which ID each stream is read: those of the present call, and what is left of longer ones before. */
const STARTS: Id[] = [];
const KEPT_STARTS = 64;
const START = new Id();

export const xread = defineCommand({
  name: "xread",
  group: "stream",
  since: "5.0.0",
  complexity: "",
  summary: "The entries of streams behind given IDs; waits for one if asked to.",
  arity: -4,
  flags: ["blocking", "readonly"],
  acl: ["stream"],
  keys: [keysAfterStreams(1, "RO", "access")],
  findKeys: findStreamKeys,
  args: [
    arg.optional(arg.integer("count", { token: "COUNT" })),
    arg.optional(arg.integer("milliseconds", { token: "BLOCK" })),
    arg.block("streams", [arg.multiple(arg.key("key")), arg.multiple(arg.string("id"))], { token: "STREAMS" }),
  ],
  run(ctx, args, out) {
    const options = READ_ARGUMENTS;
    if (!options.parse(ctx, args, false, out)) return;
    if (STARTS.length > KEPT_STARTS) STARTS.length = KEPT_STARTS;
    let fromNow = false;
    for (let i = 0; i < options.keyCount; i++) {
      const idAt = options.firstKey + options.keyCount + i;
      if (!readStartOrReply(ctx, args, options.firstKey + i, idAt, startOf(i), out)) return;
      fromNow ||= args.is(idAt, DOLLAR);
    }
    if (replyStreams(ctx, args, out)) return;
    if (options.deadline === DOES_NOT_BLOCK || ctx.session.denyBlocking) return out.nilArray();
    const { firstKey, keyCount, deadline } = options;
    ctx.session.block({ args: fromNow ? withoutSigns(args) : args, firstKey, keyCount, type: TYPE_STREAM, deadline });
  },
});

function startOf(i: number): Id {
  let id = STARTS[i];
  if (id === undefined) {
    id = new Id();
    STARTS[i] = id;
  }
  return id;
}

/** The ID that argument `idAt` means for the stream of this key: entries behind it are asked for. */
function readStartOrReply(
  ctx: CommandContext,
  args: Args,
  key: number,
  idAt: number,
  id: Id,
  out: ReplyWriter,
): boolean {
  const { streams } = ctx;
  const record = ctx.db.find(args, key);
  if (record !== NO_ENTRY && !streams.isStream(record)) return refuse(out, ERR_WRONG_TYPE);
  const isLast = args.is(idAt, PLUS);
  if (isLast || args.is(idAt, DOLLAR)) {
    id.setMin();
    if (record === NO_ENTRY) return true;
    streams.heads.readLastId(streams.head(record), id);
    return !isLast || id.decrement() || refuse(out, ERR_ZERO_ID);
  }
  if (args.is(idAt, GREATER)) return refuse(out, ERR_GROUP_ID);
  return readIdOrReply(args, idAt, id, out);
}

/** Answers with the streams that have entries; false, and nothing is written, when none has. */
function replyStreams(ctx: CommandContext, args: Args, out: ReplyWriter): boolean {
  const { streams, db } = ctx;
  const { firstKey, keyCount, limit } = READ_ARGUMENTS;
  let mark: ReplyMark | null = null;
  let served = 0;
  for (let i = 0; i < keyCount; i++) {
    const record = db.find(args, firstKey + i);
    if (record === NO_ENTRY) continue;
    START.copyFrom(startOf(i));
    if (!START.increment()) continue;
    const { iterator } = streams;
    iterator.start(streams.heads.nodes(streams.head(record)), START, MAX_ID, false);
    if (!iterator.next()) continue;
    mark ??= out.beginArray();
    served++;
    if (out.resp === 2) out.array(2);
    out.bulk(args.view, args.start(firstKey + i), args.end(firstKey + i));
    replyOnward(iterator, limit, out);
  }
  if (mark === null) return false;
  if (out.resp === 2) out.endArray(mark, served);
  else out.endMap(mark, served);
  return true;
}

/** The arguments with the IDs that `$` stands for now: later, they would stand for others. */
function withoutSigns(args: Args): Args {
  const { firstKey, keyCount } = READ_ARGUMENTS;
  const words: (string | Uint8Array)[] = [];
  for (let i = 0; i < args.count; i++) {
    const stream = i - firstKey - keyCount;
    words.push(stream >= 0 && args.is(i, DOLLAR) ? formatId(startOf(stream)) : args.copy(i));
  }
  return Args.from(words);
}

function refuse(out: ReplyWriter, error: Uint8Array): boolean {
  out.error(error);
  return false;
}
