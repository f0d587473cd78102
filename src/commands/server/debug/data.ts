/** DEBUG subcommands that look at the dataset, or make one: POPULATE. */
import { NO_ENTRY } from "../../../keyspace/database.js";
import { DEADLINE_NONE } from "../../../keyspace/strings.js";
import type { Args } from "../../../resp/args.js";
import type { ReplyWriter } from "../../../resp/reply-writer.js";
import { ERR_MUST_BE_POSITIVE, ERR_NOT_INTEGER } from "../../errors.js";
import type { DebugSubcommand } from "./subcommand.js";

/** Redis builds its names and values in a buffer of this size, and cuts what is longer. */
const NAME_BYTES_MAX = 127;

function readPositiveOrReply(args: Args, i: number, out: ReplyWriter): number {
  const value = args.readInteger(i);
  if (Number.isNaN(value)) out.error(ERR_NOT_INTEGER);
  else if (value < 0) out.error(ERR_MUST_BE_POSITIVE);
  return value;
}

const populate: DebugSubcommand = {
  name: "POPULATE",
  min: 1,
  max: 3,
  usage: "<count> [<prefix>] [<size>]",
  help: [
    "    Create <count> string keys named key:<num>. If <prefix> is specified then",
    "    it is used instead of the 'key' prefix. These are not propagated to",
    "    replicas. Cluster slots are not respected so keys not belonging to the",
    "    current node can be created in cluster mode.",
  ],
  run(ctx, args, out) {
    const count = readPositiveOrReply(args, 2, out);
    if (!(count >= 0)) return;
    const size = args.count > 4 ? readPositiveOrReply(args, 4, out) : 0;
    if (!(size >= 0)) return;
    const prefix = args.count > 3 ? args.text(3) : "key";
    const { db, strings } = ctx;
    const value = Buffer.alloc(Math.max(size, NAME_BYTES_MAX));
    const valueView = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (let i = 0; i < count; i++) {
      const key = Buffer.from(`${prefix}:${i}`.slice(0, NAME_BYTES_MAX), "latin1");
      const keyView = new DataView(key.buffer, key.byteOffset, key.byteLength);
      if (db.findKey(keyView, 0, key.length) !== NO_ENTRY) continue;
      const text = `value:${i}`;
      value.fill(0, 0, NAME_BYTES_MAX);
      value.write(text, "latin1");
      strings.set(db, keyView, 0, key.length, valueView, 0, size === 0 ? text.length : size, DEADLINE_NONE);
      // Watchers see the keys; they count as no change, and go to no replica.
      ctx.effects.watches.touch(db.id, keyView, 0, key.length);
    }
    out.ok();
  },
};

export const DATA: readonly DebugSubcommand[] = [populate];
