/** FLUSHDB and FLUSHALL. */
import type { Database } from "../../keyspace/database.js";
import { type Args, keyword } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";

const ASYNC = keyword("ASYNC");
const SYNC = keyword("SYNC");

/** Longer than this nobody else waits for a flush. */
const AT_ONCE_US = 1000;

const SHARED = {
  group: "server",
  since: "1.0.0",
  arity: -1,
  flags: ["write"],
  acl: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  history: [
    ["4.0.0", "Added the `ASYNC` flushing mode modifier."],
    ["6.2.0", "Added the `SYNC` flushing mode modifier."],
  ],
  args: [
    arg.oneOf("flush-type", [arg.token("ASYNC", { since: "4.0.0" }), arg.token("SYNC", { since: "6.2.0" })], {
      optional: true,
    }),
  ],
} as const satisfies Partial<CommandSpec>;

export const flushdb = defineCommand({
  ...SHARED,
  name: "flushdb",
  complexity: "O(N) for N keys in the database",
  summary: "Deletes all keys of the database.",
  run: (ctx, args, out) => flush(ctx, args, out, [ctx.db]),
});

export const flushall = defineCommand({
  ...SHARED,
  name: "flushall",
  complexity: "O(N) for N keys in all databases",
  summary: "Deletes all keys of all databases.",
  run: (ctx, args, out) => flush(ctx, args, out, ctx.keyspace.databases),
});

function flush(ctx: CommandContext, args: Args, out: ReplyWriter, databases: readonly Database[]): void {
  const lazy = args.count === 1 ? ctx.keyspace.lazy.userFlush : args.is(1, ASYNC);
  if (args.count > 2 || (args.count === 2 && !lazy && !args.is(1, SYNC))) return out.error(ERR_SYNTAX);
  // A client that can wait does so while the others go on: only a transaction stops them all.
  const waits = !lazy && !ctx.session.denyBlocking;
  for (const db of databases) {
    if (db.size === 0) {
      if (db.hasHadKeys) db.clear();
      continue;
    }
    ctx.effects.databaseChanged(db, null);
    ctx.effects.dirty += db.size;
    if (lazy || waits) db.clearLazily();
    else db.clear();
  }
  ctx.effects.flushed();
  // It goes out even where nothing was deleted here: what follows may have other keys.
  if (ctx.effects.propagates) {
    ctx.effects.propagateAs(
      ctx.db,
      Array.from({ length: args.count }, (_, i) => args.copy(i)),
    );
  }
  if (waits) awaitFreed(ctx, out);
  else out.ok();
}

/** Answers when all is freed: at once where that takes no longer than a slice of lazy freeing. */
function awaitFreed(ctx: CommandContext, out: ReplyWriter): void {
  const { lazyFree } = ctx.keyspace;
  const { clock } = ctx.server;
  const startUs = clock.nowUs();
  if (!lazyFree.run(() => clock.nowUs() - startUs > AT_ONCE_US)) return out.ok();
  const freed = new Promise<void>((resolve) => lazyFree.afterPresent(resolve));
  ctx.session.defer(freed, (writer) => writer.ok());
}
