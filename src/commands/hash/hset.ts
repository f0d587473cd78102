/** HSET and HMSET, which differ in the reply only. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { EVENT_HASH } from "../effects.js";
import { findOrCreateHash, makeRoom, setField } from "./set-fields.js";

const FAILED = -1;

const SHARED = {
  group: "hash",
  since: "2.0.0",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RW", "update")],
  args: [arg.key("key"), arg.multiple(arg.block("data", [arg.string("field"), arg.string("value")]))],
} as const satisfies Partial<CommandSpec>;

export const hset = defineCommand({
  ...SHARED,
  name: "hset",
  complexity: "O(1) for each field",
  summary: "Sets fields of a hash, which is created when it is missing.",
  history: [["4.0.0", "Accepts multiple `field` and `value` arguments."]],
  run(ctx, args, out) {
    const created = setFields(ctx, args, out);
    if (created !== FAILED) out.integer(created);
  },
});

export const hmset = defineCommand({
  ...SHARED,
  name: "hmset",
  complexity: "O(N) for N fields",
  summary: "Sets several fields of a hash.",
  deprecatedSince: "4.0.0",
  replacedBy: "`HSET` with multiple field-value pairs",
  docFlags: ["deprecated"],
  run(ctx, args, out) {
    if (setFields(ctx, args, out) !== FAILED) out.ok();
  },
});

/** How many fields are new, or FAILED when the client has its error. */
function setFields(ctx: CommandContext, args: Args, out: ReplyWriter): number {
  const { db, hashes, effects } = ctx;
  if (args.count % 2 === 1) {
    out.errorText(`ERR wrong number of arguments for '${ctx.command.fullName}' command`);
    return FAILED;
  }
  const record = findOrCreateHash(ctx, args, out);
  if (record === NO_ENTRY) return FAILED;
  const fields = (args.count - 2) / 2;
  makeRoom(ctx, record, fields);
  let created = 0;
  for (let i = 2; i < args.count; i += 2) if (setField(ctx, record, args, i, false)) created++;
  hashes.updateIndex(db, record);
  effects.dirty += fields - 1;
  effects.keyChanged(db, args, 1, EVENT_HASH, "hset");
  return created;
}
