/**
 * The keys of a request, found from its command's key specifications: for COMMAND GETKEYS, and for whatever must know
 * keys before a command runs. The model - where to begin, how to go on - is that of COMMAND INFO.
 */
import { type Args, type Keyword, keyword } from "../resp/args.js";
import type { CommandSpec, KeyFlag, KeySink, KeySpec } from "./define.js";

/** Keys as argument indexes, each with the flags of its use. Reusable: a finder fills it anew. */
export class KeyList implements KeySink {
  readonly indexes: number[] = [];
  readonly flags: (readonly KeyFlag[])[] = [];

  get count(): number {
    return this.indexes.length;
  }

  push(index: number, flags: readonly KeyFlag[]): void {
    this.indexes.push(index);
    this.flags.push(flags);
  }

  clear(): void {
    this.indexes.length = 0;
    this.flags.length = 0;
  }
}

/** Whether a command can have keys at all. */
export function hasKeys(spec: CommandSpec): boolean {
  return spec.findKeys !== undefined || (spec.keys ?? []).some(({ flags }) => !flags.includes("not_key"));
}

/**
 * Puts the keys of a request into `found`. False when its arguments make no sense; `found` is then empty. A command's
 * own function comes first where the flags depend on the arguments, and last where the specs cannot tell.
 */
export function findKeys(spec: CommandSpec, args: Args, found: KeyList): boolean {
  found.clear();
  const keys = spec.keys ?? [];
  const varies = spec.findKeys !== undefined && keys.some(({ flags }) => flags.includes("variable_flags"));
  if (!varies) {
    if (keys.every((key) => key.flags.includes("not_key") || addKeys(key, args, found))) return found.count > 0;
    found.clear();
  }
  return spec.findKeys?.(args, found) ?? false;
}

/** The keys of one specification; false when it does not fit the arguments, or cannot tell all of them. */
function addKeys(spec: KeySpec, args: Args, found: KeyList): boolean {
  const begin = findBegin(spec, args);
  if (begin === 0) return true; // the keyword is not there: an optional key
  if (begin < 0) return false;
  const { find } = spec;
  if ("unknown" in find) return false;
  let first = begin;
  let last: number;
  let step = 1;
  if ("keyNumIndex" in find) {
    const at = first + find.keyNumIndex;
    const count = at < args.count ? args.readInteger(at) : Number.NaN;
    if (!(count >= 0)) return false;
    first += find.firstKey;
    last = first + count - 1;
    step = find.step;
  } else {
    step = find.step;
    if (find.lastKey >= 0) last = first + find.lastKey;
    else if (find.limit === 0) last = args.count + find.lastKey;
    else last = first + Math.floor((args.count - first) / find.limit) + find.lastKey;
  }
  if (last >= args.count || last < first || first >= args.count) return false;
  for (let i = first; i <= last; i += step) found.push(i, spec.flags);
  return !spec.flags.includes("incomplete");
}

const KEYWORDS = new Map<string, Keyword>();

function keywordOf(text: string): Keyword {
  let known = KEYWORDS.get(text);
  if (known === undefined) {
    known = keyword(text);
    KEYWORDS.set(text, known);
  }
  return known;
}

/** Where to look for keys; 0 when the keyword is absent, -1 when the specification does not tell. */
function findBegin({ begin }: KeySpec, args: Args): number {
  if ("unknown" in begin) return -1;
  if ("index" in begin) return begin.index;
  const forward = begin.startFrom > 0;
  const word = keywordOf(begin.keyword);
  // The last argument (going backwards, the first one behind the name) is not looked at: no key could follow.
  const end = forward ? args.count - 1 : 1;
  const step = forward ? 1 : -1;
  for (let i = forward ? begin.startFrom : args.count + begin.startFrom; i !== end; i += step) {
    if (i < 1 || i >= args.count) return 0;
    if (args.is(i, word)) return i + 1;
  }
  return 0;
}

/** The keys as clients older than key specifications see them: first, last, step. `movable`: they do not say it all. */
export interface KeyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly movable: boolean;
}

const NO_KEYS: KeyRange = { first: 0, last: 0, step: 0, movable: false };

export function summarizeKeys(keys: readonly KeySpec[]): KeyRange {
  if (keys.length === 0) return NO_KEYS;
  const ranges = keys.flatMap(({ begin, find, flags }) =>
    "index" in begin && "lastKey" in find
      ? [{ index: begin.index, find, incomplete: flags.includes("incomplete") }]
      : [],
  );
  const [only] = ranges;
  if (keys.length === 1 && only !== undefined) {
    const { index, find, incomplete } = only;
    return { first: index, last: toAbsolute(find.lastKey, index), step: find.step, movable: incomplete };
  }
  let first = 0;
  let last = 0;
  let movable = ranges.length < keys.length;
  for (const { index, find, incomplete } of ranges) {
    // Only plain ranges that follow on each other make one.
    if (find.step !== 1 || (last !== 0 && last !== index - 1)) {
      movable = true;
      continue;
    }
    if (incomplete) movable = true;
    first = first === 0 ? index : Math.min(first, index);
    const end = toAbsolute(find.lastKey, index);
    last = last < 0 || end < 0 ? Math.min(last, end) : Math.max(last, end);
  }
  return first === 0 ? { ...NO_KEYS, movable: true } : { first, last, step: 1, movable };
}

function toAbsolute(lastKey: number, first: number): number {
  return lastKey >= 0 ? first + lastKey : lastKey;
}
