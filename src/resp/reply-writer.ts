/**
 * The reply writer: every RESP2 and RESP3 form, written straight into the output buffer that it is (output.ts). One per
 * session, alive as long as the session.
 *
 * Forms that RESP2 lacks degrade as Redis degrades them: maps are flat arrays, sets and pushes arrays, doubles and
 * big numbers bulk strings, booleans 0 and 1, null `$-1`.
 */
import { copyBytes } from "../storage/bytes.js";
import { NEXT_BUFFER_BYTES } from "./buffer-pool.js";
import { DOUBLE_TEXT_BYTES, writeDouble } from "./double-text.js";
import { countDigits, writeInteger } from "./numbers.js";
import { Output, type ReplyMark } from "./output.js";

/** A bulk string above this gets a chunk of its own size. */
const CHUNK_BYTES = NEXT_BUFFER_BYTES / 2;
/** Room for any header: a type byte, 20 digits, CRLF. */
const HEADER_BYTES = 24;

const CR = 13;
const LF = 10;

/** A reply that never changes, encoded once. */
export type Encoded = Uint8Array;

export function encodeReply(text: string): Encoded {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

const OK = encodeReply("+OK\r\n");
const NULL_BULK = encodeReply("$-1\r\n");
const NULL_ARRAY = encodeReply("*-1\r\n");
const NULL = encodeReply("_\r\n");
const ZERO = encodeReply(":0\r\n");
const ONE = encodeReply(":1\r\n");
const TRUE = encodeReply("#t\r\n");
const FALSE = encodeReply("#f\r\n");

export class ReplyWriter extends Output {
  /** 2 or 3: the protocol that HELLO chose. */
  resp = 2;
  /** Errors written so far: dispatch compares it to learn whether a command failed. */
  errorCount = 0;
  /** The latest error, without the dash and the CRLF, as a byte string. */
  lastError = "";
  ok(): void {
    this.raw(OK);
  }

  /** The null of this protocol where a value was asked for. */
  nil(): void {
    this.raw(this.resp === 3 ? NULL : NULL_BULK);
  }

  /** The null of this protocol where an array was asked for. */
  nilArray(): void {
    this.raw(this.resp === 3 ? NULL : NULL_ARRAY);
  }

  boolean(value: boolean): void {
    if (this.resp === 3) this.raw(value ? TRUE : FALSE);
    else this.raw(value ? ONE : ZERO);
  }

  /** A safe integer (|value| < 2^53); longer ones go through bigint(). */
  integer(value: number): void {
    if (value === 0) return this.raw(ZERO);
    if (value === 1) return this.raw(ONE);
    this.#header(58, value);
  }

  bigint(value: bigint): void {
    this.#line(":", value.toString());
  }

  /** A status such as `PONG`, without the plus and the CRLF. */
  simple(text: string): void {
    this.#line("+", text);
  }

  /** An error encoded by encodeReply("-CODE text\r\n"). */
  error(encoded: Encoded): void {
    this.errorCount++;
    this.lastError = latin1(encoded, 1, encoded.length - 2);
    this.raw(encoded);
  }

  /** An error of any text, with its code: `ERR no such key`. Line breaks would end the reply: they become blanks. */
  errorText(text: string): void {
    const clean = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, " ") : text;
    this.errorCount++;
    this.lastError = clean;
    this.#line("-", clean);
  }

  bulk(source: DataView, start: number, end: number): void {
    const length = end - start;
    if (length > CHUNK_BYTES) return this.#largeBulk(source, start, length);
    this.reserve(length + HEADER_BYTES);
    const at = this.#lineAt(36, length, this.pos);
    copyBytes(source, start, this.view, at, length);
    const past = at + length;
    this.buffer[past] = CR;
    this.buffer[past + 1] = LF;
    this.pos = past + 2;
  }

  bulkBytes(bytes: Uint8Array): void {
    this.bulk(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.byteLength);
  }

  /** A byte string: chars 0 to 255, one byte each. */
  bulkText(text: string): void {
    const length = text.length;
    if (length > CHUNK_BYTES) return this.bulkBytes(Buffer.from(text, "latin1"));
    this.#header(36, length);
    this.#text(text);
    this.#crlf();
  }

  /** An integer as a bulk string: what GET answers for a value that is kept as a number. */
  bulkInteger(value: number): void {
    this.reserve(2 * HEADER_BYTES);
    const length = value < 0 ? countDigits(-value) + 1 : countDigits(value);
    const at = this.#lineAt(36, length, this.pos);
    writeInteger(this.buffer, at, value);
    this.buffer[at + length] = CR;
    this.buffer[at + length + 1] = LF;
    this.pos = at + length + 2;
  }

  double(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (this.resp === 3) this.#header(44, value);
      else this.bulkInteger(value);
      return;
    }
    this.reserve(HEADER_BYTES + DOUBLE_TEXT_BYTES);
    const { buffer, pos } = this;
    // Behind the longest header, `$24 CRLF`; then moved to where it belongs.
    const at = pos + 5;
    const end = writeDouble(buffer, at, value);
    let past = pos;
    if (this.resp === 3) buffer[past++] = 44;
    else past = this.#lineAt(36, end - at, pos);
    if (past < at) buffer.copyWithin(past, at, end);
    past += end - at;
    buffer[past] = CR;
    buffer[past + 1] = LF;
    this.pos = past + 2;
  }

  /** A double that its caller has printed to source[start, end). */
  doubleText(source: DataView, start: number, end: number): void {
    if (this.resp !== 3) return this.bulk(source, start, end);
    const length = end - start;
    this.reserve(length + HEADER_BYTES);
    this.buffer[this.pos] = 44;
    copyBytes(source, start, this.view, this.pos + 1, length);
    this.pos += 1 + length;
    this.#crlf();
  }

  bigNumber(text: string): void {
    if (this.resp === 3) this.#line("(", text);
    else this.bulkText(text);
  }

  /** Text for people; `format` has three letters, `txt` or `mkd`. */
  verbatim(format: string, text: string): void {
    if (this.resp !== 3) return this.bulkText(text);
    this.#header(61, text.length + 4);
    this.#text(`${format}:`);
    this.#text(text);
    this.#crlf();
  }

  /** Makes what was written since the mark, `bytes` of it, a text for people: where it is too long for one string. */
  endVerbatim(mark: ReplyMark, format: string, bytes: number): void {
    this.#crlf();
    this.#insertHeader(mark, this.resp === 3 ? `=${bytes + 4}\r\n${format}:` : `$${bytes}\r\n`);
  }

  array(count: number): void {
    this.#header(42, count);
  }

  map(pairs: number): void {
    if (this.resp === 3) this.#header(37, pairs);
    else this.#header(42, pairs * 2);
  }

  set(count: number): void {
    this.#header(this.resp === 3 ? 126 : 42, count);
  }

  push(count: number): void {
    this.#header(this.resp === 3 ? 62 : 42, count);
  }

  /** Only with RESP3: there is no form to degrade to. */
  attribute(pairs: number): void {
    this.#header(124, pairs);
  }

  /** Bytes that are a reply already. */
  raw(encoded: Uint8Array): void {
    const length = encoded.length;
    if (length > CHUNK_BYTES) {
      this.closeChunk();
      this.pushChunk(encoded);
      return;
    }
    this.reserve(length);
    const buffer = this.buffer;
    const at = this.pos;
    if (length < 32) for (let i = 0; i < length; i++) buffer[at + i] = encoded[i]!;
    else buffer.set(encoded, at);
    this.pos = at + length;
  }

  /** All that another writer holds: its full chunks are shared, its tail is copied. */
  append(other: ReplyWriter): void {
    for (const chunk of other.chunks) {
      this.closeChunk();
      this.pushChunk(chunk);
    }
    if (other.overflowed) this.giveUp();
    const length = other.pos;
    this.reserve(length);
    copyBytes(other.view, 0, this.view, this.pos, length);
    this.pos += length;
  }

  /** Begins an array whose length is known only at its end; endArray writes the header in front of it. */
  beginArray(): ReplyMark {
    return { chunk: this.chunks.length, pos: this.pos, epoch: this.epoch };
  }

  endArray(mark: ReplyMark, count: number): void {
    this.#insertHeader(mark, `*${count}\r\n`);
  }

  /** Ends what beginArray began as the reply of SCAN: the next cursor, and an array of what was written since. */
  endScan(mark: ReplyMark, cursor: number, count: number): void {
    const text = String(cursor);
    this.#insertHeader(mark, `*2\r\n$${text.length}\r\n${text}\r\n*${count}\r\n`);
  }

  endMap(mark: ReplyMark, pairs: number): void {
    this.#insertHeader(mark, this.resp === 3 ? `%${pairs}\r\n` : `*${pairs * 2}\r\n`);
  }

  endSet(mark: ReplyMark, count: number): void {
    this.#insertHeader(mark, `${this.resp === 3 ? "~" : "*"}${count}\r\n`);
  }

  /** Puts the beginning of a reply, a byte string, in front of what was written since the mark. */
  insert(mark: ReplyMark, text: string): void {
    this.#insertHeader(mark, text);
  }

  #largeBulk(source: DataView, start: number, length: number): void {
    this.#header(36, length);
    this.closeChunk();
    const copy = new Uint8Array(length + 2);
    copy.set(new Uint8Array(source.buffer, source.byteOffset + start, length));
    copy[length] = CR;
    copy[length + 1] = LF;
    this.pushChunk(copy);
  }

  #header(type: number, value: number): void {
    this.reserve(HEADER_BYTES);
    this.pos = this.#lineAt(type, value, this.pos);
  }

  /** Writes `type value CRLF` at `at`; returns the offset past it. */
  #lineAt(type: number, value: number, at: number): number {
    const buffer = this.buffer;
    buffer[at++] = type;
    if (value >= 0 && value < 10) buffer[at++] = 48 + value;
    else at = writeInteger(buffer, at, value);
    buffer[at] = CR;
    buffer[at + 1] = LF;
    return at + 2;
  }

  #line(type: string, text: string): void {
    if (text.length > CHUNK_BYTES) return this.raw(Buffer.from(`${type}${text}\r\n`, "latin1"));
    this.#text(type);
    this.#text(text);
    this.#crlf();
  }

  #text(text: string): void {
    const length = text.length;
    this.reserve(length);
    const buffer = this.buffer;
    const at = this.pos;
    for (let i = 0; i < length; i++) buffer[at + i] = text.charCodeAt(i);
    this.pos = at + length;
  }

  #crlf(): void {
    this.reserve(2);
    this.buffer[this.pos] = CR;
    this.buffer[this.pos + 1] = LF;
    this.pos += 2;
  }

  #insertHeader(mark: ReplyMark, header: string): void {
    if (!this.isGood(mark)) return;
    if (mark.chunk === this.chunks.length) {
      const tail = this.pos;
      this.reserve(header.length);
      if (mark.chunk === this.chunks.length) {
        this.buffer.copyWithin(mark.pos + header.length, mark.pos, tail);
        this.pos = mark.pos;
        this.#text(header);
        this.pos = tail + header.length;
        return;
      }
    }
    // The array spilled: cut the chunk that it began in, and put the header between the halves.
    const cut = this.chunks[mark.chunk]!;
    const parts = [cut.subarray(0, mark.pos), encodeReply(header), cut.subarray(mark.pos)];
    this.chunks.splice(mark.chunk, 1, ...parts.filter((part) => part.length > 0));
    this.chunkBytes += header.length;
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}
