import { NO_ENTRY } from "../../keyspace/database.js";
import { countBits } from "../../storage/bit-count.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { isAfter } from "../integer-order.js";
import { BitRange, readUnit, UNIT_ARG, UNIT_BYTE, UNIT_NONE } from "./bit-range.js";

const range = new BitRange();

export const bitcount = defineCommand({
  name: "bitcount",
  group: "bitmap",
  since: "2.6.0",
  complexity: "O(N)",
  summary: "Counts the bits that are set in a string or in a part of it.",
  arity: -2,
  flags: ["readonly"],
  acl: ["bitmap"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.optional(arg.block("range", [arg.integer("start"), arg.integer("end"), UNIT_ARG]))],
  history: [["7.0.0", "Added the `BYTE|BIT` option."]],
  run(ctx, args, out) {
    const { strings } = ctx;
    const { count } = args;
    if (count === 3 || count > 5) return out.error(ERR_SYNTAX);
    let first = 0;
    let last = -1;
    let unit = UNIT_BYTE;
    if (count > 2) {
      first = args.readInteger(2);
      last = args.readInteger(3);
      if (Number.isNaN(first) || Number.isNaN(last)) return out.error(ERR_NOT_INTEGER);
      if (count === 5) unit = readUnit(args, 4);
      if (unit === UNIT_NONE) return out.error(ERR_SYNTAX);
    }
    const record = ctx.db.find(args, 1);
    if (record !== NO_ENTRY && !strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    // Before clamping: bounds that are both negative and the wrong way round are an empty range, not the first byte.
    if (record === NO_ENTRY || (count > 2 && first < 0 && last < 0 && isAfter(args, 2, 3))) return out.integer(0);
    strings.locate(record);
    range.set(strings.length, unit, first, last);
    out.integer(range.from < range.to ? countRange(strings.view, strings.start, range.from, range.to) : 0);
  },
});

/** The bits set in [from, to), which is not empty: those of all bytes it touches, without those outside of it. */
function countRange(view: DataView, start: number, from: number, to: number): number {
  const first = start + Math.floor(from / 8);
  const end = start + Math.ceil(to / 8);
  const before = view.getUint8(first) & ~(0xff >>> (from & 7)) & 0xff;
  const behind = view.getUint8(end - 1) & (0xff >>> (((to - 1) & 7) + 1));
  return countBits(view, first, end - first) - countByte(before) - countByte(behind);
}

function countByte(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}
