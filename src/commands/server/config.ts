/** CONFIG: over config/config.ts, through the server's ConfigView. */
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { arg, type CommandFlag, type CommandSpec, defineCommand } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";
import { defineHelp } from "../help.js";

const PATTERN_MAX_BYTES = 4096;
const VALUE_MAX_BYTES = 1024 * 1024;

function describeTooLong(name: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - argument is longer than ${VALUE_MAX_BYTES} bytes`;
}

const ADMIN: readonly CommandFlag[] = ["admin", "noscript", "loading", "stale"];
const ON_ALL_NODES = ["request_policy:all_nodes", "response_policy:all_succeeded"];

const get: CommandSpec = {
  name: "get",
  group: "server",
  since: "2.0.0",
  complexity: "O(N) when N is the number of configuration parameters provided",
  summary: "Shows the values of the directives that match.",
  arity: -3,
  flags: ADMIN,
  history: [["7.0.0", "Added the ability to pass multiple pattern parameters in one call"]],
  args: [arg.multiple(arg.string("parameter"))],
  run(ctx, args, out) {
    // What is longer than that names nothing.
    const patterns: string[] = [];
    for (let i = 2; i < args.count; i++) patterns.push(args.text(i, PATTERN_MAX_BYTES) ?? "");
    const found = ctx.server.config.get(patterns);
    out.map(found.length);
    for (const [name, value] of found) {
      out.bulkText(name);
      out.bulkText(value);
    }
  },
};

function replySet(out: ReplyWriter, error: string | null): void {
  if (error === null) out.ok();
  else out.errorText(error);
}

const set: CommandSpec = {
  name: "set",
  group: "server",
  since: "2.0.0",
  complexity: "O(N) when N is the number of configuration parameters provided",
  summary: "Changes directives of the running server, all or none.",
  arity: -4,
  flags: ADMIN,
  tips: ON_ALL_NODES,
  history: [["7.0.0", "Added the ability to set multiple parameters in one call."]],
  args: [arg.multiple(arg.block("data", [arg.string("parameter"), arg.string("value")]))],
  run(ctx, args, out) {
    if (args.count % 2 === 1) return out.error(ERR_SYNTAX);
    const pairs: [string, string][] = [];
    for (let i = 2; i < args.count; i += 2) {
      const name = args.text(i, PATTERN_MAX_BYTES) ?? args.cText(i);
      const value = args.text(i + 1, VALUE_MAX_BYTES);
      if (value === null) return out.errorText(describeTooLong(name));
      pairs.push([name, value]);
    }
    const result = ctx.server.config.set(pairs, ctx.session);
    if (typeof result === "object" && result !== null) ctx.session.defer(result, replySet);
    else replySet(out, result);
  },
};

const resetstat: CommandSpec = {
  name: "resetstat",
  group: "server",
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Sets the counters that INFO shows back to zero.",
  arity: 2,
  flags: ADMIN,
  tips: ON_ALL_NODES,
  run(ctx, _args, out) {
    ctx.server.resetStats();
    out.ok();
  },
};

const rewrite: CommandSpec = {
  name: "rewrite",
  group: "server",
  since: "2.8.0",
  complexity: "O(1)",
  summary: "Writes the present values to the configuration file.",
  arity: 2,
  flags: ADMIN,
  tips: ON_ALL_NODES,
  run(ctx, _args, out) {
    const error = ctx.server.config.rewrite();
    if (error === null) out.ok();
    else out.errorText(error);
  },
};

const HELP = [
  "GET <pattern>",
  "    Return parameters matching the glob-like <pattern> and their values.",
  "SET <directive> <value>",
  "    Set the configuration <directive> to <value>.",
  "RESETSTAT",
  "    Reset statistics reported by the INFO command.",
  "REWRITE",
  "    Rewrite the configuration file.",
];

export const config = defineCommand({
  name: "config",
  group: "server",
  since: "2.0.0",
  complexity: "Depends on subcommand.",
  summary: "Reads and changes the configuration.",
  arity: -2,
  subcommands: [get, set, resetstat, rewrite, defineHelp("config", HELP, { group: "server", since: "5.0.0" })],
});
