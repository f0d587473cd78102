import { nameOf } from "../../base/errors.js";
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyRange } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";
import { findLcsLength, findLcsRanges, type LcsRange } from "./lcs-table.js";

const LEN = keyword("LEN");
const IDX = keyword("IDX");
const MINMATCHLEN = keyword("MINMATCHLEN");
const WITHMATCHLEN = keyword("WITHMATCHLEN");

const ERR_NOT_STRINGS = encodeReply("-ERR The specified keys must contain string values\r\n");
const ERR_LEN_AND_IDX = encodeReply("-ERR If you want both the length and indexes, please just use IDX.\r\n");
const ERR_TOO_LARGE = encodeReply("-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n");
const ERR_NO_MEMORY = encodeReply("-ERR Insufficient memory, failed allocating transient memory for LCS\r\n");
/** What Redis spends on a cell of its table: the limit counts these. */
const CELL_BYTES = 4;

interface LcsOptions {
  readonly length: boolean;
  readonly ranges: boolean;
  readonly rangeLengths: boolean;
  readonly shortestRange: number;
}

export const lcs = defineCommand({
  name: "lcs",
  group: "string",
  since: "7.0.0",
  complexity: "O(N*M) where N and M are the lengths of the strings.",
  summary: "Finds the longest common subsequence of two strings.",
  arity: -3,
  flags: ["readonly"],
  acl: ["string"],
  keys: [keyRange(1, 1, 1, "RO", "access")],
  args: [
    arg.key("key1"),
    arg.key("key2"),
    arg.optional(arg.token("LEN")),
    arg.optional(arg.token("IDX")),
    arg.optional(arg.integer("min-match-len", { token: "MINMATCHLEN" })),
    arg.optional(arg.token("WITHMATCHLEN")),
  ],
  run(ctx, args, out) {
    const { db } = ctx;
    const first = db.find(args, 1);
    const second = db.find(args, 2);
    if (!isStringOrNone(ctx, first) || !isStringOrNone(ctx, second)) return out.error(ERR_NOT_STRINGS);
    const options = scanOptionsOrReply(args, out);
    if (options === null) return;
    if (options.length && options.ranges) return out.error(ERR_LEN_AND_IDX);
    const a = copyValue(ctx, first);
    const b = copyValue(ctx, second);
    if ((a.length + 1) * (b.length + 1) * CELL_BYTES > ctx.server.maxBulkBytes) return out.error(ERR_TOO_LARGE);
    if (options.length) return out.integer(findLcsLength(a, b));
    const ranges = tryFindRanges(a, b);
    if (ranges === null) return out.error(ERR_NO_MEMORY);
    if (options.ranges) replyRanges(ranges, options, out);
    else
      out.bulkBytes(Buffer.concat(ranges.map(({ aStart, length }) => a.subarray(aStart, aStart + length)).reverse()));
  },
});

function isStringOrNone(ctx: CommandContext, record: Record): boolean {
  return record === NO_ENTRY || ctx.strings.isString(record);
}

function copyValue(ctx: CommandContext, record: Record): Uint8Array {
  return record === NO_ENTRY ? new Uint8Array(0) : ctx.strings.copyOut(record);
}

function scanOptionsOrReply(args: Args, out: ReplyWriter): LcsOptions | null {
  let length = false;
  let ranges = false;
  let rangeLengths = false;
  let shortestRange = 0;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, IDX)) {
      ranges = true;
    } else if (args.is(i, LEN)) {
      length = true;
    } else if (args.is(i, WITHMATCHLEN)) {
      rangeLengths = true;
    } else if (args.is(i, MINMATCHLEN) && i + 1 < args.count) {
      shortestRange = args.readInteger(++i);
      if (Number.isNaN(shortestRange)) {
        out.error(ERR_NOT_INTEGER);
        return null;
      }
    } else {
      out.error(ERR_SYNTAX);
      return null;
    }
  }
  return { length, ranges, rangeLengths, shortestRange };
}

function tryFindRanges(a: Uint8Array, b: Uint8Array): LcsRange[] | null {
  try {
    return findLcsRanges(a, b);
  } catch (error) {
    if (nameOf(error) === "RangeError") return null;
    throw error;
  }
}

function replyRanges(ranges: readonly LcsRange[], options: LcsOptions, out: ReplyWriter): void {
  const shown = ranges.filter(({ length }) => length >= options.shortestRange);
  out.map(2);
  out.bulkText("matches");
  out.array(shown.length);
  for (const { aStart, bStart, length } of shown) {
    out.array(options.rangeLengths ? 3 : 2);
    replyBounds(aStart, length, out);
    replyBounds(bStart, length, out);
    if (options.rangeLengths) out.integer(length);
  }
  out.bulkText("len");
  out.integer(ranges.reduce((sum, { length }) => sum + length, 0));
}

function replyBounds(start: number, length: number, out: ReplyWriter): void {
  out.array(2);
  out.integer(start);
  out.integer(start + length - 1);
}
