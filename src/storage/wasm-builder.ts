/**
 * Assembles small WebAssembly modules from readable code: one memory of one page, functions that take two i32 and give
 * an i32. Used by kernels that need SIMD, which JavaScript has not. Format and opcodes: WebAssembly Core Specification.
 */

export const PAGE_BYTES = 65536;

const I32 = 0x7f;
const V128 = 0x7b;
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

function signed(value: number): Code {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
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
  i32Const: (value: number): Code => [0x41, ...signed(value)],
  i32LessUnsigned: [0x49] as Code,
  i32Add: [0x6a] as Code,
  /** Repeats `body` as long as the last thing that it leaves is not zero. */
  loopWhile: (body: Code): Code => [0x03, VOID, ...body, 0x0d, 0, END],
  /** Loads 16 bytes from the address on the stack plus `offset`; any alignment will do. */
  v128Load: (offset: number): Code => simd(0, 0, ...unsigned(offset)),
  i32x4ExtractLane: (lane: number): Code => simd(27, lane),
  i8x16Popcnt: simd(98),
  i8x16Add: simd(110),
  i16x8ExtendPairs: simd(125),
  i32x4ExtendPairs: simd(127),
  i32x4Add: simd(174),
} as const;

/** A module that exports its memory as `memory`, and `run(a, b)`, whose code may use further locals: v128, from 2 on. */
export function buildModule(vectorLocals: number, code: Code): Uint8Array<ArrayBuffer> {
  const body = [1, vectorLocals, V128, ...code, END];
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(SECTION_TYPE, [1, FUNCTION_TYPE, 2, I32, I32, 1, I32]),
    ...section(SECTION_FUNCTION, [1, 0]),
    ...section(SECTION_MEMORY, [1, 1, 1, 1]),
    ...section(SECTION_EXPORT, [2, ...exported("memory", EXPORT_MEMORY), ...exported("run", EXPORT_FUNCTION)]),
    ...section(SECTION_CODE, [1, ...unsigned(body.length), ...body]),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function exported(name: string, kind: number): Code {
  return [name.length, ...Buffer.from(name), kind, 0];
}

export interface Instance {
  readonly memory: Uint8Array;
  run(a: number, b: number): number;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly run: (a: number, b: number) => number;
}

/** Null where the engine has no WebAssembly (node --jitless), no SIMD, or no address space for the memory. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>): Instance | null {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) return null;
  try {
    const { memory, run } = new api.Instance(new api.Module(bytes)).exports as Exports;
    return { memory: new Uint8Array(memory.buffer), run };
  } catch {
    return null;
  }
}
