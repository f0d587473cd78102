/**
 * Byte ranges combined bit by bit: BITOP. A result is made part by part: each part of each source is copied next to the
 * part of the result, in the memory of the WebAssembly kernels (wasm-kernels.ts) or, without them, in a buffer of its
 * own; so no alignment matters, and what is at work fits into the nearest cache.
 */
import { copyBytes, zeroBytes } from "./bytes.js";
import { COMBINE_BLOCK_BYTES, type Kernels, PART_BYTES } from "./wasm-kernels.js";

export type BitOperation = "and" | "or" | "xor";

/** The source lies right behind the result. */
const SOURCE_WORDS = PART_BYTES / 4;

export class BitCombiner {
  readonly #kernels: Kernels | null;
  readonly #view: DataView;
  readonly #words: Int32Array;
  /** Bytes of the present part. */
  #length = 0;

  constructor(kernels: Kernels | null) {
    this.#kernels = kernels;
    const buffer = kernels === null ? new ArrayBuffer(2 * PART_BYTES) : kernels.view.buffer;
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
  }

  /** Begins a part of `length` bytes, up to PART_BYTES, with the first source: `bytes` of it, and zeros. */
  begin(length: number, source: DataView, from: number, bytes: number): void {
    this.#length = length;
    this.#copyIn(0, source, from, bytes);
  }

  /** Combines it with a further source: `bytes` of it, and zeros. */
  combine(operation: BitOperation, source: DataView, from: number, bytes: number): void {
    this.#copyIn(PART_BYTES, source, from, bytes);
    const kernels = this.#kernels;
    if (operation === "and") kernels === null ? this.#and() : kernels.and(0, this.#end);
    else if (operation === "or") kernels === null ? this.#or() : kernels.or(0, this.#end);
    else kernels === null ? this.#xor() : kernels.xor(0, this.#end);
  }

  invert(): void {
    if (this.#kernels !== null) this.#kernels.not(0, this.#end);
    else for (let i = 0; i < this.#end >> 2; i++) this.#words[i] = ~this.#words[i]!;
  }

  /** Copies the part to where it belongs. */
  store(target: DataView, to: number): void {
    copyBytes(this.#view, 0, target, to, this.#length);
  }

  /** The kernels take whole blocks: what lies behind the part does not matter. */
  get #end(): number {
    return Math.ceil(this.#length / COMBINE_BLOCK_BYTES) * COMBINE_BLOCK_BYTES;
  }

  #copyIn(at: number, source: DataView, from: number, bytes: number): void {
    if (bytes > 0) copyBytes(source, from, this.#view, at, bytes);
    if (bytes < this.#length) zeroBytes(this.#view, at + bytes, this.#length - bytes);
  }

  #and(): void {
    const words = this.#words;
    for (let i = 0; i < this.#end >> 2; i++) words[i]! &= words[i + SOURCE_WORDS]!;
  }

  #or(): void {
    const words = this.#words;
    for (let i = 0; i < this.#end >> 2; i++) words[i]! |= words[i + SOURCE_WORDS]!;
  }

  #xor(): void {
    const words = this.#words;
    for (let i = 0; i < this.#end >> 2; i++) words[i]! ^= words[i + SOURCE_WORDS]!;
  }
}
