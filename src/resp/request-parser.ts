/**
 * The request parser: RESP multibulk and inline requests out of a byte range, resumable at any byte.
 *
 * Sessions own one only while a large request is under way; all others share the server's (reset between requests:
 * a request cut at the end of a read is then parsed again from its first byte, which is cheaper than state for each
 * of thousands of clients). Errors carry Redis's texts; after one the connection is closed by the caller.
 *
 * Source: the RESP specification, and the limits of redis.conf(5): proto-max-bulk-len, client-query-buffer-limit.
 */
import type { Args } from "./args.js";
import { splitInline } from "./inline.js";
import { readInteger } from "./numbers.js";

export const PARSE_COMPLETE = 0;
/** More bytes are needed. */
export const PARSE_INCOMPLETE = 1;
/** A request without arguments (an empty line, `*0`, `*-1`): skipped without a reply. */
export const PARSE_EMPTY = 2;
/** `error` says why; the connection cannot go on. */
export const PARSE_ERROR = 3;

/** A line (an inline request, a count) may have this many bytes. */
export const LINE_MAX_BYTES = 65536;
const MULTIBULK_MAX = 0x7fffffff;
const UNAUTHENTICATED_MULTIBULK_MAX = 10;
const UNAUTHENTICATED_BULK_MAX_BYTES = 16384;

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;

export class RequestParser {
  readonly args: Args;
  /** Where the next request begins (PARSE_COMPLETE, PARSE_EMPTY), or where this one goes on (PARSE_INCOMPLETE). */
  next = 0;
  error = "";
  maxBulkBytes = 512 * 1024 * 1024;
  /** The first byte of the request under way, or of the one parsed last. */
  requestStart = 0;
  /** While a client has not authenticated it may send small requests only. */
  unauthenticated = false;

  /** Arguments still to come; -1 before the `*` line was read. */
  #remaining = -1;
  /** The announced length of the argument under way; -1 before its `$` line was read. */
  #bulkLength = -1;
  /** Up to here an inline request has no end: a further part of it is not searched from its beginning again. */
  #scannedTo = 0;

  constructor(args: Args) {
    this.args = args;
  }

  reset(): void {
    this.#remaining = -1;
    this.#bulkLength = -1;
    this.#scannedTo = 0;
  }

  /** Whether a multibulk request is parsed in part: args holds offsets of its first arguments. */
  get isUnderWay(): boolean {
    return this.#remaining >= 0;
  }

  /** The announced length of the argument under way, whose first byte is at `next`; -1 when there is none. */
  get announcedBytes(): number {
    return this.#bulkLength;
  }

  /** How many bytes the argument under way still needs past `end`, for a buffer that wants to grow once. */
  bytesMissing(end: number): number {
    return this.#bulkLength < 0 ? 0 : Math.max(0, this.next + this.#bulkLength + 2 - end);
  }

  /** What it has parsed in part lies `bytes` further to the front. */
  moveBack(bytes: number): void {
    if (bytes === 0) return;
    this.next -= bytes;
    this.requestStart -= bytes;
    this.#scannedTo -= bytes;
    if (this.isUnderWay) this.args.moveBack(bytes);
  }

  /** Goes on at `pos` (the start of a request after reset, else `next`), with what args.bytes holds up to `end`. */
  parse(pos: number, end: number): number {
    const args = this.args;
    const bytes = args.bytes;
    if (this.#remaining < 0) {
      this.requestStart = pos;
      if (pos >= end) return this.#pause(pos);
      args.clear();
      if (bytes[pos] !== STAR) return this.#parseInline(pos, end);
      const count = this.#readLine(pos + 1, end);
      if (this.next < 0) return this.#lineStatus(pos, end, "too big mbulk count string");
      if (Number.isNaN(count) || count > MULTIBULK_MAX) return this.#fail("invalid multibulk length");
      if (count > UNAUTHENTICATED_MULTIBULK_MAX && this.unauthenticated) {
        return this.#fail("unauthenticated multibulk length");
      }
      if (count <= 0) return PARSE_EMPTY;
      this.#remaining = count;
      pos = this.next;
    }
    let remaining = this.#remaining;
    while (remaining > 0) {
      let length = this.#bulkLength;
      if (length < 0) {
        if (pos >= end) return this.#suspend(pos, remaining);
        length = this.#readLine(pos + 1, end);
        if (this.next < 0) {
          this.#remaining = remaining;
          return this.#lineStatus(pos, end, "too big bulk count string");
        }
        if (bytes[pos] !== DOLLAR) {
          return this.#fail(`expected '$', got '${String.fromCharCode(bytes[pos]!)}'`);
        }
        if (!(length >= 0 && length <= this.maxBulkBytes)) return this.#fail("invalid bulk length");
        if (length > UNAUTHENTICATED_BULK_MAX_BYTES && this.unauthenticated) {
          return this.#fail("unauthenticated bulk length");
        }
        pos = this.next;
      }
      if (end - pos < length + 2) {
        this.#bulkLength = length;
        return this.#suspend(pos, remaining);
      }
      this.#bulkLength = -1;
      args.push(pos, pos + length);
      pos += length + 2;
      remaining--;
    }
    this.#remaining = -1;
    this.next = pos;
    return PARSE_COMPLETE;
  }

  /**
   * Reads the integer of a line and sets `next` past its CRLF, or to -1 when the line is not complete. The common
   * case, a few digits and CR, is one loop.
   */
  #readLine(start: number, end: number): number {
    const bytes = this.args.bytes;
    let at = start;
    let value = 0;
    while (at < end) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    if (at + 1 < end && bytes[at] === CR && at > start && at - start < 10) {
      this.next = at + 2;
      return bytes[start] === 48 && at - start > 1 ? Number.NaN : value;
    }
    // What is no digit may be the CR of an empty line in front of `start`: `*1 CR LF CR LF`.
    at = start - 1;
    while (at < end && bytes[at] !== CR) at++;
    if (at + 1 >= end || at - start >= LINE_MAX_BYTES) {
      this.next = -1;
      return 0;
    }
    this.next = at + 2;
    return readInteger(bytes, start, at);
  }

  #lineStatus(pos: number, end: number, tooLong: string): number {
    // Only the line itself counts, so that it does not matter how much of what follows has come with it.
    const found = this.args.bytes.indexOf(CR, pos);
    const lineEnd = found < 0 || found > end ? end : found;
    if (lineEnd - pos > LINE_MAX_BYTES) return this.#fail(tooLong);
    return this.#pause(pos);
  }

  #suspend(pos: number, remaining: number): number {
    this.#remaining = remaining;
    return this.#pause(pos);
  }

  #pause(pos: number): number {
    this.next = pos;
    return PARSE_INCOMPLETE;
  }

  #fail(error: string): number {
    this.error = error;
    this.reset();
    return PARSE_ERROR;
  }

  #parseInline(pos: number, end: number): number {
    const args = this.args;
    const bytes = args.bytes;
    let lineEnd = Math.max(pos, this.#scannedTo);
    while (lineEnd < end && bytes[lineEnd] !== LF && bytes[lineEnd] !== 0) lineEnd++;
    // A NUL byte ends the search for the end of the line, as in Redis: what is no text never becomes a command.
    if (lineEnd === end || bytes[lineEnd] === 0) {
      this.#scannedTo = lineEnd;
      return end - pos > LINE_MAX_BYTES ? this.#fail("too big inline request") : this.#pause(pos);
    }
    this.#scannedTo = 0;
    if (lineEnd - pos > LINE_MAX_BYTES) return this.#fail("too big inline request");
    const textEnd = lineEnd > pos && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    if (!splitInline(args, pos, textEnd)) return this.#fail("unbalanced quotes in request");
    this.next = lineEnd + 1;
    return args.count === 0 ? PARSE_EMPTY : PARSE_COMPLETE;
  }
}
