/**
 * The longest common subsequence of two byte strings, by the table of lengths of all pairs of prefixes. LCS alone uses
 * it, and bounds its size beforehand.
 *
 * Among subsequences of equal length the choice is Redis's: from the ends backwards, equal bytes match; else the second
 * string gives way unless the first one's shorter prefix keeps more.
 */

/** A run of matching bytes: a[aStart, aStart + length) is b[bStart, bStart + length). */
export interface LcsRange {
  readonly aStart: number;
  readonly bStart: number;
  readonly length: number;
}

type Lengths = Uint16Array | Uint32Array;

/** The length only: two rows of the table are enough. */
export function findLcsLength(a: Uint8Array, b: Uint8Array): number {
  let above = new Uint32Array(b.length + 1);
  let row = new Uint32Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    fillRow(a[i] ?? 0, b, above, 0, row, 0);
    const filled = row;
    row = above;
    above = filled;
  }
  return above[b.length] ?? 0;
}

/** The runs of one longest common subsequence, from the last to the first. Throws RangeError without enough memory. */
export function findLcsRanges(a: Uint8Array, b: Uint8Array): LcsRange[] {
  const width = b.length + 1;
  const cells = (a.length + 1) * width;
  const table: Lengths = Math.min(a.length, b.length) < 65536 ? new Uint16Array(cells) : new Uint32Array(cells);
  for (let i = 0; i < a.length; i++) fillRow(a[i] ?? 0, b, table, i * width, table, (i + 1) * width);
  return walkBack(a, b, table);
}

/** Row i + 1 of the table from row i, where `byte` is a[i]. Column 0 is zero in every row. */
function fillRow(byte: number, b: Uint8Array, above: Lengths, aboveAt: number, row: Lengths, rowAt: number): void {
  let left = 0;
  let corner = 0;
  for (let j = 0; j < b.length; j++) {
    const up = above[aboveAt + j + 1] ?? 0;
    if (b[j] === byte) left = corner + 1;
    else if (up > left) left = up;
    corner = up;
    row[rowAt + j + 1] = left;
  }
}

function walkBack(a: Uint8Array, b: Uint8Array, table: Lengths): LcsRange[] {
  const ranges: LcsRange[] = [];
  const width = b.length + 1;
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    let length = 0;
    while (i > 0 && j > 0 && a[i - 1] === b[j - 1]) {
      i--;
      j--;
      length++;
    }
    if (length > 0) ranges.push({ aStart: i, bStart: j, length });
    if (i === 0 || j === 0) break;
    const withoutA = table[(i - 1) * width + j] ?? 0;
    const withoutB = table[i * width + j - 1] ?? 0;
    if (withoutA > withoutB) i--;
    else j--;
  }
  return ranges;
}
