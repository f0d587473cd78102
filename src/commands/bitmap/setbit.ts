import { encodeReply } from "../../resp/reply-writer.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STRING } from "../effects.js";
import { readBitOffsetOrReply } from "./bit-offset.js";
import { BITS_GROWN, BITS_REFUSED, openWritableBits } from "./writable-bits.js";

const ERR_BIT = encodeReply("-ERR bit is not an integer or out of range\r\n");

export const setbit = defineCommand({
  name: "setbit",
  group: "bitmap",
  since: "2.2.0",
  complexity: "O(1), and the zeros of a string that grows.",
  summary: "Sets or clears one bit of a string, which comes into being or grows if it has to.",
  arity: 4,
  flags: ["write", "denyoom"],
  acl: ["bitmap"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.integer("offset"), arg.integer("value")],
  run(ctx, args, out) {
    const { strings } = ctx;
    const offset = readBitOffsetOrReply(ctx, args, 2, out);
    if (Number.isNaN(offset)) return;
    const bit = args.readInteger(3);
    if (bit !== 0 && bit !== 1) return out.error(ERR_BIT);
    const state = openWritableBits(ctx, args, offset, out);
    if (state === BITS_REFUSED) return;
    const at = strings.start + Math.floor(offset / 8);
    const shift = 7 - (offset & 7);
    const byte = strings.view.getUint8(at);
    const old = (byte >>> shift) & 1;
    if (old !== bit) strings.view.setUint8(at, byte ^ (1 << shift));
    if (old !== bit || state === BITS_GROWN) ctx.effects.keyChanged(ctx.db, args, 1, EVENT_STRING, "setbit");
    out.integer(old);
  },
});
