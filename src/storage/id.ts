/**
 * Identifiers of 128 bits: a time in milliseconds and a sequence number, both u64, as streams have them. Kept as four
 * 32-bit words, since neither half fits a double. Used by the ID tree and by everything about streams.
 *
 * The words are signed, as typed arrays hold them (so they are small integers to the engine); the order is unsigned.
 * An Id is a register: callers keep a few, and fill them anew.
 */

const TWO_32 = 2 ** 32;
const BITS_32 = 0xffffffffn;

export class Id {
  msHigh = 0;
  msLow = 0;
  seqHigh = 0;
  seqLow = 0;

  set(msHigh: number, msLow: number, seqHigh: number, seqLow: number): void {
    this.msHigh = msHigh | 0;
    this.msLow = msLow | 0;
    this.seqHigh = seqHigh | 0;
    this.seqLow = seqLow | 0;
  }

  /** From two safe integers, not negative. */
  setNumbers(ms: number, seq: number): void {
    this.setMs(ms);
    this.setSeq(seq);
  }

  setMs(ms: number): void {
    this.msHigh = (ms / TWO_32) | 0;
    this.msLow = ms | 0;
  }

  setSeq(seq: number): void {
    this.seqHigh = (seq / TWO_32) | 0;
    this.seqLow = seq | 0;
  }

  copyFrom(other: Id): void {
    this.msHigh = other.msHigh;
    this.msLow = other.msLow;
    this.seqHigh = other.seqHigh;
    this.seqLow = other.seqLow;
  }

  /** 0-0. */
  setMin(): void {
    this.set(0, 0, 0, 0);
  }

  setMax(): void {
    this.set(-1, -1, -1, -1);
  }

  get isZero(): boolean {
    return (this.msHigh | this.msLow | this.seqHigh | this.seqLow) === 0;
  }

  /** The nearest doubles past 2^53. */
  get ms(): number {
    return (this.msHigh >>> 0) * TWO_32 + (this.msLow >>> 0);
  }

  get seq(): number {
    return (this.seqHigh >>> 0) * TWO_32 + (this.seqLow >>> 0);
  }

  msExact(): bigint {
    return (BigInt(this.msHigh >>> 0) << 32n) | BigInt(this.msLow >>> 0);
  }

  seqExact(): bigint {
    return (BigInt(this.seqHigh >>> 0) << 32n) | BigInt(this.seqLow >>> 0);
  }

  setMsExact(ms: bigint): void {
    this.msHigh = Number(ms >> 32n) | 0;
    this.msLow = Number(ms & BITS_32) | 0;
  }

  setSeqExact(seq: bigint): void {
    this.seqHigh = Number(seq >> 32n) | 0;
    this.seqLow = Number(seq & BITS_32) | 0;
  }

  /** Negative, 0 or positive. */
  compare(other: Id): number {
    if (this.msHigh !== other.msHigh) return (this.msHigh >>> 0) - (other.msHigh >>> 0);
    if (this.msLow !== other.msLow) return (this.msLow >>> 0) - (other.msLow >>> 0);
    if (this.seqHigh !== other.seqHigh) return (this.seqHigh >>> 0) - (other.seqHigh >>> 0);
    return (this.seqLow >>> 0) - (other.seqLow >>> 0);
  }

  equals(other: Id): boolean {
    return (
      this.msLow === other.msLow &&
      this.seqLow === other.seqLow &&
      this.msHigh === other.msHigh &&
      this.seqHigh === other.seqHigh
    );
  }

  /** The next Id, by carry from seq to ms; false, and nothing changes, when this is the last. */
  increment(): boolean {
    if ((this.msHigh & this.msLow & this.seqHigh & this.seqLow) === -1) return false;
    this.seqLow = (this.seqLow + 1) | 0;
    if (this.seqLow !== 0) return true;
    this.seqHigh = (this.seqHigh + 1) | 0;
    if (this.seqHigh !== 0) return true;
    this.msLow = (this.msLow + 1) | 0;
    if (this.msLow === 0) this.msHigh = (this.msHigh + 1) | 0;
    return true;
  }

  /** The Id before; false, and nothing changes, when this is 0-0. */
  decrement(): boolean {
    if (this.isZero) return false;
    this.seqLow = (this.seqLow - 1) | 0;
    if (this.seqLow !== -1) return true;
    this.seqHigh = (this.seqHigh - 1) | 0;
    if (this.seqHigh !== -1) return true;
    this.msLow = (this.msLow - 1) | 0;
    if (this.msLow === -1) this.msHigh = (this.msHigh - 1) | 0;
    return true;
  }

  /** Whether seq is the greatest there is. */
  get isSeqMax(): boolean {
    return (this.seqHigh & this.seqLow) === -1;
  }

  /** 16 bytes, as RDB has them. */
  readBigEndian(view: DataView, at: number): void {
    this.msHigh = view.getInt32(at);
    this.msLow = view.getInt32(at + 4);
    this.seqHigh = view.getInt32(at + 8);
    this.seqLow = view.getInt32(at + 12);
  }

  writeBigEndian(view: DataView, at: number): void {
    view.setInt32(at, this.msHigh);
    view.setInt32(at + 4, this.msLow);
    view.setInt32(at + 8, this.seqHigh);
    view.setInt32(at + 12, this.seqLow);
  }

  /** Four words of the arena. */
  readWords(words: Int32Array, at: number): void {
    this.msHigh = words[at]!;
    this.msLow = words[at + 1]!;
    this.seqHigh = words[at + 2]!;
    this.seqLow = words[at + 3]!;
  }

  writeWords(words: Int32Array, at: number): void {
    words[at] = this.msHigh;
    words[at + 1] = this.msLow;
    words[at + 2] = this.seqHigh;
    words[at + 3] = this.seqLow;
  }

  /** Compares with the Id in four words of the arena. */
  compareWords(words: Int32Array, at: number): number {
    const msHigh = words[at]!;
    if (this.msHigh !== msHigh) return (this.msHigh >>> 0) - (msHigh >>> 0);
    const msLow = words[at + 1]!;
    if (this.msLow !== msLow) return (this.msLow >>> 0) - (msLow >>> 0);
    const seqHigh = words[at + 2]!;
    if (this.seqHigh !== seqHigh) return (this.seqHigh >>> 0) - (seqHigh >>> 0);
    return (this.seqLow >>> 0) - (words[at + 3]! >>> 0);
  }
}
