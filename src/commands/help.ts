/** HELP of a container such as CONFIG: the lines that Redis answers, and the subcommand itself. */
import type { Args } from "../resp/args.js";
import type { ReplyWriter } from "../resp/reply-writer.js";
import { type CommandFlag, type CommandSpec, defineCommand } from "./define.js";

/** Answers with `NAME <subcommand> …`, the lines, and HELP's own. */
export function replyHelp(out: ReplyWriter, name: string, lines: readonly string[]): void {
  out.array(lines.length + 3);
  out.simple(`${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) out.simple(line);
  out.simple("HELP");
  out.simple("    Print this help.");
}

/** For a subcommand that is unknown, or has the wrong number of words, where the registry does not know it. */
export function replySubcommandError(args: Args, out: ReplyWriter): void {
  const sub = args.cText(1, 128);
  const name = args.cText(0).toUpperCase();
  out.errorText(`ERR unknown subcommand or wrong number of arguments for '${sub}'. Try ${name} HELP.`);
}

export interface HelpOptions {
  readonly group: CommandSpec["group"];
  readonly since: string;
  readonly flags?: readonly CommandFlag[];
  readonly acl?: readonly string[];
}

/** The HELP subcommand of the container `name`. Lines of a description begin with four blanks. */
export function defineHelp(name: string, lines: readonly string[], options: HelpOptions): CommandSpec {
  return defineCommand({
    name: "help",
    complexity: "O(1)",
    summary: `Lists the subcommands of ${name.toUpperCase()}.`,
    arity: 2,
    ...options,
    flags: options.flags ?? ["loading", "stale"],
    run: (_ctx, args, out) => replyHelp(out, args.cText(0), lines),
  });
}
