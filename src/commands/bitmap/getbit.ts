import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { readBitOffsetOrReply } from "./bit-offset.js";

export const getbit = defineCommand({
  name: "getbit",
  group: "bitmap",
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Reads one bit of a string; beyond its end all bits are 0.",
  arity: 3,
  flags: ["readonly", "fast"],
  acl: ["bitmap"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.integer("offset")],
  run(ctx, args, out) {
    const { strings } = ctx;
    const offset = readBitOffsetOrReply(ctx, args, 2, out);
    if (Number.isNaN(offset)) return;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    strings.locate(record);
    const byte = Math.floor(offset / 8);
    if (byte >= strings.length) return out.integer(0);
    out.integer((strings.view.getUint8(strings.start + byte) >>> (7 - (offset & 7))) & 1);
  },
});
