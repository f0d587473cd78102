// A strict incremental parser of what a server sends, RESP2 and RESP3. It is written apart from src/resp, so that a
// mistake there cannot hide itself. RespClient feeds it; test/unit/support-resp-parser.test.ts holds it to its word.
import type { Reply, ReplyEntry } from "./resp-value.js";

const CR = 0x0d;
const LF = 0x0a;
const MAX_LINE_BYTES = 1024 * 1024;
const MAX_BULK_BYTES = 0x7fff_ffff;
const EMPTY = Buffer.alloc(0);

/** Bytes that are not RESP. `position` counts from the first byte the parser was ever given. */
export class RespSyntaxError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(`malformed RESP at byte ${position}: ${message}`);
    this.name = "RespSyntaxError";
    this.position = position;
  }
}

type AggregateKind = "array" | "set" | "push" | "map" | "attribute" | "annotated";

/** An aggregate that still waits for elements. "annotated" waits for the one reply that an attribute precedes. */
interface Frame {
  readonly kind: AggregateKind;
  readonly items: Reply[];
  readonly entries: readonly ReplyEntry[];
  readonly size: number;
}

interface Line {
  /** What stands between the type byte and CRLF, byte for byte as Latin-1. */
  readonly text: string;
  readonly end: number;
}

const OPENED = Symbol("an aggregate was opened");

/**
 * Push chunks in, take replies out. State between calls: the unread bytes and a stack of open aggregates, so an array
 * of any size is walked once however it is cut, and a bulk string is gathered once when all of it is there.
 */
export class RespParser {
  #data: Buffer = EMPTY;
  #at = 0;
  /** Position of #data[0] in the stream. */
  #base = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Bytes from #at on, below which another look is useless. */
  #wanted = 1;
  #stack: Frame[] = [];

  push(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
  }

  /** True when the stream stands inside a reply: an end here cuts one. */
  get isMidReply(): boolean {
    return this.#stack.length > 0 || this.#unreadBytes > 0;
  }

  /** The next whole reply, or undefined until more bytes are there. Throws RespSyntaxError, and then on every call. */
  next(): Reply | undefined {
    if (this.#unreadBytes < this.#wanted) return undefined;
    this.#gather();
    while (this.#at < this.#data.length) {
      const read = this.#readElement();
      if (read === undefined) return undefined;
      this.#wanted = 1;
      const done = this.#close(read === OPENED ? undefined : read);
      if (done !== undefined) return done;
    }
    return undefined;
  }

  get #unreadBytes(): number {
    return this.#data.length - this.#at + this.#waitingBytes;
  }

  #gather(): void {
    if (this.#waitingBytes === 0) return;
    this.#base += this.#at;
    this.#data = Buffer.concat([this.#data.subarray(this.#at), ...this.#waiting]);
    this.#at = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Puts a value into the innermost open aggregate, and closes those that are then full. Returns a finished reply. */
  #close(value: Reply | undefined): Reply | undefined {
    let current = value;
    for (;;) {
      const frame = this.#stack.at(-1);
      if (frame === undefined) return current;
      if (current !== undefined) frame.items.push(current);
      if (frame.items.length < frame.size) return undefined;
      this.#stack.pop();
      if (frame.kind === "attribute") {
        this.#stack.push({ kind: "annotated", items: [], entries: pair(frame.items), size: 1 });
        return undefined;
      }
      current = finish(frame);
    }
  }

  #readElement(): Reply | typeof OPENED | undefined {
    const type = String.fromCharCode(this.#data[this.#at] ?? 0);
    if (!"+-:$*_,#!=(%~>|".includes(type)) {
      throw this.#malformed(`0x${type.charCodeAt(0).toString(16)} is not a RESP type`);
    }
    const line = this.#readLine();
    if (line === undefined) return undefined;
    // A bulk moves #at itself, once all of its bytes are there.
    if ("$!=".includes(type) && line.text !== "-1") return this.#readBulk(type, line);
    const reply = this.#readBody(type, line.text);
    this.#at = line.end;
    return reply;
  }

  #readBody(type: string, text: string): Reply | typeof OPENED {
    switch (type) {
      case "+":
        return { kind: "simple", bytes: Buffer.from(text, "latin1") };
      case "-":
        if (text === "") throw this.#malformed("an error without a text");
        return { kind: "error", bytes: Buffer.from(text, "latin1") };
      case ":":
        return { kind: "int", value: this.#readInt64(text) };
      case "(":
        if (!/^[+-]?\d+$/.test(text)) throw this.#malformed(`big number "${text}"`);
        return { kind: "big", value: BigInt(text.replace(/^\+/, "")) };
      case "_":
        if (text !== "") throw this.#malformed(`null with the text "${text}"`);
        return { kind: "null" };
      case "#":
        if (text !== "t" && text !== "f") throw this.#malformed(`boolean "${text}"`);
        return { kind: "bool", value: text === "t" };
      case ",":
        return { kind: "double", text, value: this.#readDouble(text) };
      case "$":
        return { kind: "null-bulk" };
      case "*":
        if (text === "-1") return { kind: "null-array" };
        return this.#open("array", this.#readLength(text));
      case "~":
        return this.#open("set", this.#readLength(text));
      case ">":
        if (this.#stack.length > 0) throw this.#malformed("a push inside another reply");
        return this.#open("push", this.#readLength(text));
      case "%":
        return this.#open("map", 2 * this.#readLength(text));
      case "|":
        return this.#open("attribute", 2 * this.#readLength(text));
      default:
        throw this.#malformed(`length "${text}"`);
    }
  }

  #open(kind: AggregateKind, size: number): typeof OPENED {
    this.#stack.push({ kind, items: [], entries: [], size });
    return OPENED;
  }

  #readLine(): Line | undefined {
    const start = this.#at + 1;
    const lf = this.#data.indexOf(LF, start);
    const end = lf < 0 ? this.#data.length : lf;
    const cr = this.#data.subarray(start, end).indexOf(CR);
    if (cr >= 0 && start + cr + 1 < end) throw this.#malformed("CR without LF", start + cr);
    if (lf < 0) {
      if (end - start > MAX_LINE_BYTES) throw this.#malformed(`a line of more than ${MAX_LINE_BYTES} bytes`);
      this.#wanted = this.#data.length - this.#at + 1;
      return undefined;
    }
    if (cr < 0) throw this.#malformed("LF without CR", lf);
    return { text: this.#data.toString("latin1", start, lf - 1), end: lf + 1 };
  }

  #readBulk(type: string, line: Line): Reply | undefined {
    const length = this.#readLength(line.text);
    if (length > MAX_BULK_BYTES) throw this.#malformed(`a length of ${length} bytes`);
    const end = line.end + length;
    // What follows the bytes is judged as soon as it is there: a length that is short by one must not look like a wait.
    if (end < this.#data.length && this.#data[end] !== CR) throw this.#malformed("no CR after the bytes", end);
    if (end + 2 > this.#data.length) {
      this.#wanted = end + (end < this.#data.length ? 2 : 1) - this.#at;
      return undefined;
    }
    if (this.#data[end + 1] !== LF) throw this.#malformed("no LF after the bytes", end + 1);
    const bytes = Buffer.from(this.#data.subarray(line.end, end));
    const reply = type === "=" ? this.#splitVerbatim(bytes) : makeBulk(type, bytes);
    this.#at = end + 2;
    return reply;
  }

  #splitVerbatim(bytes: Buffer): Reply {
    if (bytes.length < 4 || bytes[3] !== 0x3a) throw this.#malformed('verbatim text without "xxx:" in front');
    return { kind: "verbatim", format: bytes.toString("latin1", 0, 3), bytes: bytes.subarray(4) };
  }

  #readLength(text: string): number {
    if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw this.#malformed(`length "${text}"`);
    return Number(text);
  }

  #readInt64(text: string): bigint {
    if (!/^(0|-?[1-9]\d*)$/.test(text)) throw this.#malformed(`integer "${text}"`);
    const value = BigInt(text);
    if (value !== BigInt.asIntN(64, value)) throw this.#malformed(`integer ${text} exceeds 64 bits`);
    return value;
  }

  #readDouble(text: string): number {
    if (text === "inf" || text === "-inf") return text === "inf" ? Infinity : -Infinity;
    // "-nan" is what redis-server before 7.2 makes of some NaNs; `text` keeps the difference.
    if (text === "nan" || text === "-nan") return NaN;
    if (!/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text)) throw this.#malformed(`double "${text}"`);
    return Number(text);
  }

  #malformed(message: string, index = this.#at): RespSyntaxError {
    return new RespSyntaxError(message, this.#base + index);
  }
}

function makeBulk(type: string, bytes: Buffer): Reply {
  return type === "$" ? { kind: "bulk", bytes } : { kind: "blob-error", bytes };
}

function pair(items: readonly Reply[]): ReplyEntry[] {
  const entries: ReplyEntry[] = [];
  for (let i = 0; i + 1 < items.length; i += 2) {
    const [key, value] = [items[i], items[i + 1]];
    if (key !== undefined && value !== undefined) entries.push([key, value]);
  }
  return entries;
}

function finish(frame: Frame): Reply {
  const { kind, items } = frame;
  if (kind === "array" || kind === "set" || kind === "push") return { kind, items };
  if (kind === "map") return { kind, entries: pair(items) };
  const [reply] = items;
  if (reply === undefined) throw new Error("an attribute closes with its reply");
  return { kind: "attribute", entries: frame.entries, reply };
}
