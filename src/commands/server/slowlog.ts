/** SLOWLOG: the latest slow calls, which server/slowlog.ts keeps. */
import { arg, type CommandFlag, type CommandSpec, defineCommand } from "../define.js";
import { defineHelp, replySubcommandError } from "../help.js";

const FLAGS: readonly CommandFlag[] = ["admin", "loading", "stale"];
const DEFAULT_COUNT = 10;

const get: CommandSpec = {
  name: "get",
  group: "server",
  since: "2.2.12",
  complexity: "O(N) where N is the number of entries returned",
  summary: "Lists the latest slow calls, newest first.",
  arity: -2,
  flags: FLAGS,
  tips: ["request_policy:all_nodes", "nondeterministic_output"],
  history: [["4.0.0", "Added client IP address, port and name to the reply."]],
  args: [arg.optional(arg.integer("count"))],
  run(ctx, args, out) {
    if (args.count > 3) return replySubcommandError(args, out);
    const count = args.count === 3 ? args.readInteger(2) : DEFAULT_COUNT;
    // The same words for what is no integer at all.
    if (!(count >= -1)) return out.errorText("ERR count should be greater than or equal to -1");
    const entries = ctx.server.slowlog.list(count);
    out.array(entries.length);
    for (const entry of entries) {
      out.array(6);
      out.integer(entry.id);
      out.integer(entry.unixSeconds);
      out.integer(entry.microseconds);
      out.array(entry.words.length);
      for (const word of entry.words) out.bulkBytes(word);
      out.bulkText(entry.address);
      out.bulkText(entry.name);
    }
  },
};

const len: CommandSpec = {
  name: "len",
  group: "server",
  since: "2.2.12",
  complexity: "O(1)",
  summary: "Counts the entries of the slow log.",
  arity: 2,
  flags: FLAGS,
  tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
  run: (ctx, _args, out) => out.integer(ctx.server.slowlog.length),
};

const reset: CommandSpec = {
  name: "reset",
  group: "server",
  since: "2.2.12",
  complexity: "O(N) where N is the number of entries in the slowlog",
  summary: "Empties the slow log.",
  arity: 2,
  flags: FLAGS,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  run(ctx, _args, out) {
    ctx.server.slowlog.reset();
    out.ok();
  },
};

const HELP = [
  "GET [<count>]",
  "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
  "    Entries are made of:",
  "    id, timestamp, time in microseconds, arguments array, client IP and port,",
  "    client name",
  "LEN",
  "    Return the length of the slowlog.",
  "RESET",
  "    Reset the slowlog.",
];

export const slowlog = defineCommand({
  name: "slowlog",
  group: "server",
  since: "2.2.12",
  complexity: "Depends on subcommand.",
  summary: "Shows which calls were slow.",
  arity: -2,
  subcommands: [get, len, reset, defineHelp("slowlog", HELP, { group: "server", since: "6.2.0" })],
});
