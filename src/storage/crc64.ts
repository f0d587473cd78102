/**
 * CRC-64/Jones: the checksum of RDB files and DUMP payloads. Reflected, polynomial 0xad93d23594c935a9, no inversion;
 * of "123456789" it is 0xe9c6d914c4b8d9ca. Kept as two 32-bit halves: a BigInt a byte would be a hundred times slower.
 */

const LOW_POLYNOMIAL = 0xac4bc9b5 | 0;
const HIGH_POLYNOMIAL = 0x95ac9329 | 0;

/** By byte: what it does to the low and the high half. */
const LOW = new Int32Array(256);
const HIGH = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (carry === 1) {
      low ^= LOW_POLYNOMIAL;
      high ^= HIGH_POLYNOMIAL;
    }
  }
  LOW[byte] = low;
  HIGH[byte] = high;
}

export class Crc64 {
  /** The halves so far, signed. */
  low = 0;
  high = 0;

  update(bytes: Uint8Array, start: number, end: number): void {
    let { low, high } = this;
    for (let i = start; i < end; i++) {
      const entry = (low ^ bytes[i]!) & 255;
      low = LOW[entry]! ^ ((low >>> 8) | (high << 24));
      high = HIGH[entry]! ^ (high >>> 8);
    }
    this.low = low;
    this.high = high;
  }

  /** Writes the checksum as RDB does: eight bytes, little-endian. */
  write(view: DataView, at: number): void {
    view.setInt32(at, this.low, true);
    view.setInt32(at + 4, this.high, true);
  }

  isAt(view: DataView, at: number): boolean {
    return view.getInt32(at, true) === this.low && view.getInt32(at + 4, true) === this.high;
  }
}
