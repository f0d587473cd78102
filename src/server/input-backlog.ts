/**
 * Input that outlives the read that brought it: bytes[start, end) are still to be served. A buffer and a parser of its
 * own, resumable at any byte; session-input.ts makes one where a request is long, or where requests have to wait.
 *
 * Costs. What arrives is copied here once, and each growth copies what is there. The room doubles at least; where the rest
 * of an argument was announced it grows up to sixteenfold, so that all growths together copy a fifteenth of it. Memory that was allocated and not yet written takes none of the system's, so
 * what a client has announced and not sent costs nothing but address space, in proportion to what it has sent.
 */
import { Args } from "../resp/args.js";
import { RequestParser } from "../resp/request-parser.js";
import { HEADROOM_BYTES } from "./transport.js";

/** Offsets of arguments are 32-bit: this bounds the query buffer whatever client-query-buffer-limit says. */
const BACKLOG_MAX_BYTES = 2 ** 31 - 1;
const ANNOUNCED_GROWTH = 16;
const GROWTH = 2;

export class InputBacklog {
  readonly parser: RequestParser;
  /** The first byte of the request under way, or of the next one. */
  start = 0;
  end = 0;
  /** How far the buffer was ever written: what it takes of the system's memory. */
  #written = 0;

  constructor(firstBytes: number) {
    this.parser = new RequestParser(new Args(new Uint8Array(Math.max(firstBytes, HEADROOM_BYTES))));
  }

  /** What it takes: bytes that were written, and the table of arguments. */
  get bytes(): number {
    return this.#written + this.parser.args.offsets.byteLength;
  }

  /** Bytes that were written and are of no use any more. */
  get freeBytes(): number {
    return this.#written - (this.end - this.start);
  }

  /** False when there is no memory for it: nothing has changed then. */
  append(chunk: Uint8Array): boolean {
    if (chunk.length > this.parser.args.bytes.length - this.end && !this.#makeRoom(chunk.length)) return false;
    this.parser.args.bytes.set(chunk, this.end);
    this.end += chunk.length;
    if (this.end > this.#written) this.#written = this.end;
    return true;
  }

  /** Makes room for `more` bytes behind `end`, without what was served. */
  #makeRoom(more: number): boolean {
    const { args } = this.parser;
    const needed = this.end - this.start + more;
    if (needed > BACKLOG_MAX_BYTES) return false;
    if (needed <= args.bytes.length / 2) {
      args.bytes.copyWithin(0, this.start, this.end);
      this.#rebase();
      return true;
    }
    const wanted = this.#chooseSize(needed, needed + this.parser.bytesMissing(this.end + more));
    const buffer = allocate(Math.min(wanted, BACKLOG_MAX_BYTES)) ?? allocate(needed);
    if (buffer === null) return false;
    const bytes = new Uint8Array(buffer);
    bytes.set(args.bytes.subarray(this.start, this.end));
    args.setBuffer(bytes, new DataView(buffer));
    this.#rebase();
    this.#written = this.end;
    return true;
  }

  /** Room for `needed` bytes, of a request that will have `announced` at least. */
  #chooseSize(needed: number, announced: number): number {
    const most = ANNOUNCED_GROWTH * needed;
    const all = Math.max(announced + HEADROOM_BYTES, GROWTH * needed);
    // The step before the last one ends at a sixteenth, so that the last one has no more than that to copy.
    return most >= announced ? all : Math.min(most, Math.max(Math.ceil(announced / ANNOUNCED_GROWTH), GROWTH * needed));
  }

  /** What lay at `start` lies at 0. */
  #rebase(): void {
    this.parser.moveBack(this.start);
    this.end -= this.start;
    this.start = 0;
  }
}

/** Null where the system has not so much. */
function allocate(bytes: number): ArrayBuffer | null {
  try {
    return new ArrayBuffer(bytes);
  } catch {
    return null;
  }
}
