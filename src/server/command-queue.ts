/**
 * The commands that a MULTI has queued, as bytes: no object a command. Owned by transaction.ts.
 *
 * Chunks of growing size hold one command behind the other; none is cut. A chunk, once begun, is never copied.
 *
 *    command:  u32 index of the Command in #commands | u32 argument count | u32 length of each argument | the arguments
 *
 * So a queued PING takes 16 bytes. The `Args` that run() passes point into a chunk and are valid during the call.
 */
import type { Command } from "../commands/command.js";
import { Args } from "../resp/args.js";
import { copyBytes } from "../storage/bytes.js";

const WORD_BYTES = 4;
const HEADER_WORDS = 2;
const FIRST_CHUNK_BYTES = 256;
const CHUNK_MAX_BYTES = 256 * 1024;

interface Chunk {
  readonly bytes: Buffer;
  readonly view: DataView;
  used: number;
}

export class CommandQueue {
  length = 0;
  /** What the commands take, and the chunks that hold them. */
  usedBytes = 0;
  byteLength = 0;
  /** The commands that are queued, each once: few, however long the queue is. */
  #commands: Command[] = [];
  #indexes = new Map<Command, number>();
  #chunks: Chunk[] = [];

  add(command: Command, args: Args): void {
    const bytes = WORD_BYTES * (HEADER_WORDS + args.count) + args.totalByteLength();
    const chunk = this.#roomFor(bytes);
    const { view } = chunk;
    let at = chunk.used;
    view.setUint32(at, this.#indexOf(command), true);
    view.setUint32(at + WORD_BYTES, args.count, true);
    at += HEADER_WORDS * WORD_BYTES;
    for (let i = 0; i < args.count; i++, at += WORD_BYTES) view.setUint32(at, args.byteLength(i), true);
    for (let i = 0; i < args.count; i++) {
      const length = args.byteLength(i);
      copyBytes(args.view, args.start(i), view, at, length);
      at += length;
    }
    chunk.used = at;
    this.usedBytes += bytes;
    this.length++;
  }

  /** Calls `visit` with each command, first come, first served. All run, even if one of them clears the queue. */
  run(visit: (command: Command, args: Args) => void): void {
    const args = new Args(new Uint8Array(0));
    const commands = this.#commands;
    for (const chunk of this.#chunks) {
      const { view } = chunk;
      args.setBuffer(chunk.bytes, view);
      for (let at = 0; at < chunk.used; ) {
        const command = commands[view.getUint32(at, true)];
        const count = view.getUint32(at + WORD_BYTES, true);
        let length = at + HEADER_WORDS * WORD_BYTES;
        at = length + count * WORD_BYTES;
        args.clear();
        for (let i = 0; i < count; i++, length += WORD_BYTES) {
          const end = at + view.getUint32(length, true);
          args.push(at, end);
          at = end;
        }
        if (command !== undefined) visit(command, args);
      }
    }
  }

  clear(): void {
    if (this.#chunks.length === 0) return;
    this.#chunks = [];
    this.#commands = [];
    this.#indexes = new Map();
    this.length = 0;
    this.usedBytes = 0;
    this.byteLength = 0;
  }

  #indexOf(command: Command): number {
    let index = this.#indexes.get(command);
    if (index === undefined) {
      index = this.#commands.push(command) - 1;
      this.#indexes.set(command, index);
    }
    return index;
  }

  #roomFor(bytes: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.used + bytes <= last.bytes.length) return last;
    const usual = last === undefined ? FIRST_CHUNK_BYTES : Math.min(2 * last.bytes.length, CHUNK_MAX_BYTES);
    const buffer = Buffer.allocUnsafeSlow(Math.max(usual, bytes));
    const chunk = { bytes: buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length), used: 0 };
    this.#chunks.push(chunk);
    this.byteLength += buffer.length;
    return chunk;
  }
}
