/**
 * The elements of one SORT: copies, because the lookups of BY and GET may delete expired keys, and STORE may replace
 * the key that is sorted. All bytes lie one behind another in a buffer that grows; nothing is made for each element.
 */
import type { Record } from "../../../keyspace/record.js";
import { compareBytes } from "../../../storage/bytes.js";
import type { CommandContext } from "../../context.js";

const INITIAL_BYTES = 1024;
const INITIAL_COUNT = 64;
const NO_WEIGHT = -1;

/** How many bytes of view[start, start + length) stand in front of the first zero byte. */
export function lengthToZero(view: DataView, start: number, length: number): number {
  const zero = new Uint8Array(view.buffer, view.byteOffset + start, length).indexOf(0);
  return zero < 0 ? length : zero;
}

export class SortElements {
  /** All bytes. Element i is view[starts[i], starts[i] + lengths[i]). */
  view: DataView;
  count = 0;
  #bytes = new Uint8Array(INITIAL_BYTES);
  #used = 0;
  #starts = new Float64Array(INITIAL_COUNT);
  #lengths = new Uint32Array(INITIAL_COUNT);
  /** What the elements are sorted by: numbers, or texts of their own (a start of NO_WEIGHT is none). */
  #scores = new Float64Array(0);
  #weightStarts = new Float64Array(0);
  #weightLengths = new Uint32Array(0);

  constructor() {
    this.view = new DataView(this.#bytes.buffer);
  }

  /** Takes `count` elements of a list, set or sorted set from index `from` on, in its order or against it. */
  load(ctx: CommandContext, record: Record, from: number, count: number, backward: boolean): void {
    if (count <= 0) return;
    if (ctx.lists.isList(record)) this.#loadList(ctx, record, from, count, backward);
    else if (ctx.sets.isSet(record)) this.#loadSet(ctx, record, from, count);
    else this.#loadSortedSet(ctx, record, from, count, backward);
  }

  start(i: number): number {
    return this.#starts[i] ?? 0;
  }

  byteLength(i: number): number {
    return this.#lengths[i] ?? 0;
  }

  makeScores(): void {
    this.#scores = new Float64Array(this.count);
  }

  setScore(i: number, score: number): void {
    this.#scores[i] = score;
  }

  makeWeights(): void {
    this.#weightStarts = new Float64Array(this.count).fill(NO_WEIGHT);
    this.#weightLengths = new Uint32Array(this.count);
  }

  setWeight(i: number, source: DataView, start: number, length: number): void {
    this.#weightStarts[i] = this.#copy(source, start, length);
    this.#weightLengths[i] = length;
  }

  /** The element itself, up to a zero byte. */
  setOwnWeight(i: number): void {
    const start = this.start(i);
    this.#weightStarts[i] = start;
    this.#weightLengths[i] = lengthToZero(this.view, start, this.byteLength(i));
  }

  compareScores(a: number, b: number): number {
    const order = (this.#scores[a] ?? 0) - (this.#scores[b] ?? 0);
    // Two infinities differ by NaN: they are equal, too.
    return order < 0 || order > 0 ? order : this.compareElements(a, b);
  }

  compareElements(a: number, b: number): number {
    const { view } = this;
    return compareBytes(view, this.start(a), this.byteLength(a), view, this.start(b), this.byteLength(b));
  }

  /** Elements without a weight come first. */
  compareWeights(a: number, b: number): number {
    const left = this.#weightStarts[a] ?? NO_WEIGHT;
    const right = this.#weightStarts[b] ?? NO_WEIGHT;
    if (left === NO_WEIGHT || right === NO_WEIGHT) return left === right ? 0 : left - right;
    const { view } = this;
    return compareBytes(view, left, this.#weightLengths[a] ?? 0, view, right, this.#weightLengths[b] ?? 0);
  }

  #loadList({ lists }: CommandContext, record: Record, from: number, count: number, backward: boolean): void {
    lists.seek(record, backward ? -1 - from : from);
    for (let left = count; left > 0; left--) {
      lists.locate();
      this.#add(lists.view, lists.start, lists.length);
      if (backward) lists.previous();
      else lists.next();
    }
  }

  #loadSet({ sets }: CommandContext, record: Record, from: number, count: number): void {
    const { cursor } = sets;
    const { member } = cursor;
    let index = 0;
    cursor.begin(sets.open(record));
    while (index < from + count && cursor.next()) {
      if (index++ < from) continue;
      member.locate();
      this.#add(member.view, member.start, member.length);
    }
  }

  #loadSortedSet({ sortedSets }: CommandContext, record: Record, from: number, count: number, backward: boolean): void {
    const cursor = sortedSets.makeCursor();
    const rank = backward ? sortedSets.count(record) - 1 - from : from;
    let isThere = cursor.seek(record, rank, backward);
    for (let left = count; left > 0 && isThere; left--) {
      this.#add(cursor.view, cursor.start, cursor.length);
      isThere = cursor.next();
    }
  }

  #add(source: DataView, start: number, length: number): void {
    if (this.count === this.#starts.length) this.#growList();
    this.#starts[this.count] = this.#copy(source, start, length);
    this.#lengths[this.count++] = length;
  }

  /** Copies bytes to the end; returns where they are. */
  #copy(source: DataView, start: number, length: number): number {
    const at = this.#used;
    if (at + length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(at + length, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    this.#bytes.set(new Uint8Array(source.buffer, source.byteOffset + start, length), at);
    this.#used = at + length;
    return at;
  }

  #growList(): void {
    const starts = new Float64Array(2 * this.#starts.length);
    const lengths = new Uint32Array(starts.length);
    starts.set(this.#starts);
    lengths.set(this.#lengths);
    this.#starts = starts;
    this.#lengths = lengths;
  }
}
