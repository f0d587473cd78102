/** COMMAND DOCS' reply for one command. */
import type { ReplyWriter } from "../../../resp/reply-writer.js";
import type { Command } from "../../command.js";
import type { ArgSpec } from "../../define.js";
import { replyStatusSet } from "./reply-info.js";

/** A map's entry; only those that a command has are shown. */
type Entry = readonly [name: string, reply: () => void];

function replyMap(out: ReplyWriter, entries: readonly Entry[]): void {
  out.map(entries.length);
  for (const [name, reply] of entries) {
    out.bulkText(name);
    reply();
  }
}

function textEntry(out: ReplyWriter, name: string, text: string | undefined): Entry[] {
  return text === undefined || text === "" ? [] : [[name, () => out.bulkText(text)]];
}

export function replyCommandDocs(out: ReplyWriter, command: Command): void {
  const { spec, subcommands } = command;
  const { docFlags = [], history = [], args = [] } = spec;
  const entries: Entry[] = [
    ...textEntry(out, "summary", spec.summary),
    ...textEntry(out, "since", spec.since),
    ["group", () => out.bulkText(spec.group)],
    ...textEntry(out, "complexity", spec.complexity),
  ];
  if (docFlags.length > 0) entries.push(["doc_flags", () => replyStatusSet(out, docFlags)]);
  entries.push(...textEntry(out, "deprecated_since", spec.deprecatedSince));
  entries.push(...textEntry(out, "replaced_by", spec.replacedBy));
  if (history.length > 0) entries.push(["history", () => replyHistory(out, history)]);
  if (args.length > 0) entries.push(["arguments", () => replyArguments(out, args)]);
  if (subcommands.length > 0) {
    entries.push([
      "subcommands",
      () =>
        replyMap(
          out,
          subcommands.map((sub) => docsEntry(out, sub)),
        ),
    ]);
  }
  replyMap(out, entries);
}

function docsEntry(out: ReplyWriter, command: Command): Entry {
  return [command.fullName, () => replyCommandDocs(out, command)];
}

function replyHistory(out: ReplyWriter, history: readonly (readonly [string, string])[]): void {
  out.set(history.length);
  for (const [version, change] of history) {
    out.array(2);
    out.bulkText(version);
    out.bulkText(change);
  }
}

function replyArguments(out: ReplyWriter, args: readonly ArgSpec[]): void {
  out.array(args.length);
  for (const argument of args) {
    const { name, type, keySpecIndex, args: inner } = argument;
    const flags = listFlags(argument);
    const entries: Entry[] = [...textEntry(out, "name", name), ...textEntry(out, "type", type)];
    if (inner === undefined) entries.push(...textEntry(out, "display_text", argument.display ?? name));
    if (keySpecIndex !== undefined) entries.push(["key_spec_index", () => out.integer(keySpecIndex)]);
    // An empty token is a token: it stands for a position, as in SORT's grammar.
    const { token } = argument;
    if (token !== undefined) entries.push(["token", () => out.bulkText(token)]);
    entries.push(...textEntry(out, "summary", argument.summary));
    entries.push(...textEntry(out, "since", argument.since));
    entries.push(...textEntry(out, "deprecated_since", argument.deprecatedSince));
    if (flags.length > 0) entries.push(["flags", () => replyStatusSet(out, flags)]);
    if (inner !== undefined) entries.push(["arguments", () => replyArguments(out, inner)]);
    replyMap(out, entries);
  }
}

function listFlags({ optional, multiple, multipleToken }: ArgSpec): string[] {
  const flags: string[] = [];
  if (optional) flags.push("optional");
  if (multiple) flags.push("multiple");
  if (multipleToken) flags.push("multiple_token");
  return flags;
}
