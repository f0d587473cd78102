/** PUBSUB: who listens to what. */
import type { Args } from "../../resp/args.js";
import { matchGlob } from "../../resp/glob.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { ChannelTableView } from "../context.js";
import { type ArgSpec, arg, type CommandFlag, type CommandSpec, defineCommand } from "../define.js";
import { defineHelp, replySubcommandError } from "../help.js";

const FLAGS: readonly CommandFlag[] = ["pubsub", "loading", "stale"];

const HELP = [
  "CHANNELS [<pattern>]",
  "    Return the currently active channels matching a <pattern> (default: '*').",
  "NUMPAT",
  "    Return number of subscriptions to patterns.",
  "NUMSUB [<channel> ...]",
  "    Return the number of subscribers for the specified channels, excluding",
  "    pattern subscriptions(default: no channels).",
  "SHARDCHANNELS [<pattern>]",
  "    Return the currently active shard level channels matching a <pattern> (default: '*').",
  "SHARDNUMSUB [<shardchannel> ...]",
  "    Return the number of subscribers for the specified shard level channel(s)",
];

type Subcommand = Pick<CommandSpec, "name" | "since" | "complexity" | "summary" | "run"> & Partial<CommandSpec>;

function define(spec: Subcommand): CommandSpec {
  return defineCommand({ group: "pubsub", arity: -2, flags: FLAGS, ...spec });
}

const PATTERN: readonly ArgSpec[] = [arg.optional(arg.pattern("pattern"))];

/** The names of a table, or those that match the pattern in argument 2. */
function replyNames(table: ChannelTableView, args: Args, out: ReplyWriter): void {
  if (args.count > 3) return replySubcommandError(args, out);
  const mark = out.beginArray();
  let count = 0;
  for (const name of table.listNames()) {
    if (args.count === 3) {
      const bytes = Buffer.from(name, "latin1");
      if (!matchGlob(args.bytes, args.start(2), args.end(2), bytes, 0, bytes.length, false)) continue;
    }
    out.bulkText(name);
    count++;
  }
  out.endArray(mark, count);
}

/** Each name that is asked for, and how many listen to it. */
function replyCounts(table: ChannelTableView, args: Args, out: ReplyWriter): void {
  out.array((args.count - 2) * 2);
  for (let i = 2; i < args.count; i++) {
    out.bulk(args.view, args.start(i), args.end(i));
    out.integer(table.countSubscribers(args.view, args.start(i), args.end(i)));
  }
}

const channels = define({
  name: "channels",
  since: "2.8.0",
  complexity:
    "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short " +
    "channels and patterns)",
  summary: "Lists the channels that anybody listens to.",
  args: PATTERN,
  run: (ctx, args, out) => replyNames(ctx.server.pubsub.channels, args, out),
});

const numsub = define({
  name: "numsub",
  since: "2.8.0",
  complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
  summary: "Counts the listeners of channels.",
  args: [arg.optional(arg.multiple(arg.string("channel")))],
  run: (ctx, args, out) => replyCounts(ctx.server.pubsub.channels, args, out),
});

const numpat = define({
  name: "numpat",
  since: "2.8.0",
  complexity: "O(1)",
  summary: "Counts the patterns that anybody listens to.",
  arity: 2,
  run: (ctx, _args, out) => out.integer(ctx.server.pubsub.patterns.count),
});

const shardchannels = define({
  name: "shardchannels",
  since: "7.0.0",
  complexity:
    "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively " +
    "short shard channels).",
  summary: "Lists the shard channels that anybody listens to.",
  args: PATTERN,
  run: (ctx, args, out) => replyNames(ctx.server.pubsub.shardChannels, args, out),
});

const shardnumsub = define({
  name: "shardnumsub",
  since: "7.0.0",
  complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
  summary: "Counts the listeners of shard channels.",
  args: [arg.optional(arg.multiple(arg.string("shardchannel")))],
  run: (ctx, args, out) => replyCounts(ctx.server.pubsub.shardChannels, args, out),
});

export const pubsub = defineCommand({
  name: "pubsub",
  group: "pubsub",
  since: "2.8.0",
  complexity: "Depends on subcommand.",
  summary: "Tells who listens to what.",
  arity: -2,
  subcommands: [
    channels,
    numpat,
    numsub,
    shardchannels,
    shardnumsub,
    defineHelp("pubsub", HELP, { group: "pubsub", since: "6.2.0" }),
  ],
});
