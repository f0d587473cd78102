/** COMMAND: what the server's commands are, from their own metadata. */
import { Args, keyword } from "../../../resp/args.js";
import { matchGlob } from "../../../resp/glob.js";
import type { ReplyWriter } from "../../../resp/reply-writer.js";
import type { Command } from "../../command.js";
import type { CommandContext } from "../../context.js";
import { arg, type CommandFlag, type CommandSpec, defineCommand } from "../../define.js";
import { ERR_SYNTAX } from "../../errors.js";
import { defineHelp } from "../../help.js";
import { findKeys, hasKeys, KeyList } from "../../key-specs.js";
import { NAME_MAX_BYTES } from "../../registry.js";
import { replyCommandDocs } from "./reply-docs.js";
import { replyCommandInfo, replyStatusSet } from "./reply-info.js";

const FLAGS: readonly CommandFlag[] = ["loading", "stale"];
const ANY_ORDER = ["nondeterministic_output_order"];
const NAMES = arg.optional(arg.multiple(arg.string("command-name")));
const FULL_COMMAND = [arg.string("command"), arg.optional(arg.multiple(arg.string("arg")))];

const FILTERBY = keyword("filterby");
const MODULE = keyword("module");
const ACLCAT = keyword("aclcat");
const PATTERN = keyword("pattern");

function define(spec: Pick<CommandSpec, "name" | "summary" | "arity" | "run"> & Partial<CommandSpec>): CommandSpec {
  return { group: "server", since: "2.8.13", complexity: "O(1)", flags: FLAGS, acl: ["connection"], ...spec };
}

function replyAll(ctx: CommandContext, out: ReplyWriter): void {
  const { commands } = ctx.server.registry;
  out.array(commands.size);
  for (const command of commands.values()) replyCommandInfo(out, command);
}

const count = define({
  name: "count",
  summary: "Counts the commands.",
  arity: 2,
  run: (ctx, _args, out) => out.integer(ctx.server.registry.commands.size),
});

const info = define({
  name: "info",
  complexity: "O(N) where N is the number of commands to look up",
  summary: "Describes commands: arity, flags, keys, categories, tips.",
  arity: -2,
  tips: ANY_ORDER,
  history: [["7.0.0", "Allowed to be called with no argument to get info on all commands."]],
  args: [NAMES],
  run(ctx, args, out) {
    if (args.count === 2) return replyAll(ctx, out);
    out.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const command = ctx.server.registry.findByName(args.text(i, NAME_MAX_BYTES) ?? "");
      if (command === null) out.nil();
      else replyCommandInfo(out, command);
    }
  },
});

const docs = define({
  name: "docs",
  since: "7.0.0",
  complexity: "O(N) where N is the number of commands to look up",
  summary: "Documents commands: what they do, since when, their arguments.",
  arity: -2,
  tips: ANY_ORDER,
  args: [NAMES],
  run(ctx, args, out) {
    const { registry } = ctx.server;
    const found: Command[] = [];
    if (args.count === 2) found.push(...registry.commands.values());
    for (let i = 2; i < args.count; i++) {
      const command = registry.findByName(args.text(i, NAME_MAX_BYTES) ?? "");
      if (command !== null) found.push(command);
    }
    out.map(found.length);
    for (const command of found) {
      out.bulkText(command.fullName);
      replyCommandDocs(out, command);
    }
  },
});

const list = define({
  name: "list",
  since: "7.0.0",
  complexity: "O(N) where N is the total number of Redis commands",
  summary: "Lists the names of the commands.",
  arity: -2,
  tips: ANY_ORDER,
  args: [
    arg.oneOf(
      "filterby",
      [
        arg.string("module-name", { token: "MODULE" }),
        arg.string("category", { token: "ACLCAT" }),
        arg.pattern("pattern", { token: "PATTERN" }),
      ],
      { token: "FILTERBY", optional: true },
    ),
  ],
  run(ctx, args, out) {
    const filter = args.count === 2 ? () => true : readFilter(args);
    if (filter === null) return out.error(ERR_SYNTAX);
    const names = [...ctx.server.registry.listAll()].filter(filter).map((command) => command.fullName);
    out.array(names.length);
    for (const name of names) out.bulkText(name);
  },
});

/** The condition behind FILTERBY, or null when it is none. */
function readFilter(args: Args): ((command: Command) => boolean) | null {
  if (args.count !== 5 || !args.is(2, FILTERBY)) return null;
  // There are no modules, and so no command belongs to one.
  if (args.is(3, MODULE)) return () => false;
  if (args.is(3, ACLCAT)) {
    const category = args.lowerCText(4, 64);
    return (command) => command.categories.includes(category);
  }
  if (!args.is(3, PATTERN)) return null;
  return ({ fullName }) => {
    const name = Buffer.from(fullName, "latin1");
    return matchGlob(args.bytes, args.start(4), args.end(4), name, 0, name.length, true);
  };
}

function replyKeys(ctx: CommandContext, args: Args, out: ReplyWriter, withFlags: boolean): void {
  const request = Args.from(Array.from({ length: args.count - 2 }, (_, i) => args.copy(i + 2)));
  const command = ctx.server.registry.find(request);
  if (command === null) return out.errorText("ERR Invalid command specified");
  const { spec } = command;
  if (!hasKeys(spec)) return out.errorText("ERR The command has no key arguments");
  if (!command.accepts(request.count)) {
    return out.errorText("ERR Invalid number of arguments specified for command");
  }
  const found = new KeyList();
  if (!findKeys(spec, request, found) && !command.listFlags().includes("no_mandatory_keys")) {
    return out.errorText("ERR Invalid arguments specified for command");
  }
  out.array(found.count);
  found.indexes.forEach((index, i) => {
    if (withFlags) out.array(2);
    out.bulkBytes(request.copy(index));
    if (withFlags) replyStatusSet(out, found.flags[i] ?? []);
  });
}

const getkeys = define({
  name: "getkeys",
  complexity: "O(N) where N is the number of arguments to the command",
  summary: "Picks the keys out of a full command.",
  arity: -3,
  args: FULL_COMMAND,
  run: (ctx, args, out) => replyKeys(ctx, args, out, false),
});

const getkeysandflags = define({
  name: "getkeysandflags",
  since: "7.0.0",
  complexity: "O(N) where N is the number of arguments to the command",
  summary: "Picks the keys out of a full command, and tells how it uses each.",
  arity: -3,
  args: FULL_COMMAND,
  run: (ctx, args, out) => replyKeys(ctx, args, out, true),
});

const HELP = [
  "(no subcommand)",
  "    Return details about all Redis commands.",
  "COUNT",
  "    Return the total number of commands in this Redis server.",
  "LIST",
  "    Return a list of all commands in this Redis server.",
  "INFO [<command-name> ...]",
  "    Return details about multiple Redis commands.",
  "    If no command names are given, documentation details for all",
  "    commands are returned.",
  "DOCS [<command-name> ...]",
  "    Return documentation details about multiple Redis commands.",
  "    If no command names are given, documentation details for all",
  "    commands are returned.",
  "GETKEYS <full-command>",
  "    Return the keys from a full Redis command.",
  "GETKEYSANDFLAGS <full-command>",
  "    Return the keys and the access flags from a full Redis command.",
];

export const command = defineCommand({
  name: "command",
  group: "server",
  since: "2.8.13",
  complexity: "O(N) where N is the total number of Redis commands",
  summary: "Describes all commands.",
  arity: -1,
  flags: FLAGS,
  acl: ["connection"],
  tips: ANY_ORDER,
  subcommands: [
    count,
    docs,
    getkeys,
    getkeysandflags,
    info,
    list,
    defineHelp("command", HELP, { group: "server", since: "5.0.0", acl: ["connection"] }),
  ],
  run: (ctx, _args, out) => replyAll(ctx, out),
});
