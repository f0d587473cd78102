/** Integers as arguments, compared exactly: past 2^53 two of them may read as the same double. */
import type { Args } from "../resp/args.js";

/** Whether argument i is greater than argument k. Both must be int64. */
export function isAfter(args: Args, i: number, k: number): boolean {
  const first = args.readInteger(i);
  const last = args.readInteger(k);
  if (first !== last || Number.isSafeInteger(first)) return first > last;
  return args.readInt64(i) > args.readInt64(k);
}
