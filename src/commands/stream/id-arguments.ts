/** IDs as arguments of the stream commands. Each function fills an Id, or answers with an error and returns false. */

import { ID_AUTO_SEQ, ID_COMPLETE, ID_INVALID, ID_WITHOUT_SEQ, parseId } from "../../keyspace/stream-id.js";
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { Id } from "../../storage/id.js";

const ERR_INVALID_ID = encodeReply("-ERR Invalid stream ID specified as stream command argument\r\n");
const ERR_INVALID_START = encodeReply("-ERR invalid start ID for the interval\r\n");
const ERR_INVALID_END = encodeReply("-ERR invalid end ID for the interval\r\n");

const OPEN = 40; // (
const PLUS = 43;
const MINUS = 45;
/** The longest text of an ID that is taken. */
const TEXT_MAX_BYTES = 127;

/** `ms-seq`, or `ms` for `ms-0`. */
export function readIdOrReply(args: Args, i: number, id: Id, out: ReplyWriter): boolean {
  const form = parseId(args.bytes, args.start(i), args.end(i), id);
  if (form === ID_COMPLETE || form === ID_WITHOUT_SEQ) return true;
  out.error(ERR_INVALID_ID);
  return false;
}

/** The same, without an answer. */
export function tryReadId(args: Args, i: number, id: Id): boolean {
  const form = parseId(args.bytes, args.start(i), args.end(i), id);
  return form === ID_COMPLETE || form === ID_WITHOUT_SEQ;
}

/** The same, or `ms-*`. Returns the form that stream-id.ts tells; ID_INVALID when the client has got an error. */
export function readNewIdOrReply(args: Args, i: number, id: Id, out: ReplyWriter): number {
  const form = parseId(args.bytes, args.start(i), args.end(i), id);
  if (form === ID_INVALID) out.error(ERR_INVALID_ID);
  return form;
}

/** The first ID of a range: `-`, `+`, an ID (`ms` is `ms-0`), or behind `(` the one that it begins after. */
export function readStartOrReply(args: Args, i: number, id: Id, out: ReplyWriter): boolean {
  if (!isOpen(args, i)) return readBoundOrReply(args, i, id, false, out);
  if (!readOpenBoundOrReply(args, i, id, false, out)) return false;
  if (id.increment()) return true;
  out.error(ERR_INVALID_START);
  return false;
}

/** The last ID of a range: here, `ms` is the last one of that millisecond. */
export function readEndOrReply(args: Args, i: number, id: Id, out: ReplyWriter): boolean {
  if (!isOpen(args, i)) return readBoundOrReply(args, i, id, true, out);
  if (!readOpenBoundOrReply(args, i, id, true, out)) return false;
  if (id.decrement()) return true;
  out.error(ERR_INVALID_END);
  return false;
}

function isOpen(args: Args, i: number): boolean {
  return args.byteLength(i) > 1 && args.byteAt(i, 0) === OPEN;
}

/** A bound of a range that is in it: `-`, `+` or an ID. */
export function readBoundOrReply(args: Args, i: number, id: Id, isEnd: boolean, out: ReplyWriter): boolean {
  if (isSign(args, i, MINUS)) {
    id.setMin();
    return true;
  }
  if (isSign(args, i, PLUS)) {
    id.setMax();
    return true;
  }
  return parseBoundOrReply(args, args.start(i), args.end(i), id, isEnd, out);
}

function readOpenBoundOrReply(args: Args, i: number, id: Id, isEnd: boolean, out: ReplyWriter): boolean {
  return parseBoundOrReply(args, args.start(i) + 1, args.end(i), id, isEnd, out);
}

function parseBoundOrReply(args: Args, start: number, end: number, id: Id, isEnd: boolean, out: ReplyWriter): boolean {
  const form = parseId(args.bytes, start, end, id);
  if (form === ID_INVALID || form === ID_AUTO_SEQ) {
    out.error(ERR_INVALID_ID);
    return false;
  }
  if (isEnd && form === ID_WITHOUT_SEQ) id.set(id.msHigh, id.msLow, -1, -1);
  return true;
}

/** Whether the argument is this one character; what follows a NUL does not count. */
function isSign(args: Args, i: number, sign: number): boolean {
  const length = args.byteLength(i);
  if (length === 0 || args.byteAt(i, 0) !== sign) return false;
  return length === 1 || (length <= TEXT_MAX_BYTES && args.byteAt(i, 1) === 0);
}
