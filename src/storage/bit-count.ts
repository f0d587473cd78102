/**
 * How many bits of a byte range are set, at any alignment: BITCOUNT.
 *
 * Short ranges are counted word by word. Long ones go through a WebAssembly kernel with SIMD: it cannot address the
 * arena, so that each piece is copied into its memory first, where it stays in the nearest cache. Even so it is four
 * times as fast as any way to count in JavaScript (1 MiB: 85 µs with the copies; 310 µs with carry-save adders over
 * 16 words, 500 µs with what countWords does). Without WebAssembly all goes word by word.
 */
import { COUNT_BLOCK_BYTES, findKernels, type Kernels, PART_BYTES } from "./wasm-kernels.js";

/** Below, the copy and the call cost more than they save. */
const KERNEL_MIN_BYTES = 1024;

export function countBits(view: DataView, start: number, length: number): number {
  if (length < KERNEL_MIN_BYTES) return countWords(view, start, length);
  const kernels = findKernels();
  return kernels === null ? countWords(view, start, length) : countParts(kernels, view, start, length);
}

function countParts(kernels: Kernels, view: DataView, start: number, length: number): number {
  const { memory } = kernels;
  const end = start + length;
  let total = 0;
  for (let at = start; at < end; at += PART_BYTES) {
    const bytes = Math.min(PART_BYTES, end - at);
    memory.set(new Uint8Array(view.buffer, view.byteOffset + at, bytes));
    const whole = Math.ceil(bytes / COUNT_BLOCK_BYTES) * COUNT_BLOCK_BYTES;
    if (whole !== bytes) memory.fill(0, bytes, whole);
    total += kernels.countBits(0, whole);
  }
  return total;
}

/** Without SIMD: four words at a time, each folded to counts of its nibbles, which are added up before the last steps. */
export function countWords(view: DataView, start: number, length: number): number {
  const end = start + length;
  let total = 0;
  let at = start;
  for (; at + 16 <= end; at += 16) {
    const bytes =
      foldToBytes(view.getInt32(at, true)) +
      foldToBytes(view.getInt32(at + 4, true)) +
      foldToBytes(view.getInt32(at + 8, true)) +
      foldToBytes(view.getInt32(at + 12, true));
    total += addBytes(bytes);
  }
  for (; at + 4 <= end; at += 4) total += addBytes(foldToBytes(view.getInt32(at, true)));
  for (; at < end; at++) total += addBytes(foldToBytes(view.getUint8(at)));
  return total;
}

/** The count of each byte's bits, in that byte. */
function foldToBytes(word: number): number {
  const pairs = (word - ((word >>> 1) & 0x55555555)) | 0;
  const nibbles = ((pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)) | 0;
  return ((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f) | 0;
}

/** The sum of four bytes, at most 255. */
function addBytes(bytes: number): number {
  return Math.imul(bytes, 0x01010101) >>> 24;
}
