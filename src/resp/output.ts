/**
 * Output of one client: bytes in an order, in buffers borrowed from a pool while there is something to send. The reply
 * writer (reply-writer.ts), which is one, writes into it; the session sends it.
 *
 * What outgrows the buffer continues in a further one: `chunks` holds the full ones in order, `buffer[0, pos)` is the
 * tail. takeAll() and takeTail() hand them to the transport.
 */
import { type BufferPool, FIRST_BUFFER_BYTES, OutputBuffer } from "./buffer-pool.js";

const EMPTY = new OutputBuffer(0);

/** No limit of output. */
export const UNLIMITED = Number.POSITIVE_INFINITY;

/**
 * Of so many bytes that a client has not taken, those that a limit of output counts: the one definition for the writer
 * and for server/output-limits.ts. What fits the first buffer of a reply is none: everybody may have that much.
 */
export function countUnreadBytes(writtenBytes: number): number {
  return writtenBytes > FIRST_BUFFER_BYTES ? writtenBytes : 0;
}

/** Whom the output belongs to. */
export interface OutputOwner {
  /** Unread output has come to limitBytes: it is given up, and so is all that follows. */
  onOverflow(): void;
}

const NO_OWNER: OutputOwner = { onOverflow() {} };

/**
 * Where a reply of yet unknown length begins: see beginArray. It is good while what was written then is still there; once
 * that was sent or given up, whatever is done with the mark does nothing.
 */
export interface ReplyMark {
  chunk: number;
  pos: number;
  /** Output.epoch of when it was made. */
  epoch: number;
}

export class Output {
  buffer: Buffer = EMPTY.bytes;
  view: DataView = EMPTY.view;
  pos = 0;
  /** Full chunks that go out before `buffer`. */
  chunks: Uint8Array[] = [];
  chunkBytes = 0;
  /** The size of the first buffer of a reply: a power of two, as buffer-pool.ts has them. */
  firstBytes = FIRST_BUFFER_BYTES;
  /** From so much unread output on, nothing more is kept: see countUnreadBytes. Looked at whenever output grows by a chunk. */
  limitBytes = UNLIMITED;
  /** There was as much. */
  overflowed = false;
  /** Counts how often the output was handed over or given up. */
  protected epoch = 0;
  readonly #pool: BufferPool;
  readonly #owner: OutputOwner;
  #lease: OutputBuffer = EMPTY;
  #repliesAreLarge = false;
  /** The buffers under `chunks`, or under what takeAll gave out. */
  readonly #leases: OutputBuffer[] = [];

  constructor(pool: BufferPool, owner: OutputOwner = NO_OWNER) {
    this.#pool = pool;
    this.#owner = owner;
  }

  /** Bytes written and not yet handed to the transport. */
  get byteLength(): number {
    return this.chunkBytes + this.pos;
  }

  /** Drops what was written after the mark (CLIENT REPLY SKIP, a failed command of a larger reply). */
  rewind(mark: ReplyMark): void {
    if (!this.isGood(mark)) return;
    if (mark.chunk === this.chunks.length) {
      this.pos = mark.pos;
      return;
    }
    const kept = this.chunks[mark.chunk]!.subarray(0, mark.pos);
    this.chunks.length = mark.chunk;
    this.#giveTail();
    if (kept.length > 0) this.chunks.push(kept);
    this.chunkBytes = this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  /** Drops what was written when byteLength was already more than this. */
  truncate(byteLength: number): void {
    let kept = 0;
    for (let i = 0; i < this.chunks.length; i++) {
      const length = this.chunks[i]!.length;
      if (kept + length > byteLength) return this.rewind({ chunk: i, pos: byteLength - kept, epoch: this.epoch });
      kept += length;
    }
    if (!this.overflowed && byteLength - kept < this.pos) this.pos = byteLength - kept;
  }

  /** Gives up all output, sent or not. */
  release(): void {
    this.chunks = [];
    this.chunkBytes = 0;
    this.#leases.length = 0;
    this.dropTail();
  }

  /** The owner ends: gives up all output, and all that the request under way still writes. */
  abandon(): void {
    this.overflowed = true;
    this.release();
  }

  /**
   * Everything in order, which now belongs to the caller: recycle() gives the buffers under it back. No buffer is empty.
   * It takes all that is there, whatever the limit: what may be sent is the caller's to say.
   */
  takeAll(): Uint8Array[] {
    this.epoch++;
    if (this.pos > 0) {
      this.#leases.push(this.#lease);
      this.chunks.push(this.#cutTail());
    }
    const chunks = this.chunks;
    this.chunks = [];
    this.chunkBytes = 0;
    return chunks;
  }

  /** Nobody reads what takeAll gave out any more (true), or somebody still does: then its buffers are left to them. */
  recycle(isSent: boolean): void {
    const leases = this.#leases;
    if (isSent) for (let i = 0; i < leases.length; i++) this.#pool.give(leases[i]!);
    leases.length = 0;
  }

  /** The tail, which now belongs to the caller. */
  takeTail(): Buffer {
    this.epoch++;
    return this.#cutTail();
  }

  /** Gives the buffer under the tail back to the pool: once nobody reads it any more. */
  dropTail(): void {
    this.epoch++;
    if (this.pos < this.firstBytes / 4) this.#repliesAreLarge = false;
    this.#giveTail();
  }

  #cutTail(): Buffer {
    const tail = this.buffer.subarray(0, this.pos);
    this.#lend(EMPTY);
    return tail;
  }

  #giveTail(): void {
    if (this.#lease !== EMPTY) this.#pool.give(this.#lease);
    this.#lend(EMPTY);
  }

  #lend(buffer: OutputBuffer): void {
    this.#lease = buffer;
    this.buffer = buffer.bytes;
    this.view = buffer.view;
    this.pos = 0;
  }

  /** Whether what was written before the mark is still here. */
  protected isGood(mark: ReplyMark): boolean {
    return !this.overflowed && mark.epoch === this.epoch;
  }

  protected reserve(bytes: number): void {
    if (this.pos + bytes > this.buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    // A client whose replies outgrew the small buffer gets a large one from the start, until they are small again.
    const isFirst = this.pos === 0 && this.chunks.length === 0;
    if (!isFirst) this.#repliesAreLarge = true;
    this.closeChunk();
    this.#lend(this.#pool.take(bytes, isFirst && !this.#repliesAreLarge ? this.firstBytes : 0));
  }

  /** Makes the tail a full chunk. */
  protected closeChunk(): void {
    if (this.pos === 0) return this.#giveTail();
    this.#leases.push(this.#lease);
    this.pushChunk(this.#cutTail());
  }

  protected pushChunk(chunk: Uint8Array): void {
    if (!this.overflowed) {
      this.chunks.push(chunk);
      this.chunkBytes += chunk.length;
      if (countUnreadBytes(this.chunkBytes) < this.limitBytes) return;
    }
    this.giveUp();
  }

  /** There is too much: from here on nothing is kept. */
  protected giveUp(): void {
    if (!this.overflowed) {
      this.overflowed = true;
      this.#owner.onOverflow();
    }
    this.chunks = [];
    this.chunkBytes = 0;
    this.#leases.length = 0;
  }
}
