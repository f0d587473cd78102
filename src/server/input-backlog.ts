/**
 * Input that outlives the read that brought it: bytes[start, end) are still to be served. A buffer and a parser of its
 * own, resumable at any byte; session-input.ts makes one where a request is long, or where requests have to wait.
 *
 * Costs. What arrives is copied here once, and each growth copies what is there. The room doubles at least; where the rest
 * of an argument was announced it grows up to sixteenfold, so that all growths together copy a fifteenth of it. Memory
 * that was allocated and not yet written takes none of the system's, so what a client has announced and not sent costs
 * nothing but address space, in proportion to what it has sent.
 *
 * An argument of many bytes is received into the arena (storage/staged-run.ts): a string is then stored without a further
 * copy. That request is served alone, and what has come behind it is set aside before.
 */
import { Args } from "../resp/args.js";
import { RequestParser } from "../resp/request-parser.js";
import { type Arena, ArenaFullError } from "../storage/arena.js";
import { StagedRun } from "../storage/staged-run.js";
import { PAGE_BYTES } from "../storage/window.js";
import { HEADROOM_BYTES } from "./transport.js";

/** Offsets of arguments are 32-bit: this bounds the query buffer whatever client-query-buffer-limit says. */
const BACKLOG_MAX_BYTES = 2 ** 31 - 1;
const ANNOUNCED_GROWTH = 16;
const GROWTH = 2;
/** A shorter argument is copied into the arena in a moment. */
const STAGED_MIN_BYTES = 1024 * 1024;
const POISON = 0xaa;

export class InputBacklog {
  readonly parser: RequestParser;
  /** The first byte of the request under way, or of the next one. */
  start = 0;
  end = 0;
  readonly #arena: Arena;
  #run: StagedRun | null = null;
  /** Where its room begins and ends in the buffer, and how far that was written. */
  #roomStart = 0;
  #roomEnd: number;
  #writtenEnd = 0;
  /** What has come behind the staged request that is being served. */
  #aside: Uint8Array | null = null;

  constructor(firstBytes: number, arena: Arena) {
    this.#arena = arena;
    this.#roomEnd = Math.max(firstBytes, HEADROOM_BYTES);
    this.parser = new RequestParser(new Args(new Uint8Array(this.#roomEnd)));
  }

  /** What it takes: bytes that were written, and the table of arguments. */
  get bytes(): number {
    return this.#writtenEnd - this.#roomStart + this.parser.args.offsets.byteLength;
  }

  /** Bytes that were written and are of no use any more. */
  get freeBytes(): number {
    return this.#writtenEnd - this.#roomStart - (this.end - this.start);
  }

  /** Whether the request under way lies in the arena. */
  get isStaged(): boolean {
    return this.#run !== null;
  }

  /** False when there is no memory for it: nothing has changed then. */
  append(chunk: Uint8Array): boolean {
    this.open();
    if (chunk.length > this.#roomEnd - this.end && !this.#makeRoom(chunk.length)) return false;
    this.#run?.populate(this.end + chunk.length);
    this.parser.args.bytes.set(chunk, this.end);
    this.end += chunk.length;
    if (this.end > this.#writtenEnd) this.#writtenEnd = this.end;
    return true;
  }

  /** Before it is used in another turn: the arena may have moved its windows since. */
  open(): void {
    if (this.#run !== null) this.parser.args.setBuffer(this.#run.bytes, this.#run.view);
  }

  /** The staged request is complete, and about to be served. Its last argument may be taken, if it is the staged one. */
  offer(): void {
    const { args, next } = this.parser;
    this.#aside = args.bytes.slice(next, this.end);
    const isLast = args.start(args.count - 1) === this.#run?.valueStart;
    this.#arena.offered = isLast ? this.#run : null;
  }

  /** It was served, or (false) has to wait and stays as it is. */
  withdraw(isServed: boolean, poison: boolean): void {
    this.#arena.offered = null;
    const rest = this.#aside;
    const run = this.#run;
    this.#aside = null;
    if (!isServed || rest === null || run === null) return;
    const { args, requestStart, next } = this.parser;
    if (poison) args.bytes.fill(POISON, requestStart, run.isTaken ? run.valueStart : next);
    this.release();
    this.start = 0;
    this.#use(new Uint8Array(Math.max(2 * rest.length, HEADROOM_BYTES)));
    args.bytes.set(rest);
    this.end = this.#writtenEnd = rest.length;
    this.parser.reset();
  }

  /** Gives back what it has of the arena. */
  release(): void {
    if (this.#run !== null && this.#arena.offered === this.#run) this.#arena.offered = null;
    this.#run?.release();
    this.#run = null;
  }

  /** Makes room for `more` bytes behind `end`, without what was served. */
  #makeRoom(more: number): boolean {
    const needed = this.end - this.start + more;
    if (needed > BACKLOG_MAX_BYTES) return false;
    if (this.#run !== null) return this.#extendRun(this.#run, more) || this.#moveToOwn(needed, more);
    if (this.parser.announcedBytes >= STAGED_MIN_BYTES && this.#moveToRun(this.parser.announcedBytes, more))
      return true;
    if (needed <= this.#roomEnd / 2) {
      this.parser.args.bytes.copyWithin(0, this.start, this.end);
      this.#moveTo(0);
      return true;
    }
    return this.#moveToOwn(needed, more);
  }

  #moveToOwn(needed: number, more: number): boolean {
    const wanted = chooseSize(needed, needed + this.parser.bytesMissing(this.end + more));
    const bytes = allocate(Math.min(wanted, BACKLOG_MAX_BYTES)) ?? allocate(needed);
    if (bytes === null) return false;
    bytes.set(this.parser.args.bytes.subarray(this.start, this.end));
    this.#moveTo(0);
    this.release();
    this.#use(bytes);
    return true;
  }

  /** Goes on in the arena, with the argument under way at a page's beginning. False where there is no room. */
  #moveToRun(valueBytes: number, more: number): boolean {
    const { args, next } = this.parser;
    const inFront = Math.ceil((next - this.start) / PAGE_BYTES) * PAGE_BYTES;
    const run = this.#stage(inFront, valueBytes, inFront + this.end - next + more);
    if (run === null) return false;
    const at = run.valueStart - (next - this.start);
    run.bytes.set(args.bytes.subarray(this.start, this.end), at);
    this.#moveTo(at);
    this.#enter(run);
    return true;
  }

  /** More room in the arena: in place, or else in another block with the value at a page's beginning again. */
  #extendRun(run: StagedRun, more: number): boolean {
    const needed = this.end - run.start + more;
    if (run.grow(chooseSize(needed, needed + this.parser.bytesMissing(this.end + more)))) {
      this.#roomEnd = run.end;
      return true;
    }
    const inFront = run.valueStart - run.start;
    const moved = this.#stage(inFront, run.valueBytes, needed);
    if (moved === null) return false;
    const at = moved.start + (this.start - run.start);
    moved.bytes.set(run.bytes.subarray(this.start, this.end), at);
    this.#moveTo(at);
    this.release();
    this.#enter(moved);
    return true;
  }

  /** Null where the arena has no room. */
  #stage(inFront: number, valueBytes: number, needed: number): StagedRun | null {
    try {
      return new StagedRun(this.#arena, inFront, valueBytes, chooseSize(needed, inFront + valueBytes));
    } catch (error) {
      if (error instanceof ArenaFullError) return null;
      throw error;
    }
  }

  #enter(run: StagedRun): void {
    this.#run = run;
    this.#roomStart = run.start;
    this.#roomEnd = run.end;
    this.#writtenEnd = this.end;
    this.open();
  }

  #use(bytes: Uint8Array): void {
    this.#roomStart = 0;
    this.#roomEnd = bytes.length;
    this.#writtenEnd = this.end;
    this.parser.args.setBuffer(bytes, new DataView(bytes.buffer));
  }

  /** What lay at `start` lies at `at`. */
  #moveTo(at: number): void {
    this.parser.moveBack(this.start - at);
    this.end -= this.start - at;
    this.start = at;
  }
}

/** Room for `needed` bytes, of a request that will have `announced` at least. */
function chooseSize(needed: number, announced: number): number {
  const most = ANNOUNCED_GROWTH * needed;
  const all = Math.max(announced + HEADROOM_BYTES, GROWTH * needed);
  // The step before the last one ends at a sixteenth, so that the last one has no more than that to copy.
  return most >= announced ? all : Math.min(most, Math.max(Math.ceil(announced / ANNOUNCED_GROWTH), GROWTH * needed));
}

/** Null where the system has not so much. */
function allocate(bytes: number): Uint8Array | null {
  try {
    return new Uint8Array(new ArrayBuffer(bytes));
  } catch {
    return null;
  }
}
