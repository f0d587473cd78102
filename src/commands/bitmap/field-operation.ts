/** One operation of BITFIELD, read from its words: `GET u8 0`, `INCRBY i5 #3 1`. One object serves all calls. */
import { type Args, keyword } from "../../resp/args.js";
import { readInt64, readInteger } from "../../resp/numbers.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";
import { checkBitOffsetOrReply } from "./bit-offset.js";

const ERR_TYPE = encodeReply(
  "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.\r\n",
);
const ERR_OVERFLOW = encodeReply("-ERR Invalid OVERFLOW type specified\r\n");

const GET = keyword("GET");
const SET = keyword("SET");
const INCRBY = keyword("INCRBY");
const OVERFLOW = keyword("OVERFLOW");
const WRAP = keyword("WRAP");
const SAT = keyword("SAT");
const FAIL = keyword("FAIL");

export const OPERATION_GET = 0;
export const OPERATION_SET = 1;
export const OPERATION_INCRBY = 2;
/** What the following operations do where a value does not fit. */
export const OPERATION_OVERFLOW = 3;
/** An error is answered. */
export const OPERATION_INVALID = -1;

export const OVERFLOW_WRAP = 0;
export const OVERFLOW_SAT = 1;
export const OVERFLOW_FAIL = 2;

const LETTER_SIGNED = 105;
const LETTER_UNSIGNED = 117;
const HASH = 35;
const MAX_SIGNED_BITS = 64;
const MAX_UNSIGNED_BITS = 63;

/** By the word at argument i, and whether there are enough words behind it. */
export function readOperationCode(args: Args, i: number): number {
  const left = args.count - i - 1;
  if (left >= 2 && args.is(i, GET)) return OPERATION_GET;
  if (left >= 3 && args.is(i, SET)) return OPERATION_SET;
  if (left >= 3 && args.is(i, INCRBY)) return OPERATION_INCRBY;
  return left >= 1 && args.is(i, OVERFLOW) ? OPERATION_OVERFLOW : OPERATION_INVALID;
}

export class FieldOperation {
  code = OPERATION_GET;
  isSigned = false;
  bits = 0;
  offset = 0;
  /** The argument with the value of SET or the increment of INCRBY, and that as a double. */
  operandIndex = 0;
  operand = 0;
  overflow = OVERFLOW_WRAP;
  /** The argument behind the operation. */
  next = 0;

  /** Before the first operation of a command. */
  begin(): void {
    this.overflow = OVERFLOW_WRAP;
    this.next = 2;
  }

  /** Reads the operation at `next`, which then is behind it. False after an error. */
  readOrReply(ctx: CommandContext, args: Args, out: ReplyWriter): boolean {
    const i = this.next;
    this.code = readOperationCode(args, i);
    if (this.code === OPERATION_INVALID) return fail(out, ERR_SYNTAX);
    if (this.code === OPERATION_OVERFLOW) {
      this.next = i + 2;
      return this.#readOverflowOrReply(args, i + 1, out);
    }
    if (!this.#readType(args, i + 1)) return fail(out, ERR_TYPE);
    this.offset = checkBitOffsetOrReply(ctx, this.#readOffset(args, i + 2), out);
    if (Number.isNaN(this.offset)) return false;
    this.next = i + 3;
    if (this.code === OPERATION_GET) return true;
    this.operandIndex = this.next++;
    this.operand = args.readInteger(this.operandIndex);
    return Number.isNaN(this.operand) ? fail(out, ERR_NOT_INTEGER) : true;
  }

  #readOverflowOrReply(args: Args, i: number, out: ReplyWriter): boolean {
    if (args.is(i, WRAP)) this.overflow = OVERFLOW_WRAP;
    else if (args.is(i, SAT)) this.overflow = OVERFLOW_SAT;
    else if (args.is(i, FAIL)) this.overflow = OVERFLOW_FAIL;
    else return fail(out, ERR_OVERFLOW);
    return true;
  }

  #readType(args: Args, i: number): boolean {
    const letter = args.byteLength(i) === 0 ? 0 : args.byteAt(i, 0);
    if (letter !== LETTER_SIGNED && letter !== LETTER_UNSIGNED) return false;
    this.isSigned = letter === LETTER_SIGNED;
    // A NUL ends the text, as for C.
    const nul = args.bytes.subarray(args.start(i), args.end(i)).indexOf(0);
    this.bits = readInteger(args.bytes, args.start(i) + 1, nul < 0 ? args.end(i) : args.start(i) + nul);
    return this.bits >= 1 && this.bits <= (this.isSigned ? MAX_SIGNED_BITS : MAX_UNSIGNED_BITS);
  }

  /** In bits; `#n` counts in fields of this width. NaN when it is no offset. */
  #readOffset(args: Args, i: number): number {
    if (args.byteLength(i) === 0 || args.byteAt(i, 0) !== HASH) return args.readInteger(i);
    const start = args.start(i) + 1;
    const index = readInteger(args.bytes, start, args.end(i));
    const offset = index * this.bits;
    if (Number.isNaN(index) || Number.isSafeInteger(offset)) return offset;
    // It wraps as the product of two int64 does.
    return Number(BigInt.asIntN(64, readInt64(args.bytes, start, args.end(i)) * BigInt(this.bits)));
  }
}

function fail(out: ReplyWriter, error: Uint8Array): false {
  out.error(error);
  return false;
}
