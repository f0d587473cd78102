/**
 * The kernels that run as WebAssembly: bits counted (bit-count.ts) and combined (bit-combine.ts) with SIMD, and the hash
 * of HyperLogLog elements with multiplications of 64 bits (hll-element.ts). They see nothing but their own page of memory, into which the callers
 * copy; it holds nothing between two calls.
 */
import { buildModule, type Code, I64, instantiate, V128, wasm } from "./wasm-builder.js";

/** What one turn of countBits takes: byte counters get 16 times 8 at most, and cannot overflow. */
export const COUNT_BLOCK_BYTES = 256;
/** What one turn of and, or, xor, not takes. */
export const COMBINE_BLOCK_BYTES = 64;
/** What they can take at most: the first operand lies at 0, the second one here. */
export const PART_BYTES = 16384;
const VECTOR_BYTES = 16;

/** The register's index in the lowest bits of what hashElement gives, its value above. */
export const ELEMENT_INDEX_BITS = 14;

export interface Kernels {
  readonly memory: Uint8Array;
  readonly view: DataView;
  /** The set bits in [at, end), which is a positive multiple of COUNT_BLOCK_BYTES. */
  countBits(at: number, end: number): number;
  /** Combine [at, end), which is a positive multiple of COMBINE_BLOCK_BYTES, with what lies PART_BYTES behind. */
  and(at: number, end: number): void;
  or(at: number, end: number): void;
  xor(at: number, end: number): void;
  not(at: number, end: number): void;
  /** Hashes the `length` bytes at 0, behind which come zeros to a multiple of 8. `at` is 0. */
  hashElement(at: number, length: number): number;
}

let kernels: Kernels | null | undefined;

/** Null where they cannot be had. Made when they are first needed: the memory reserves much address space. */
export function findKernels(): Kernels | null {
  if (kernels === undefined) kernels = makeKernels();
  return kernels;
}

function makeKernels(): Kernels | null {
  const instance = instantiate<"countBits" | "and" | "or" | "xor" | "not" | "hashElement">(
    buildModule([
      { name: "countBits", locals: 1, localType: V128, code: countBits() },
      { name: "and", locals: 0, localType: V128, code: combine(wasm.v128And) },
      { name: "or", locals: 0, localType: V128, code: combine(wasm.v128Or) },
      { name: "xor", locals: 0, localType: V128, code: combine(wasm.v128Xor) },
      { name: "not", locals: 0, localType: V128, code: combine(wasm.v128Not) },
      { name: "hashElement", locals: 2, localType: I64, code: hashElement() },
    ]),
  );
  if (instance === null) return null;
  const { buffer } = instance.memory;
  return {
    memory: new Uint8Array(buffer),
    view: new DataView(buffer),
    countBits: instance.countBits,
    and: instance.and,
    or: instance.or,
    xor: instance.xor,
    not: instance.not,
    hashElement: instance.hashElement,
  };
}

/** Combines with an instruction of two operands, or of one. */
function combine(instruction: Code): Code {
  const at = 0;
  const end = 1;
  const { getLocal } = wasm;
  const block: number[] = [];
  for (let offset = 0; offset < COMBINE_BLOCK_BYTES; offset += VECTOR_BYTES) {
    block.push(...getLocal(at), ...getLocal(at), ...wasm.v128Load(offset));
    if (instruction !== wasm.v128Not) block.push(...getLocal(at), ...wasm.v128Load(PART_BYTES + offset));
    block.push(...instruction, ...wasm.v128Store(offset));
  }
  return [
    ...wasm.loopWhile([
      ...block,
      ...[...getLocal(at), ...wasm.i32Const(COMBINE_BLOCK_BYTES), ...wasm.i32Add, ...wasm.teeLocal(at)],
      ...[...getLocal(end), ...wasm.i32LessUnsigned],
    ]),
    ...wasm.i32Const(0),
  ];
}

function countBits(): Code {
  const at = 0;
  const end = 1;
  const sums = 2;
  const vector = (offset: number): Code => [...wasm.getLocal(at), ...wasm.v128Load(offset), ...wasm.i8x16Popcnt];
  const block = [...vector(0)];
  for (let offset = VECTOR_BYTES; offset < COUNT_BLOCK_BYTES; offset += VECTOR_BYTES) {
    block.push(...vector(offset), ...wasm.i8x16Add);
  }
  return [
    ...wasm.loopWhile([
      ...[...wasm.getLocal(sums), ...block, ...wasm.i16x8ExtendPairs, ...wasm.i32x4ExtendPairs, ...wasm.i32x4Add],
      ...wasm.setLocal(sums),
      ...[...wasm.getLocal(at), ...wasm.i32Const(COUNT_BLOCK_BYTES), ...wasm.i32Add, ...wasm.teeLocal(at)],
      ...[...wasm.getLocal(end), ...wasm.i32LessUnsigned],
    ]),
    ...[...wasm.getLocal(sums), ...wasm.i32x4ExtractLane(0)],
    ...[...wasm.getLocal(sums), ...wasm.i32x4ExtractLane(1), ...wasm.i32Add],
    ...[...wasm.getLocal(sums), ...wasm.i32x4ExtractLane(2), ...wasm.i32Add],
    ...[...wasm.getLocal(sums), ...wasm.i32x4ExtractLane(3), ...wasm.i32Add],
  ];
}

/** MurmurHash64A, as murmur-hash.ts has it, then what hll-element.ts makes of it. */
function hashElement(): Code {
  const at = 0;
  const length = 1;
  const hash = 2;
  const word = 3;
  const { getLocal, setLocal, i32Const, i64Const } = wasm;
  const multiply = [...i64Const(0xc6a4a7935bd1e995n), ...wasm.i64Multiply];
  const fold = (local: number): Code => [
    ...[...getLocal(local), ...getLocal(local), ...i64Const(47n), ...wasm.i64ShiftRightUnsigned, ...wasm.i64Xor],
  ];
  const hasWord = [...getLocal(at), ...getLocal(length), ...i32Const(-8), ...wasm.i32And, ...wasm.i32LessUnsigned];
  const mixWord = [
    ...[...getLocal(at), ...wasm.i64Load, ...multiply, ...setLocal(word)],
    ...[...getLocal(hash), ...fold(word), ...multiply, ...wasm.i64Xor, ...multiply, ...setLocal(hash)],
    ...[...getLocal(at), ...i32Const(8), ...wasm.i32Add, ...setLocal(at)],
  ];
  const mixRest = [...getLocal(hash), ...getLocal(at), ...wasm.i64Load, ...wasm.i64Xor, ...multiply, ...setLocal(hash)];
  const beyondIndex = [...getLocal(hash), ...i64Const(BigInt(ELEMENT_INDEX_BITS)), ...wasm.i64ShiftRightUnsigned];
  return [
    ...[...i64Const(0xadc83b19n), ...getLocal(length), ...wasm.i64ExtendUnsigned, ...multiply, ...wasm.i64Xor],
    ...setLocal(hash),
    ...hasWord,
    ...wasm.if(wasm.loopWhile([...mixWord, ...hasWord])),
    ...[...getLocal(length), ...i32Const(7), ...wasm.i32And],
    ...wasm.if(mixRest),
    ...[...fold(hash), ...multiply, ...setLocal(hash)],
    ...[...fold(hash), ...wasm.teeLocal(hash)],
    ...[...wasm.i32WrapI64, ...i32Const(2 ** ELEMENT_INDEX_BITS - 1), ...wasm.i32And],
    // The run of zeros with the one behind it; a guard ends it where the hash does.
    ...[...beyondIndex, ...i64Const(1n << BigInt(64 - ELEMENT_INDEX_BITS)), ...wasm.i64Or, ...wasm.i64TrailingZeros],
    ...[...wasm.i32WrapI64, ...i32Const(1), ...wasm.i32Add],
    ...[...i32Const(ELEMENT_INDEX_BITS), ...wasm.i32ShiftLeft, ...wasm.i32Or],
  ];
}
