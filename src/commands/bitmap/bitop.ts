import { NO_ENTRY } from "../../keyspace/database.js";
import type { Strings } from "../../keyspace/strings.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply } from "../../resp/reply-writer.js";
import { andBytes, invertBytes, orBytes, xorBytes } from "../../storage/bit-combine.js";
import { copyBytes, zeroBytes } from "../../storage/bytes.js";
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

type Combine = typeof andBytes;

const FIRST_SOURCE = 3;
/** So much of the result is finished before the next part begins: it stays in the nearest cache meanwhile. */
const PART_BYTES = 16384;

const operands = new OperandList();

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
    const combine = isNot ? null : findCombination(args);
    if (combine === undefined) return out.error(ERR_SYNTAX);
    if (isNot && args.count !== FIRST_SOURCE + 1) return out.error(ERR_ONE_SOURCE);
    if (!operands.open(ctx, args, FIRST_SOURCE)) return out.error(ERR_WRONG_TYPE);
    const length = operands.longest;
    if (length === 0) deleteTarget(ctx, args);
    else storeResult(ctx, args, combine, length);
    if (length > 0) ctx.effects.keyChanged(db, args, 2, EVENT_STRING, "set");
    out.integer(length);
  },
});

function findCombination(args: Args): Combine | undefined {
  if (args.is(1, AND)) return andBytes;
  if (args.is(1, OR)) return orBytes;
  return args.is(1, XOR) ? xorBytes : undefined;
}

function deleteTarget(ctx: CommandContext, args: Args): void {
  const { db } = ctx;
  const old = db.findRaw(args.view, args.start(2), args.byteLength(2));
  if (old === NO_ENTRY) return;
  db.removeReplaced(old);
  ctx.effects.keyChanged(db, args, 2, EVENT_GENERIC, "del");
}

function storeResult(ctx: CommandContext, args: Args, combine: Combine | null, length: number): void {
  const { strings } = ctx;
  const { arena } = ctx.keyspace;
  const block = arena.alloc(length);
  const { view } = arena.window(block);
  const start = arena.offset(block);
  for (let at = 0; at < length; at += PART_BYTES) {
    makePart(strings, combine, view, start, at, Math.min(at + PART_BYTES, length));
  }
  strings.setBlock(ctx.db, args.view, args.start(2), args.byteLength(2), block, length);
}

/** Computes bytes [at, end) of the result, which begins at `start`. `combine` null inverts the one source. */
function makePart(
  strings: Strings,
  combine: Combine | null,
  view: DataView,
  start: number,
  at: number,
  end: number,
): void {
  const to = start + at;
  for (let i = 0; i < operands.count; i++) {
    // Sources end with zeros.
    const bytes = Math.max(Math.min(operands.locate(strings, i), end) - at, 0);
    if (i === 0) {
      copyBytes(strings.view, strings.start + at, view, to, bytes);
      zeroBytes(view, to + bytes, end - at - bytes);
    } else if (combine !== null) {
      combine(view, to, strings.view, strings.start + at, bytes);
      if (combine === andBytes) zeroBytes(view, to + bytes, end - at - bytes);
    }
  }
  if (combine === null) invertBytes(view, to, end - at);
}
