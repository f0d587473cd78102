/** HGETALL, HKEYS and HVALS. Fields that have expired are left out, and stay until somebody asks for them by name. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

const SHARED = {
  group: "hash",
  since: "2.0.0",
  complexity: "O(N) for a hash of N fields",
  arity: 2,
  flags: ["readonly"],
  acl: ["hash"],
  tips: ["nondeterministic_output_order"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key")],
} as const satisfies Partial<CommandSpec>;

export const hgetall = defineCommand({
  ...SHARED,
  name: "hgetall",
  summary: "Reads all fields of a hash and their values.",
  run: (ctx, args, out) => replyAll(ctx, args, true, true, out),
});

export const hkeys = defineCommand({
  ...SHARED,
  name: "hkeys",
  summary: "Reads the names of all fields of a hash.",
  run: (ctx, args, out) => replyAll(ctx, args, true, false, out),
});

export const hvals = defineCommand({
  ...SHARED,
  name: "hvals",
  summary: "Reads all values of a hash.",
  run: (ctx, args, out) => replyAll(ctx, args, false, true, out),
});

function replyAll(ctx: CommandContext, args: Args, fields: boolean, values: boolean, out: ReplyWriter): void {
  const { hashes } = ctx;
  const record = ctx.db.find(args, 1);
  if (record !== NO_ENTRY && !hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
  const count = record === NO_ENTRY ? 0 : hashes.countLive(record);
  if (fields && values) out.map(count);
  else out.array(count);
  if (record === NO_ENTRY) return;
  for (let more = hashes.first(record); more; more = hashes.next()) {
    if (fields) {
      hashes.locateField();
      out.bulk(hashes.fieldView, hashes.fieldStart, hashes.fieldStart + hashes.fieldLength);
    }
    if (values) {
      hashes.locateValue();
      out.bulk(hashes.view, hashes.start, hashes.start + hashes.length);
    }
  }
}
