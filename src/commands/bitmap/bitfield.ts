/** BITFIELD, and BITFIELD_RO, which reads only. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Strings } from "../../keyspace/strings.js";
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { readBits, writeBits } from "../../storage/bit-field.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, type KeySink, keyAt } from "../define.js";
import { EVENT_STRING } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { computeSmall, computeWide, isSmall, OVERFLOWN, SMALL_BITS } from "./field-arithmetic.js";
import {
  FieldOperation,
  OPERATION_GET,
  OPERATION_OVERFLOW,
  OPERATION_SET,
  readOperationCode,
} from "./field-operation.js";
import { BITS_GROWN, BITS_REFUSED, openWritableBits } from "./writable-bits.js";

const ERR_READ_ONLY = encodeReply("-ERR BITFIELD_RO only supports the GET subcommand\r\n");

const WORD_BITS = 32;

const operation = new FieldOperation();

const ENCODING = arg.string("encoding");
const OFFSET = arg.integer("offset");
const GET_ARGS = [ENCODING, OFFSET];

export const bitfield = defineCommand({
  name: "bitfield",
  group: "bitmap",
  since: "3.2.0",
  complexity: "O(1) for each subcommand specified",
  summary: "Reads, sets and increments integers of any width at any bit of a string.",
  arity: -2,
  flags: ["write", "denyoom"],
  acl: ["bitmap"],
  keys: [
    {
      ...keyAt(1, "RW", "access", "update", "variable_flags"),
      notes: "This command allows both access and modification of the key",
    },
  ],
  findKeys: findBitfieldKey,
  args: [
    arg.key("key"),
    arg.optional(
      arg.multiple(
        arg.oneOf("operation", [
          arg.block("get-block", GET_ARGS, { token: "GET" }),
          arg.block("write", [
            arg.optional(
              arg.oneOf("overflow-block", [arg.token("WRAP"), arg.token("SAT"), arg.token("FAIL")], {
                token: "OVERFLOW",
              }),
            ),
            arg.oneOf("write-operation", [
              arg.block("set-block", [ENCODING, OFFSET, arg.integer("value")], { token: "SET" }),
              arg.block("incrby-block", [ENCODING, OFFSET, arg.integer("increment")], { token: "INCRBY" }),
            ]),
          ]),
        ]),
      ),
    ),
  ],
  run: (ctx, args, out) => runOperations(ctx, args, out, false),
});

export const bitfieldRo = defineCommand({
  name: "bitfield_ro",
  group: "bitmap",
  since: "6.0.0",
  complexity: "O(1) for each subcommand specified",
  summary: "Reads integers of any width at any bit of a string.",
  arity: -2,
  flags: ["readonly", "fast"],
  acl: ["bitmap"],
  keys: [keyAt(1, "RO", "access")],
  args: [
    arg.key("key"),
    arg.optional(arg.multiple(arg.block("get-block", GET_ARGS, { token: "GET", multipleToken: true }))),
  ],
  run: (ctx, args, out) => runOperations(ctx, args, out, true),
});

/** The key is only read when all operations are GETs. */
function findBitfieldKey(args: Args, found: KeySink): boolean {
  let i = 2;
  let reads = true;
  while (i < args.count && reads) {
    const code = readOperationCode(args, i);
    reads = code === OPERATION_GET || code === OPERATION_OVERFLOW;
    i += code === OPERATION_OVERFLOW ? 2 : 3;
  }
  found.push(1, reads ? ["RO", "access"] : ["RW", "access", "update"]);
  return true;
}

/** All operations are checked before the first one is done. */
function runOperations(ctx: CommandContext, args: Args, out: ReplyWriter, isReadOnly: boolean): void {
  const { strings } = ctx;
  let count = 0;
  let lastBit = -1;
  for (operation.begin(); operation.next < args.count; ) {
    if (!operation.readOrReply(ctx, args, out)) return;
    if (operation.code === OPERATION_OVERFLOW) continue;
    count++;
    if (operation.code !== OPERATION_GET) lastBit = Math.max(lastBit, operation.offset + operation.bits - 1);
  }
  let length = 0;
  let hasGrown = false;
  if (lastBit < 0) {
    const record = ctx.db.find(args, 1);
    if (record !== NO_ENTRY) {
      if (!strings.isString(record)) return out.error(ERR_WRONG_TYPE);
      strings.locate(record);
      length = strings.length;
    }
  } else {
    if (isReadOnly) return out.error(ERR_READ_ONLY);
    const state = openWritableBits(ctx, args, lastBit, out);
    if (state === BITS_REFUSED) return;
    hasGrown = state === BITS_GROWN;
    length = strings.length;
  }
  out.array(count);
  let changes = 0;
  for (operation.begin(); operation.next < args.count; ) {
    operation.readOrReply(ctx, args, out);
    if (operation.code === OPERATION_OVERFLOW) continue;
    if (operation.code === OPERATION_GET) replyField(strings, length, out);
    else if (writeField(strings, args, hasGrown, out)) changes++;
  }
  if (changes === 0) return;
  ctx.effects.dirty += changes - 1;
  ctx.effects.keyChanged(ctx.db, args, 1, EVENT_STRING, "setbit");
}

/** Answers with the field of a string of `length` bytes. */
function replyField(strings: Strings, length: number, out: ReplyWriter): void {
  if (operation.bits <= SMALL_BITS) out.integer(readSmall(strings, length));
  else out.bigint(readWide(strings, length));
}

/** Does a SET or INCRBY, and answers. Whether that counts as a change: as one of a string that has grown, always. */
function writeField(strings: Strings, args: Args, hasGrown: boolean, out: ReplyWriter): boolean {
  if (!isSmall(operation)) return writeWide(strings, args, hasGrown, out);
  const { view, start } = strings;
  const old = readSmall(strings, strings.length);
  const value = computeSmall(operation, old);
  if (value === OVERFLOWN) {
    out.nil();
    return false;
  }
  writeBits(view, start, operation.offset, operation.bits, value);
  out.integer(operation.code === OPERATION_SET ? old : value);
  return hasGrown || value !== old;
}

function writeWide(strings: Strings, args: Args, hasGrown: boolean, out: ReplyWriter): boolean {
  const { view, start } = strings;
  const { offset, bits } = operation;
  const old = readWide(strings, strings.length);
  const value = computeWide(operation, old, args.readInt64(operation.operandIndex));
  if (value === OVERFLOWN) {
    out.nil();
    return false;
  }
  const highBits = Math.max(bits - WORD_BITS, 0);
  if (highBits > 0) writeBits(view, start, offset, highBits, Number(value >> BigInt(WORD_BITS)));
  writeBits(view, start, offset + highBits, bits - highBits, Number(BigInt.asUintN(WORD_BITS, value)));
  out.bigint(operation.code === OPERATION_SET ? old : value);
  return hasGrown || value !== old;
}

function readSmall(strings: Strings, length: number): number {
  const { bits } = operation;
  const value = readBits(strings.view, strings.start, length, operation.offset, bits);
  return operation.isSigned && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

function readWide(strings: Strings, length: number): bigint {
  const { view, start } = strings;
  const { offset, bits } = operation;
  const highBits = Math.max(bits - WORD_BITS, 0);
  const high = highBits === 0 ? 0 : readBits(view, start, length, offset, highBits);
  const low = readBits(view, start, length, offset + highBits, bits - highBits);
  const value = (BigInt(high) << BigInt(WORD_BITS)) | BigInt(low);
  return operation.isSigned ? BigInt.asIntN(bits, value) : value;
}
