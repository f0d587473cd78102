/** DEBUG subcommands that look at the dataset (OBJECT, DIGEST), or make one (POPULATE). */
import { type Database, NO_ENTRY } from "../../../keyspace/database.js";
import { computeDigest, computeValueDigest } from "../../../keyspace/digest.js";
import { RdbWriter } from "../../../keyspace/rdb-writer.js";
import type { Record } from "../../../keyspace/record.js";
import { DEADLINE_NONE } from "../../../keyspace/strings.js";
import type { Args } from "../../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../../resp/reply-writer.js";
import { copyBytes } from "../../../storage/bytes.js";
import { ERR_MUST_BE_POSITIVE, ERR_NO_SUCH_KEY } from "../../errors.js";
import type { DebugSubcommand } from "./subcommand.js";

const ERR_NO_SDS = encodeReply("-ERR Not an sds encoded string.\r\n");

/** Redis builds its names and values in a buffer of this size, and cuts what is longer. */
const NAME_BYTES_MAX = 127;

function readPositiveOrReply(args: Args, i: number, out: ReplyWriter): number {
  const value = args.readInteger(i);
  // The same words for what is no integer at all.
  if (!(value >= 0)) out.error(ERR_MUST_BE_POSITIVE);
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
    const prefix = args.count > 3 ? args.cText(3) : "key";
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

/** The record of a key, expired or not: DEBUG works on what is there. */
function findAny(db: Database, args: Args, i: number): Record {
  return db.findRaw(args.view, args.start(i), args.byteLength(i));
}

const NO_DIGEST = "0".repeat(40);

const digest: DebugSubcommand = {
  name: "DIGEST",
  min: 0,
  max: 0,
  help: ["    Output a hex signature representing the current DB content."],
  run: (ctx, _args, out) => out.simple(computeDigest(ctx.keyspace)),
};

const digestValue: DebugSubcommand = {
  name: "DIGEST-VALUE",
  min: 0,
  max: Number.POSITIVE_INFINITY,
  usage: "<key> [<key> ...]",
  help: ["    Output a hex signature of the values of all the specified keys."],
  run(ctx, args, out) {
    out.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const record = findAny(ctx.db, args, i);
      out.simple(record === NO_ENTRY ? NO_DIGEST : computeValueDigest(ctx.db, record));
    }
  },
};

const object: DebugSubcommand = {
  name: "OBJECT",
  min: 1,
  max: 1,
  usage: "<key>",
  help: ["    Show low level info about `key` and associated value."],
  run(ctx, args, out) {
    const record = findAny(ctx.db, args, 2);
    if (record === NO_ENTRY) return out.error(ERR_NO_SUCH_KEY);
    const { records, access } = ctx.keyspace;
    const operations = ctx.keyspace.typeOperations(records.type(record));
    const writer = new RdbWriter(ctx.server.config.text("rdbcompression") === "yes");
    operations.dump(record, writer);
    const clock = records.access(record);
    const address = (record * 8).toString(16).padStart(12, "0");
    out.simple(
      `Value at:0x${address} refcount:1 encoding:${operations.encodingName(record)} serializedlength:${writer.length} ` +
        `lru:${clock} lru_seconds_idle:${access.idleSeconds(clock)}${operations.debugText?.(record) ?? ""}`,
    );
  },
};

const sdslen: DebugSubcommand = {
  name: "SDSLEN",
  min: 1,
  max: 1,
  usage: "<key>",
  help: ["    Show low level SDS string info representing `key` and value."],
  run(ctx, args, out) {
    const record = findAny(ctx.db, args, 2);
    if (record === NO_ENTRY) return out.error(ERR_NO_SUCH_KEY);
    const { keyspace, strings } = ctx;
    if (!strings.isString(record) || strings.isInteger(record)) return out.error(ERR_NO_SDS);
    const key = keyspace.records.keyLength(record);
    const value = strings.byteLength(record);
    // A long value has a block of its own. Key and a short one have just their bytes in the record.
    const block = keyspace.sizeOf(record) - keyspace.arena.sizeOf(record);
    const size = Math.max(block, value);
    out.simple(
      `key_sds_len:${key}, key_sds_avail:0, key_zmalloc: ${key}, ` +
        `val_sds_len:${value}, val_sds_avail:${size - value}, val_zmalloc: ${size}`,
    );
  },
};

const leak: DebugSubcommand = {
  name: "LEAK",
  min: 1,
  max: 1,
  usage: "<string>",
  help: ["    Create a memory leak of the input string."],
  run(ctx, args, out) {
    const { arena } = ctx.keyspace;
    const length = args.byteLength(2);
    // Nobody keeps the handle: this memory is in use until the process ends.
    const block = arena.alloc(Math.max(1, length));
    copyBytes(args.view, args.start(2), arena.window(block).view, arena.offset(block), length);
    out.ok();
  },
};

export const DATA: readonly DebugSubcommand[] = [digest, digestValue, leak, object, populate, sdslen];
