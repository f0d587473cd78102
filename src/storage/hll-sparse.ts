/**
 * The sparse form of a HyperLogLog's registers: runs of equal ones, by opcode.
 *
 *   00nnnnnn            ZERO    n + 1 registers are 0
 *   01nnnnnn nnnnnnnn   XZERO   n + 1 registers are 0
 *   1vvvvvnn            VAL     n + 1 registers are v + 1
 *
 * A value may come from anywhere: nothing here reads or writes outside of the range, whatever is in it.
 */
import { copyOverlapping } from "./bytes.js";
import { REGISTER_COUNT } from "./hll-registers.js";

/** VAL cannot express more. */
export const SPARSE_MAX_VALUE = 32;

const XZERO_BIT = 0x40;
const VAL_BIT = 0x80;
const ZERO_MAX_RUN = 64;
const VAL_MAX_RUN = 4;
/** XZERO, VAL, XZERO. */
const SEQUENCE_MAX_BYTES = 5;
/** So many opcodes are looked at for neighbours of one value after a change. */
const MERGE_OPCODES = 5;

const NO_OPCODE = -1;

/** What prepareRaise found to do. */
export const RAISE_CORRUPT = -1;
export const RAISE_NOTHING = 0;
/** apply() does it; `growth` says by how many bytes the value grows. */
export const RAISE_CHANGES = 1;

/** Writes XZERO for all registers: two bytes, all that an empty value has. */
export function writeEmptySparse(view: DataView, start: number): void {
  view.setUint16(start, (XZERO_BIT << 8) | (REGISTER_COUNT - 1));
}

/** Adds to `histogram` how often each value occurs. False when these are not exactly all registers. */
export function addSparseHistogram(view: DataView, start: number, end: number, histogram: Int32Array): boolean {
  let count = 0;
  let at = start;
  while (at < end && count <= REGISTER_COUNT) {
    const byte = view.getUint8(at);
    const run = runAt(view, at, end);
    count += run;
    histogram[byte >= VAL_BIT ? readVal(byte) : 0]! += run;
    at += sizeOf(byte);
  }
  return at >= end && count === REGISTER_COUNT;
}

/** Raises unpacked registers to these. False when they are not all: then only a part is done. */
export function mergeSparse(registers: Uint8Array, view: DataView, start: number, end: number): boolean {
  let index = 0;
  let at = start;
  while (at < end && index <= REGISTER_COUNT) {
    const byte = view.getUint8(at);
    const run = runAt(view, at, end);
    if (byte >= VAL_BIT) {
      if (index + run > REGISTER_COUNT) return false;
      const value = readVal(byte);
      for (let i = index; i < index + run; i++) if (value > registers[i]!) registers[i] = value;
    }
    index += run;
    at += sizeOf(byte);
  }
  return index === REGISTER_COUNT;
}

/** `z:3 v:2,1 Z:16380`: the opcodes in order. */
export function describeSparse(view: DataView, start: number, end: number): string {
  const words: string[] = [];
  for (let at = start; at < end; ) {
    const byte = view.getUint8(at);
    const run = runAt(view, at, end);
    if (byte >= VAL_BIT) words.push(`v:${readVal(byte)},${run}`);
    else words.push(byte >= XZERO_BIT ? `Z:${run}` : `z:${run}`);
    at += sizeOf(byte);
  }
  return words.join(" ");
}

/** Raises one register: prepareRaise, room for `growth` more bytes made by the caller, apply. One object serves many. */
export class SparseEditor {
  /** By how many bytes the value will be longer. */
  growth = 0;
  /** The opcode of the register, its size and its run; where the one before it is, relative to the start. */
  #at = 0;
  #size = 0;
  #first = 0;
  #run = 0;
  #previous = NO_OPCODE;
  /** What takes the opcode's place. */
  readonly #sequence = new Uint8Array(SEQUENCE_MAX_BYTES);
  #length = 0;

  /** Finds out what to do to raise register `index` to `value`, up to SPARSE_MAX_VALUE, and changes nothing. */
  prepareRaise(view: DataView, start: number, end: number, index: number, value: number): number {
    if (!this.#find(view, start, end, index)) return RAISE_CORRUPT;
    const byte = view.getUint8(start + this.#at);
    const old = byte >= VAL_BIT ? readVal(byte) : 0;
    if (old >= value) return RAISE_NOTHING;
    this.#length = 0;
    this.#pushRun(old, index - this.#first);
    this.#pushRun(value, 1);
    this.#pushRun(old, this.#first + this.#run - index - 1);
    this.growth = this.#length - this.#size;
    return RAISE_CHANGES;
  }

  /**
   * Does what prepareRaise found, on the same bytes, which may have moved; `end` is their end before, behind it there is
   * room for `growth` bytes. Returns the new end.
   */
  apply(view: DataView, start: number, end: number): number {
    const at = start + this.#at;
    const tail = at + this.#size;
    if (this.growth !== 0) copyOverlapping(view, tail, tail + this.growth, end - tail);
    for (let i = 0; i < this.#length; i++) view.setUint8(at + i, this.#sequence[i]!);
    const from = this.#previous === NO_OPCODE ? start : start + this.#previous;
    return mergeNeighbours(view, from, end + this.growth);
  }

  #find(view: DataView, start: number, end: number, index: number): boolean {
    let first = 0;
    let previous = NO_OPCODE;
    let at = start;
    while (at < end) {
      const byte = view.getUint8(at);
      let size = 1;
      let run: number;
      if (byte < XZERO_BIT) {
        run = byte + 1;
      } else if (byte >= VAL_BIT) {
        run = (byte & 3) + 1;
      } else {
        if (at + 1 === end) return false;
        run = (((byte & 63) << 8) | view.getUint8(at + 1)) + 1;
        size = 2;
      }
      if (index < first + run) {
        this.#at = at - start;
        this.#size = size;
        this.#first = first;
        this.#run = run;
        this.#previous = previous;
        return true;
      }
      previous = at - start;
      first += run;
      at += size;
    }
    return false;
  }

  /** Puts the opcode for a run of `value` behind the sequence; a run of none is none. */
  #pushRun(value: number, run: number): void {
    if (run === 0) return;
    const sequence = this.#sequence;
    if (value > 0) {
      sequence[this.#length++] = makeVal(value, run);
    } else if (run <= ZERO_MAX_RUN) {
      sequence[this.#length++] = run - 1;
    } else {
      sequence[this.#length++] = XZERO_BIT | ((run - 1) >>> 8);
      sequence[this.#length++] = (run - 1) & 255;
    }
  }
}

/** Unites neighbours of one value, where a run may be that long, among the next few opcodes. Returns the new end. */
function mergeNeighbours(view: DataView, from: number, oldEnd: number): number {
  let end = oldEnd;
  let at = from;
  for (let left = MERGE_OPCODES; left > 0 && at < end; left--) {
    const byte = view.getUint8(at);
    if (byte < VAL_BIT) {
      at += sizeOf(byte);
      continue;
    }
    const next = at + 1 < end ? view.getUint8(at + 1) : 0;
    const run = (byte & 3) + (next & 3) + 2;
    if (next >= VAL_BIT && readVal(next) === readVal(byte) && run <= VAL_MAX_RUN) {
      view.setUint8(at, makeVal(readVal(byte), run));
      copyOverlapping(view, at + 2, at + 1, end - at - 2);
      end--;
    } else {
      at++;
    }
  }
  return end;
}

function sizeOf(byte: number): number {
  return byte >= XZERO_BIT && byte < VAL_BIT ? 2 : 1;
}

function readVal(byte: number): number {
  return ((byte >>> 2) & 31) + 1;
}

function makeVal(value: number, run: number): number {
  return VAL_BIT | ((value - 1) << 2) | (run - 1);
}

/** The run of the opcode at `at`; the byte that a cut XZERO lacks reads as 0, like the NUL behind a string of Redis. */
function runAt(view: DataView, at: number, end: number): number {
  const byte = view.getUint8(at);
  if (byte >= VAL_BIT) return (byte & 3) + 1;
  if (byte < XZERO_BIT) return byte + 1;
  return (((byte & 63) << 8) | (at + 1 < end ? view.getUint8(at + 1) : 0)) + 1;
}
