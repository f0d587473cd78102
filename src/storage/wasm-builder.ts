/**
 * Assembles a small WebAssembly module from readable code: one memory of one page, functions that take two i32 and give
 * an i32. For kernels that need SIMD or integers of 64 bits, which JavaScript has not: wasm-kernels.ts. Format and
 * opcodes: WebAssembly Core Specification.
 */

const I32 = 0x7f;
export const I64 = 0x7e;
export const V128 = 0x7b;
const FUNCTION_TYPE = 0x60;
const VOID = 0x40;
const END = 0x0b;

/** Every module begins so: `\0asm`, version 1. */
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const SECTION_TYPE = 1;
const SECTION_FUNCTION = 3;
const SECTION_MEMORY = 5;
const SECTION_EXPORT = 7;
const SECTION_CODE = 10;
const EXPORT_FUNCTION = 0;
const EXPORT_MEMORY = 2;

/** Bytes of instructions. */
export type Code = readonly number[];

/** LEB128: seven bits a byte, the lowest first. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: bigint): Code {
  const bits = Number(value & 127n);
  return value >= -64n && value < 64n ? [bits] : [bits | 128, ...signed(value >> 7n)];
}

/** Instructions of the vector extension have a prefix and a number. */
function simd(opcode: number, ...immediates: number[]): Code {
  return [0xfd, ...unsigned(opcode), ...immediates];
}

/** The instructions that the kernels use, by their names in the specification. Locals 0 and 1 are the parameters. */
export const wasm = {
  getLocal: (index: number): Code => [0x20, index],
  setLocal: (index: number): Code => [0x21, index],
  teeLocal: (index: number): Code => [0x22, index],
  /** Does `body` where the i32 on the stack is not zero. */
  if: (body: Code): Code => [0x04, VOID, ...body, END],
  /** Repeats `body` as long as the i32 that it leaves is not zero. */
  loopWhile: (body: Code): Code => [0x03, VOID, ...body, 0x0d, 0, END],
  i32Const: (value: number): Code => [0x41, ...signed(BigInt(value))],
  i32LessUnsigned: [0x49] as Code,
  i32Add: [0x6a] as Code,
  i32And: [0x71] as Code,
  i32Or: [0x72] as Code,
  i32ShiftLeft: [0x74] as Code,
  i32WrapI64: [0xa7] as Code,
  i64ExtendUnsigned: [0xad] as Code,
  /** Any 64 bits, signed or not. */
  i64Const: (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))],
  i64Load: [0x29, 0, 0] as Code,
  i64TrailingZeros: [0x7a] as Code,
  i64Multiply: [0x7e] as Code,
  i64Or: [0x84] as Code,
  i64Xor: [0x85] as Code,
  i64ShiftRightUnsigned: [0x88] as Code,
  /** Loads 16 bytes from the address on the stack plus `offset`; any alignment will do. */
  v128Load: (offset: number): Code => simd(0, 0, ...unsigned(offset)),
  /** Stores the vector on the stack at the address below it plus `offset`. */
  v128Store: (offset: number): Code => simd(11, 0, ...unsigned(offset)),
  v128Not: simd(77),
  v128And: simd(78),
  v128Or: simd(80),
  v128Xor: simd(81),
  i32x4ExtractLane: (lane: number): Code => simd(27, lane),
  i8x16Popcnt: simd(98),
  i8x16Add: simd(110),
  i16x8ExtendPairs: simd(125),
  i32x4ExtendPairs: simd(127),
  i32x4Add: simd(174),
} as const;

/** A function, exported by its name; its own locals, from 2 on, are all of one type. */
export interface WasmFunction {
  readonly name: string;
  readonly locals: number;
  readonly localType: number;
  readonly code: Code;
}

/** A module that exports these functions, and its memory as `memory`. */
export function buildModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const bodies = functions.map(({ locals, localType, code }) => [1, locals, localType, ...code, END]);
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(SECTION_TYPE, [1, FUNCTION_TYPE, 2, I32, I32, 1, I32]),
    ...section(SECTION_FUNCTION, [functions.length, ...functions.map(() => 0)]),
    ...section(SECTION_MEMORY, [1, 1, 1, 1]),
    ...section(SECTION_EXPORT, [
      ...[functions.length + 1, ...exported("memory", EXPORT_MEMORY, 0)],
      ...functions.flatMap(({ name }, index) => exported(name, EXPORT_FUNCTION, index)),
    ]),
    ...section(SECTION_CODE, [bodies.length, ...bodies.flatMap((body) => [...unsigned(body.length), ...body])]),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function exported(name: string, kind: number, index: number): Code {
  return [name.length, ...Buffer.from(name), kind, index];
}

export type Exports<Names extends string> = Readonly<Record<Names, (a: number, b: number) => number>> & {
  readonly memory: { readonly buffer: ArrayBuffer };
};

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** Null where the engine has no WebAssembly (node --jitless), no SIMD, or no address space for the memory. */
export function instantiate<Names extends string>(bytes: Uint8Array<ArrayBuffer>): Exports<Names> | null {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) return null;
  try {
    return new api.Instance(new api.Module(bytes)).exports as Exports<Names>;
  } catch {
    return null;
  }
}
