/**
 * The positions that a search has found, as columns of typed arrays: nothing is allocated for one. search.ts fills and
 * sorts them. Valid until the sorted set changes. One object serves all calls.
 */

const INITIAL_CAPACITY = 256;
/** Larger arrays are given back when the search is over. */
const KEPT_CAPACITY = 65536;
/** Runs that insertion sorts before they are merged. */
const RUN = 16;
/** Below this many, and above these, partial sorting does as Redis does: see #sortPart. */
const INSERTION_BELOW = 7;
const NINTHER_ABOVE = 40;

export class Candidates {
  count = 0;
  /** The distance from the centre in metres. */
  distances = new Float64Array(INITIAL_CAPACITY);
  scores = new Float64Array(INITIAL_CAPACITY);
  /** Where the member is: SortedSetCursor.place. */
  places = new Uint32Array(INITIAL_CAPACITY);
  /** Set by arrange: the candidates to answer with, in order. */
  order = new Uint32Array(INITIAL_CAPACITY);
  #merged = new Uint32Array(INITIAL_CAPACITY);
  /** Ranges that #sortPart has yet to sort. */
  readonly #ranges = new Uint32Array(128);
  #sign = 1;

  clear(): void {
    this.count = 0;
    if (this.distances.length > KEPT_CAPACITY) this.#resize(INITIAL_CAPACITY);
  }

  add(distance: number, score: number, place: number): void {
    const i = this.count;
    if (i === this.distances.length) this.#resize(2 * i);
    this.distances[i] = distance;
    this.scores[i] = score;
    this.places[i] = place;
    this.count = i + 1;
  }

  /**
   * Sets the order of the first `limit` candidates: as they were found (direction 0), nearest first (1) or farthest
   * first (-1). What is equally far stays in the order found when all are asked for. When some are, which of them come
   * in and in what order is up to the algorithm, and therefore it is Redis's.
   */
  arrange(direction: number, limit: number): void {
    const { order, count } = this;
    for (let i = 0; i < count; i++) order[i] = i;
    if (direction === 0) return;
    this.#sign = direction;
    if (limit < count) this.#sortPart(limit);
    else this.#sortAll();
  }

  #sortAll(): void {
    const { count } = this;
    for (let from = 0; from < count; from += RUN) this.#insertionSort(from, Math.min(from + RUN, count));
    for (let width = RUN; width < count; width *= 2) {
      for (let from = 0; from < count; from += 2 * width) this.#merge(from, from + width, from + 2 * width);
      const merged = this.#merged;
      this.#merged = this.order;
      this.order = merged;
    }
  }

  /** Merges two sorted ranges of `order` into the same place of #merged. */
  #merge(from: number, middle: number, to: number): void {
    const { order, count } = this;
    const target = this.#merged;
    const leftEnd = Math.min(middle, count);
    const rightEnd = Math.min(to, count);
    let left = from;
    let right = leftEnd;
    for (let at = from; at < rightEnd; at++) {
      const takesLeft = left < leftEnd && (right >= rightEnd || this.#compare(left, right) <= 0);
      target[at] = order[takesLeft ? left++ : right++] ?? 0;
    }
  }

  /**
   * Sorts so that the first `limit` are right: quicksort after Bentley and McIlroy ("Engineering a sort function"),
   * leaving out parts beyond the limit. The steps are those of the paper, as are Redis's: equal distances end up where
   * they do there.
   */
  #sortPart(limit: number): void {
    const ranges = this.#ranges;
    ranges[0] = 0;
    ranges[1] = this.count;
    for (let depth = 2; depth > 0; ) {
      depth -= 2;
      let from = ranges[depth] ?? 0;
      let to = ranges[depth + 1] ?? 0;
      while (to - from >= INSERTION_BELOW) {
        this.#swap(from, this.#pickPivot(from, to));
        // Equal to the pivot: [from, a) and [d, to). Smaller: [a, b). Larger: [c, d).
        let a = from + 1;
        let b = a;
        let c = to;
        let d = to;
        for (;;) {
          for (let order = 0; b < c; b++) {
            order = this.#compare(b, from);
            if (order > 0) break;
            if (order === 0) this.#swap(a++, b);
          }
          for (let order = 0; b < c; c--) {
            order = this.#compare(c - 1, from);
            if (order < 0) break;
            if (order === 0) this.#swap(c - 1, --d);
          }
          if (b >= c) break;
          this.#swap(b++, --c);
        }
        const smaller = b - a;
        const larger = d - c;
        this.#swapRanges(from, b, Math.min(a - from, smaller));
        this.#swapRanges(b, to, Math.min(larger, to - d));
        const largerFrom = to - larger;
        const wantsLarger = larger > 1 && largerFrom < limit;
        if (smaller <= 1) {
          from = wantsLarger ? largerFrom : to;
        } else if (!wantsLarger) {
          to = from + smaller;
        } else if (smaller < larger) {
          // The longer part waits: so there are never more than 64 waiting.
          ranges[depth++] = largerFrom;
          ranges[depth++] = to;
          to = from + smaller;
        } else {
          ranges[depth++] = from;
          ranges[depth++] = from + smaller;
          from = largerFrom;
        }
      }
      this.#insertionSort(from, to);
    }
  }

  #pickPivot(from: number, to: number): number {
    const count = to - from;
    const middle = from + (count >>> 1);
    if (count <= INSERTION_BELOW) return middle;
    const last = to - 1;
    if (count <= NINTHER_ABOVE) return this.#median(from, middle, last);
    const eighth = count >>> 3;
    return this.#median(
      this.#median(from, from + eighth, from + 2 * eighth),
      this.#median(middle - eighth, middle, middle + eighth),
      this.#median(last - 2 * eighth, last - eighth, last),
    );
  }

  #median(a: number, b: number, c: number): number {
    if (this.#compare(a, b) < 0) {
      if (this.#compare(b, c) < 0) return b;
      return this.#compare(a, c) < 0 ? c : a;
    }
    if (this.#compare(b, c) > 0) return b;
    return this.#compare(a, c) < 0 ? a : c;
  }

  #insertionSort(from: number, to: number): void {
    for (let i = from + 1; i < to; i++) {
      for (let k = i; k > from && this.#compare(k - 1, k) > 0; k--) this.#swap(k, k - 1);
    }
  }

  /** Compares what stands at places i and k of `order`. */
  #compare(i: number, k: number): number {
    const { order, distances } = this;
    return ((distances[order[i] ?? 0] ?? 0) - (distances[order[k] ?? 0] ?? 0)) * this.#sign;
  }

  #swap(i: number, k: number): void {
    const { order } = this;
    const kept = order[i] ?? 0;
    order[i] = order[k] ?? 0;
    order[k] = kept;
  }

  /** Exchanges the `count` places from `from` on with those before `end`. */
  #swapRanges(from: number, end: number, count: number): void {
    for (let i = 0; i < count; i++) this.#swap(from + i, end - count + i);
  }

  #resize(capacity: number): void {
    const kept = Math.min(this.count, capacity);
    const { distances, scores, places } = this;
    this.distances = new Float64Array(capacity);
    this.scores = new Float64Array(capacity);
    this.places = new Uint32Array(capacity);
    this.distances.set(distances.subarray(0, kept));
    this.scores.set(scores.subarray(0, kept));
    this.places.set(places.subarray(0, kept));
    this.order = new Uint32Array(capacity);
    this.#merged = new Uint32Array(capacity);
  }
}
