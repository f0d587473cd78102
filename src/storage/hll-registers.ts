/**
 * The registers of a HyperLogLog: 16384 numbers of 6 bits. Packed, as a dense value has them, register r lies at bit
 * 6r, counted from the lowest bit of the first byte: 16 registers are three little-endian words. Unpacked, a register
 * is a byte: so values are merged.
 */

export const REGISTER_COUNT = 16384;
export const PACKED_BYTES = 12288;
/** The longest run of zeros that the 50 bits of a hash beyond the index can have, and the one behind it. */
export const REGISTER_MAX = 51;
/** How many values 6 bits can have: the length of a histogram. */
export const HISTOGRAM_LENGTH = 64;

const GROUP_REGISTERS = 16;
const GROUP_BYTES = 12;

export function readRegister(view: DataView, start: number, index: number): number {
  const bit = index * 6;
  const at = start + (bit >>> 3);
  const shift = bit & 7;
  // The last one ends with the last byte: what is within one byte is read from that alone.
  if (shift <= 2) return (view.getUint8(at) >>> shift) & 63;
  return (view.getUint16(at, true) >>> shift) & 63;
}

/** Makes the register `value` where that is more; whether it was. */
export function raiseRegister(view: DataView, start: number, index: number, value: number): boolean {
  const bit = index * 6;
  const at = start + (bit >>> 3);
  const shift = bit & 7;
  if (shift <= 2) {
    const byte = view.getUint8(at);
    if (value <= ((byte >>> shift) & 63)) return false;
    view.setUint8(at, (byte & ~(63 << shift)) | (value << shift));
    return true;
  }
  const pair = view.getUint16(at, true);
  if (value <= ((pair >>> shift) & 63)) return false;
  view.setUint16(at, (pair & ~(63 << shift)) | (value << shift), true);
  return true;
}

/** Adds to `histogram` how often each value occurs among packed registers. */
export function addPackedHistogram(view: DataView, start: number, histogram: Int32Array): void {
  for (let at = start; at < start + PACKED_BYTES; at += GROUP_BYTES) {
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    histogram[a & 63]!++;
    histogram[(a >>> 6) & 63]!++;
    histogram[(a >>> 12) & 63]!++;
    histogram[(a >>> 18) & 63]!++;
    histogram[(a >>> 24) & 63]!++;
    histogram[((a >>> 30) | (b << 2)) & 63]!++;
    histogram[(b >>> 4) & 63]!++;
    histogram[(b >>> 10) & 63]!++;
    histogram[(b >>> 16) & 63]!++;
    histogram[(b >>> 22) & 63]!++;
    histogram[((b >>> 28) | (c << 4)) & 63]!++;
    histogram[(c >>> 2) & 63]!++;
    histogram[(c >>> 8) & 63]!++;
    histogram[(c >>> 14) & 63]!++;
    histogram[(c >>> 20) & 63]!++;
    histogram[c >>> 26]!++;
  }
}

/** The same for unpacked ones. */
export function addHistogram(registers: Uint8Array, histogram: Int32Array): void {
  for (let i = 0; i < REGISTER_COUNT; i++) histogram[registers[i]!]!++;
}

/** Raises unpacked registers to packed ones. */
export function mergePacked(registers: Uint8Array, view: DataView, start: number): void {
  let at = start;
  for (let i = 0; i < REGISTER_COUNT; i += GROUP_REGISTERS, at += GROUP_BYTES) {
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    if ((a | b | c) === 0) continue;
    raise(registers, i, a & 63);
    raise(registers, i + 1, (a >>> 6) & 63);
    raise(registers, i + 2, (a >>> 12) & 63);
    raise(registers, i + 3, (a >>> 18) & 63);
    raise(registers, i + 4, (a >>> 24) & 63);
    raise(registers, i + 5, ((a >>> 30) | (b << 2)) & 63);
    raise(registers, i + 6, (b >>> 4) & 63);
    raise(registers, i + 7, (b >>> 10) & 63);
    raise(registers, i + 8, (b >>> 16) & 63);
    raise(registers, i + 9, (b >>> 22) & 63);
    raise(registers, i + 10, ((b >>> 28) | (c << 4)) & 63);
    raise(registers, i + 11, (c >>> 2) & 63);
    raise(registers, i + 12, (c >>> 8) & 63);
    raise(registers, i + 13, (c >>> 14) & 63);
    raise(registers, i + 14, (c >>> 20) & 63);
    raise(registers, i + 15, c >>> 26);
  }
}

function raise(registers: Uint8Array, index: number, value: number): void {
  if (value > registers[index]!) registers[index] = value;
}

/** Writes unpacked registers packed. */
export function packRegisters(registers: Uint8Array, view: DataView, start: number): void {
  let at = start;
  for (let i = 0; i < REGISTER_COUNT; i += 4, at += 3) {
    const bits = registers[i]! | (registers[i + 1]! << 6) | (registers[i + 2]! << 12) | (registers[i + 3]! << 18);
    view.setUint16(at, bits, true);
    view.setUint8(at + 2, bits >>> 16);
  }
}
