/** The order of SORT: what the elements are compared by, and how. */
import { readDouble } from "../../../resp/numbers.js";
import type { CommandContext } from "../../context.js";
import { lengthToZero, type SortElements } from "./sort-elements.js";
import type { SortOptions } from "./sort-options.js";

/** The elements' indexes in their order; null when one has something else than a number to be sorted by. */
export function orderElements(ctx: CommandContext, elements: SortElements, options: SortOptions): Uint32Array | null {
  const order = Uint32Array.from({ length: elements.count }, (_, i) => i);
  if (options.alpha) readWeights(ctx, elements, options);
  else if (!tryReadScores(ctx, elements, options)) return null;
  const compare = chooseCompare(elements, options);
  const { descending } = options;
  // A stable sort: equal elements stay as they are, in both directions.
  return order.sort((a, b) => (descending ? compare(b, a) : compare(a, b)));
}

function chooseCompare(elements: SortElements, options: SortOptions): (a: number, b: number) => number {
  if (!options.alpha) return (a, b) => elements.compareScores(a, b);
  if (options.by === null && options.store > 0) return (a, b) => elements.compareElements(a, b);
  return (a, b) => elements.compareWeights(a, b);
}

/** What is answered is compared as C's strcoll does, up to a zero byte; what is stored, whole. */
function readWeights(ctx: CommandContext, elements: SortElements, { by, store }: SortOptions): void {
  const isStored = store > 0;
  if (by === null && isStored) return;
  elements.makeWeights();
  for (let i = 0; i < elements.count; i++) {
    if (by === null) elements.setOwnWeight(i);
    else if (by.find(ctx, elements.view, elements.start(i), elements.byteLength(i))) {
      const length = isStored ? by.length : lengthToZero(by.view, by.start, by.length);
      elements.setWeight(i, by.view, by.start, length);
    }
  }
}

/** All are looked up, though one that is no number decides: the lookups count. */
function tryReadScores(ctx: CommandContext, elements: SortElements, { by }: SortOptions): boolean {
  let areNumbers = true;
  elements.makeScores();
  for (let i = 0; i < elements.count; i++) {
    let { view } = elements;
    let start = elements.start(i);
    let length = elements.byteLength(i);
    if (by !== null) {
      if (!by.find(ctx, view, start, length)) continue;
      ({ view, start, length } = by);
    }
    const score = readScore(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), start, start + length);
    if (Number.isNaN(score)) areNumbers = false;
    else elements.setScore(i, score);
  }
  return areNumbers;
}

/** As C's strtod reads it: a zero byte ends the text, blanks in front are passed over, nothing at all is 0. */
function readScore(bytes: Uint8Array, start: number, end: number): number {
  const zero = bytes.subarray(start, end).indexOf(0);
  const stop = zero < 0 ? end : start + zero;
  if (start === stop) return 0;
  let from = start;
  while (from < stop && isBlank(bytes[from] ?? 0)) from++;
  return readDouble(bytes, from, stop);
}

function isBlank(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}
