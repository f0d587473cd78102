/** COMMAND INFO's reply for one command. */
import type { ReplyWriter } from "../../../resp/reply-writer.js";
import type { Command } from "../../command.js";
import type { CommandFlag, KeySpec } from "../../define.js";

/** Flags that Redis keeps to itself. */
const HIDDEN: ReadonlySet<CommandFlag> = new Set(["may_replicate", "touches_arbitrary_keys"]);

export function replyCommandInfo(out: ReplyWriter, command: Command): void {
  const { spec, keyRange } = command;
  out.array(10);
  out.bulkText(command.fullName);
  out.integer(command.arity);
  replyStatusSet(
    out,
    command.listFlags().filter((flag) => !HIDDEN.has(flag)),
  );
  out.integer(keyRange.first);
  out.integer(keyRange.last);
  out.integer(keyRange.step);
  replyStatusSet(
    out,
    command.categories.map((category) => `@${category}`),
  );
  const tips = spec.tips ?? [];
  out.set(tips.length);
  for (const tip of tips) out.bulkText(tip);
  const keys = spec.keys ?? [];
  out.set(keys.length);
  for (const key of keys) replyKeySpec(out, key);
  // Redis has a set where there are none, an array where there are some.
  if (command.subcommands.length === 0) out.set(0);
  else out.array(command.subcommands.length);
  for (const subcommand of command.subcommands) replyCommandInfo(out, subcommand);
}

export function replyStatusSet(out: ReplyWriter, names: readonly string[]): void {
  out.set(names.length);
  for (const name of names) out.simple(name);
}

function replyKeySpec(out: ReplyWriter, { notes, flags, begin, find }: KeySpec): void {
  out.map(notes === undefined ? 3 : 4);
  if (notes !== undefined) {
    out.bulkText("notes");
    out.bulkText(notes);
  }
  out.bulkText("flags");
  replyStatusSet(out, flags);
  out.bulkText("begin_search");
  if ("unknown" in begin) replyPart(out, "unknown", {});
  else if ("index" in begin) replyPart(out, "index", { index: begin.index });
  else replyPart(out, "keyword", { keyword: begin.keyword, startfrom: begin.startFrom });
  out.bulkText("find_keys");
  if ("unknown" in find) replyPart(out, "unknown", {});
  else if ("lastKey" in find) {
    replyPart(out, "range", { lastkey: find.lastKey, keystep: find.step, limit: find.limit });
  } else {
    replyPart(out, "keynum", { keynumidx: find.keyNumIndex, firstkey: find.firstKey, keystep: find.step });
  }
}

function replyPart(out: ReplyWriter, type: string, spec: Readonly<Record<string, string | number>>): void {
  out.map(2);
  out.bulkText("type");
  out.bulkText(type);
  out.bulkText("spec");
  const entries = Object.entries(spec);
  out.map(entries.length);
  for (const [name, value] of entries) {
    out.bulkText(name);
    if (typeof value === "number") out.integer(value);
    else out.bulkText(value);
  }
}
