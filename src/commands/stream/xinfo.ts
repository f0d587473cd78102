/** XINFO and its subcommands: what a stream is made of. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { MAX_ID, MIN_ID } from "../../keyspace/streams.js";
import { type Args, keyword } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { Handle } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NO_SUCH_KEY, ERR_NOT_INTEGER, ERR_WRONG_TYPE } from "../errors.js";
import { defineHelp, replySubcommandError } from "../help.js";
import { replyFullGroups } from "./full-groups.js";
import { replyEntry, replyId, replyRange } from "./reply-entries.js";
import { xinfoConsumers, xinfoGroups } from "./xinfo-groups.js";

const FULL = keyword("FULL");
const COUNT = keyword("COUNT");
/** Entries that FULL shows of a stream without COUNT. */
const FULL_ENTRIES = 10;
/** What readLimitOrReply answers without FULL, and when the client has got an error. */
const NOT_FULL = -1;

const ID = new Id();

const HELP = [
  "CONSUMERS <key> <groupname>",
  "    Show consumers of <groupname>.",
  "GROUPS <key>",
  "    Show the stream consumer groups.",
  "STREAM <key> [FULL [COUNT <count>]",
  "    Show information about the stream.",
];

const stream = defineCommand({
  name: "stream",
  group: "stream",
  since: "5.0.0",
  complexity: "O(1)",
  summary: "Tells of a stream: its length, IDs, first and last entry; with FULL, its entries and groups.",
  arity: -3,
  flags: ["readonly"],
  acl: ["stream"],
  keys: [keyAt(2, "RO", "access")],
  args: [
    arg.key("key"),
    arg.optional(arg.block("full-block", [arg.token("FULL"), arg.optional(arg.integer("count", { token: "COUNT" }))])),
  ],
  history: [
    ["6.0.0", "Added the `FULL` modifier."],
    [
      "7.0.0",
      "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields",
    ],
    ["7.2.0", "Added the `active-time` field, and changed the meaning of `seen-time`."],
  ],
  run(ctx, args, out) {
    const { streams } = ctx;
    const record = ctx.db.find(args, 2);
    if (record === NO_ENTRY) return out.error(ERR_NO_SUCH_KEY);
    if (!streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
    const limit = readLimitOrReply(args, out);
    if (Number.isNaN(limit)) return;
    const head = streams.head(record);
    replyNumbers(ctx, head, limit === NOT_FULL ? 10 : 9, out);
    if (limit === NOT_FULL) return replyEdges(ctx, head, out);
    out.bulkText("entries");
    replyRange(streams, head, MIN_ID, MAX_ID, limit, false, out);
    out.bulkText("groups");
    replyFullGroups(ctx, head, limit, out);
  },
});

export const xinfo = defineCommand({
  name: "xinfo",
  group: "stream",
  since: "5.0.0",
  complexity: "Depends on subcommand.",
  summary: "Tells of streams and their consumer groups.",
  arity: -2,
  subcommands: [
    xinfoConsumers,
    xinfoGroups,
    stream,
    defineHelp("xinfo", HELP, { group: "stream", since: "5.0.0", acl: ["stream"] }),
  ],
});

/** How many entries FULL shows (0: all), or NOT_FULL; NaN when the client has got an error. */
function readLimitOrReply(args: Args, out: ReplyWriter): number {
  if (args.count === 3) return NOT_FULL;
  const hasCount = args.count === 6;
  if (!args.is(3, FULL) || (args.count !== 4 && !(hasCount && args.is(4, COUNT)))) {
    replySubcommandError(args, out);
    return Number.NaN;
  }
  if (!hasCount) return FULL_ENTRIES;
  const count = args.readInteger(5);
  if (Number.isNaN(count)) out.error(ERR_NOT_INTEGER);
  return count < 0 ? FULL_ENTRIES : count;
}

/** What both forms begin with. */
function replyNumbers(ctx: CommandContext, head: Handle, pairs: number, out: ReplyWriter): void {
  const { heads, trees } = ctx.streams;
  const root = heads.nodes(head);
  out.map(pairs);
  out.bulkText("length");
  out.integer(heads.length(head));
  out.bulkText("radix-tree-keys");
  out.integer(trees.count(root));
  out.bulkText("radix-tree-nodes");
  out.integer(trees.blockCount(root));
  out.bulkText("last-generated-id");
  heads.readLastId(head, ID);
  replyId(ID, out);
  out.bulkText("max-deleted-entry-id");
  heads.readMaxDeletedId(head, ID);
  replyId(ID, out);
  out.bulkText("entries-added");
  replyEntriesAdded(ctx, head, out);
  out.bulkText("recorded-first-entry-id");
  heads.readFirstId(head, ID);
  replyId(ID, out);
}

function replyEntriesAdded(ctx: CommandContext, head: Handle, out: ReplyWriter): void {
  const { heads } = ctx.streams;
  const added = heads.entriesAdded(head);
  if (Number.isSafeInteger(added)) out.integer(added);
  else out.bigint(BigInt.asIntN(64, heads.entriesAddedExact(head)));
}

function replyEdges(ctx: CommandContext, head: Handle, out: ReplyWriter): void {
  const { heads, groups, iterator } = ctx.streams;
  out.bulkText("groups");
  out.integer(groups.count(heads.groups(head)));
  for (const last of [false, true]) {
    out.bulkText(last ? "last-entry" : "first-entry");
    iterator.start(heads.nodes(head), MIN_ID, MAX_ID, last);
    if (iterator.next()) replyEntry(iterator, out);
    else out.nil();
  }
}
