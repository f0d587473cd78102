/** What PFSELFTEST tries: that registers keep what they are told, and that estimates are near the truth. */
import { HllElement } from "../../storage/hll-element.js";
import { estimateCardinality } from "../../storage/hll-estimate.js";
import {
  addPackedHistogram,
  HISTOGRAM_LENGTH,
  PACKED_BYTES,
  packRegisters,
  REGISTER_COUNT,
  raiseRegister,
  readRegister,
} from "../../storage/hll-registers.js";
import {
  addSparseHistogram,
  RAISE_CHANGES,
  SPARSE_MAX_VALUE,
  SparseEditor,
  writeEmptySparse,
} from "../../storage/hll-sparse.js";

const CYCLES = 1000;
const ELEMENTS = 10_000_000;
/** The sparse registers may take so much; fewer elements than half of it must fit. */
const SPARSE_BYTES = 3000;
const RELATIVE_ERROR = 1.04 / Math.sqrt(REGISTER_COUNT);
/** Beyond so many standard errors an estimate is wrong, not unlucky. */
const ERRORS_ALLOWED = 6;

/** The text of what failed, or null. `seed` is any 32 bits. */
export function findFailure(seed: number): string | null {
  return findWrongRegister(seed | 1) ?? findWrongEstimate(seed);
}

function findWrongRegister(seed: number): string | null {
  const packed = new DataView(new ArrayBuffer(PACKED_BYTES));
  const registers = new Uint8Array(REGISTER_COUNT);
  let state = seed;
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    for (let i = 0; i < REGISTER_COUNT; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      registers[i] = state & 63;
    }
    packRegisters(registers, packed, 0);
    for (let i = 0; i < REGISTER_COUNT; i++) {
      const value = readRegister(packed, 0, i);
      if (value !== registers[i]) return `TESTFAILED Register ${i} should be ${registers[i]} but is ${value}`;
    }
  }
  return null;
}

function findWrongEstimate(seed: number): string | null {
  const dense = new DataView(new ArrayBuffer(PACKED_BYTES));
  const sparse = new SparseTrial();
  const element = new HllElement();
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setInt32(4, Math.imul(seed, 0x9e3779b1), true);
  let checkpoint = 1;
  for (let i = 1; i <= ELEMENTS; i++) {
    bytes.setInt32(0, i ^ seed, true);
    element.compute(bytes, 0, 8);
    raiseRegister(dense, 0, element.index, element.value);
    sparse.add(element);
    if (i !== checkpoint) continue;
    if (i < SPARSE_BYTES / 2 && !sparse.fits) return "TESTFAILED sparse encoding not used";
    const histogram = new Int32Array(HISTOGRAM_LENGTH);
    addPackedHistogram(dense, 0, histogram);
    const estimate = estimateCardinality(histogram);
    if (sparse.fits && sparse.estimate() !== estimate) return "TESTFAILED dense/sparse disagree";
    const error = Math.abs(checkpoint - estimate);
    // Ten elements may collide, but hardly twice.
    const allowed = i === 10 ? 1 : Math.ceil(RELATIVE_ERROR * ERRORS_ALLOWED * checkpoint);
    if (error > allowed) return `TESTFAILED Too big error. card:${checkpoint} abserr:${error}`;
    checkpoint *= 10;
  }
  return null;
}

/** Sparse registers outside of any keyspace, as long as they fit. */
class SparseTrial {
  fits = true;
  readonly #view = new DataView(new ArrayBuffer(SPARSE_BYTES));
  readonly #editor = new SparseEditor();
  #end = 2;

  constructor() {
    writeEmptySparse(this.#view, 0);
  }

  add(element: HllElement): void {
    if (!this.fits) return;
    const { index, value } = element;
    this.fits = value <= SPARSE_MAX_VALUE;
    if (!this.fits || this.#editor.prepareRaise(this.#view, 0, this.#end, index, value) !== RAISE_CHANGES) return;
    this.fits = this.#end + this.#editor.growth <= SPARSE_BYTES;
    if (this.fits) this.#end = this.#editor.apply(this.#view, 0, this.#end);
  }

  estimate(): number {
    const histogram = new Int32Array(HISTOGRAM_LENGTH);
    return addSparseHistogram(this.#view, 0, this.#end, histogram) ? estimateCardinality(histogram) : Number.NaN;
  }
}
