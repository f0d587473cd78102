/** DEL and UNLINK. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { EXPIRE_DELETE } from "../../keyspace/expiry-mode.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyRange } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";

const SHARED = {
  group: "generic",
  arity: -2,
  acl: ["keyspace"],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  keys: [keyRange(1, -1, 1, "RM", "delete")],
  args: [arg.multiple(arg.key("key"))],
} as const satisfies Partial<CommandSpec>;

export const del = defineCommand({
  ...SHARED,
  name: "del",
  since: "1.0.0",
  complexity: "O(N) for N keys, plus O(M) for each value of M elements",
  summary: "Deletes keys.",
  flags: ["write"],
  run: (ctx, args, out) => deleteKeys(ctx, args, out, ctx.keyspace.lazy.userDel),
});

export const unlink = defineCommand({
  ...SHARED,
  name: "unlink",
  since: "4.0.0",
  complexity: "O(1) for each key; the memory of large values is freed later, in slices",
  summary: "Deletes keys, and leaves the freeing of large values for later.",
  flags: ["write", "fast"],
  run: (ctx, args, out) => deleteKeys(ctx, args, out, true),
});

function deleteKeys(ctx: CommandContext, args: Args, out: ReplyWriter, lazy: boolean): void {
  const { db, keyspace } = ctx;
  let deleted = 0;
  for (let i = 1; i < args.count; i++) {
    const record = db.findRaw(args.view, args.start(i), args.byteLength(i));
    if (record === NO_ENTRY) continue;
    // One that is due expires and does not count. Where expiry must not delete, this command may.
    if (keyspace.expiryMode === EXPIRE_DELETE && db.dropIfExpired(record)) continue;
    if (lazy) db.removeLazily(record);
    else db.remove(record);
    ctx.effects.keyChanged(db, args, i, EVENT_GENERIC, "del");
    deleted++;
  }
  out.integer(deleted);
}
