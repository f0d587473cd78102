/** RENAME and RENAMENX. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { transferKey } from "../../keyspace/key-copies.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";
import { ERR_NO_SUCH_KEY } from "../errors.js";

const SHARED = {
  group: "generic",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 3,
  acl: ["keyspace"],
  args: [arg.key("key"), arg.key("newkey", { keySpecIndex: 1 })],
} as const satisfies Partial<CommandSpec>;

export const rename = defineCommand({
  ...SHARED,
  name: "rename",
  summary: "Renames a key, and replaces what has the new name.",
  flags: ["write"],
  keys: [keyAt(1, "RW", "access", "delete"), keyAt(2, "OW", "update")],
  run(ctx, args, out) {
    if (renameKey(ctx, args, out, true)) out.ok();
  },
});

export const renamenx = defineCommand({
  ...SHARED,
  name: "renamenx",
  summary: "Renames a key unless the new name is taken.",
  flags: ["write", "fast"],
  history: [["3.2.0", "The command no longer returns an error when source and destination names are the same."]],
  keys: [keyAt(1, "RW", "access", "delete"), keyAt(2, "OW", "insert")],
  run(ctx, args, out) {
    if (renameKey(ctx, args, out, false)) out.integer(1);
  },
});

/** False when the client has been answered already. */
function renameKey(ctx: CommandContext, args: Args, out: ReplyWriter, replaces: boolean): boolean {
  const { db, effects } = ctx;
  const record = db.findForWrite(args, 1);
  if (record === NO_ENTRY) {
    out.error(ERR_NO_SUCH_KEY);
    return false;
  }
  const same = args.areEqual(1, 2);
  const target = same ? record : db.findForWrite(args, 2);
  if (target !== NO_ENTRY && !replaces) {
    out.integer(0);
    return false;
  }
  if (same) return true;
  if (target !== NO_ENTRY) db.removeReplaced(target);
  transferKey(db, record, db, args.view, args.start(2), args.byteLength(2));
  effects.keyChanged(db, args, 1, EVENT_GENERIC, "rename_from");
  effects.keyAlsoChanged(db, args, 2, EVENT_GENERIC, "rename_to");
  return true;
}
