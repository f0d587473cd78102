import { NO_ENTRY } from "../../keyspace/database.js";
import type { Strings } from "../../keyspace/strings.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply } from "../../resp/reply-writer.js";
import { BitCombiner, type BitOperation } from "../../storage/bit-combine.js";
import { findKernels, PART_BYTES } from "../../storage/wasm-kernels.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt, keyRange } from "../define.js";
import { EVENT_GENERIC, EVENT_STRING } from "../effects.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { OperandList } from "./operand-list.js";

const ERR_ONE_SOURCE = encodeReply("-ERR BITOP NOT must be called with a single source key.\r\n");

const AND = keyword("AND");
const OR = keyword("OR");
const XOR = keyword("XOR");
const NOT = keyword("NOT");

const FIRST_SOURCE = 3;

const operands = new OperandList();
/** Made at the first call: see findKernels. */
let combiner: BitCombiner | null = null;

export const bitop = defineCommand({
  name: "bitop",
  group: "bitmap",
  since: "2.6.0",
  complexity: "O(N)",
  summary: "Combines strings bit by bit, and stores the result.",
  arity: -4,
  flags: ["write", "denyoom"],
  acl: ["bitmap"],
  keys: [keyAt(2, "OW", "update"), keyRange(3, -1, 1, "RO", "access")],
  args: [
    arg.oneOf("operation", [arg.token("AND"), arg.token("OR"), arg.token("XOR"), arg.token("NOT")]),
    arg.key("destkey"),
    arg.multiple(arg.key("key", { keySpecIndex: 1 })),
  ],
  run(ctx, args, out) {
    const { db } = ctx;
    const isNot = args.is(1, NOT);
    const operation = findOperation(args);
    if (operation === null && !isNot) return out.error(ERR_SYNTAX);
    if (isNot && args.count !== FIRST_SOURCE + 1) return out.error(ERR_ONE_SOURCE);
    if (!operands.open(ctx, args, FIRST_SOURCE)) return out.error(ERR_WRONG_TYPE);
    const length = operands.longest;
    if (length === 0) deleteTarget(ctx, args);
    else storeResult(ctx, args, operation, length);
    if (length > 0) ctx.effects.keyChanged(db, args, 2, EVENT_STRING, "set");
    out.integer(length);
  },
});

/** Null where the word names none of two operands. */
function findOperation(args: Args): BitOperation | null {
  if (args.is(1, AND)) return "and";
  if (args.is(1, OR)) return "or";
  return args.is(1, XOR) ? "xor" : null;
}

function deleteTarget(ctx: CommandContext, args: Args): void {
  const { db } = ctx;
  const old = db.findRaw(args.view, args.start(2), args.byteLength(2));
  if (old === NO_ENTRY) return;
  db.removeReplaced(old);
  ctx.effects.keyChanged(db, args, 2, EVENT_GENERIC, "del");
}

/** `operation` null inverts the one source. */
function storeResult(ctx: CommandContext, args: Args, operation: BitOperation | null, length: number): void {
  const { strings } = ctx;
  const { arena } = ctx.keyspace;
  combiner ??= new BitCombiner(findKernels());
  const block = arena.alloc(length);
  const { view } = arena.window(block);
  const start = arena.offset(block);
  for (let at = 0; at < length; at += PART_BYTES) {
    const end = Math.min(at + PART_BYTES, length);
    makePart(combiner, strings, operation, at, end);
    combiner.store(view, start + at);
  }
  strings.setBlock(ctx.db, args.view, args.start(2), args.byteLength(2), block, length);
}

/** Computes bytes [at, end) of the result. */
function makePart(
  combiner: BitCombiner,
  strings: Strings,
  operation: BitOperation | null,
  at: number,
  end: number,
): void {
  for (let i = 0; i < operands.count; i++) {
    // Sources end with zeros.
    const bytes = Math.max(Math.min(operands.locate(strings, i), end) - at, 0);
    if (i === 0) combiner.begin(end - at, strings.view, strings.start + at, bytes);
    else if (operation !== null) combiner.combine(operation, strings.view, strings.start + at, bytes);
  }
  if (operation === null) combiner.invert();
}
