/**
 * The event classes of notify-keyspace-events as a bit mask, as the directive keeps it and the publisher of key events
 * tests it. The bits are Redis's own.
 */
import { type Directive, makeDirective, Refusal } from "./directive.js";
import { quoteArg } from "./split-args.js";

export const NOTIFY_KEYSPACE = 1 << 0;
export const NOTIFY_KEYEVENT = 1 << 1;
export const NOTIFY_GENERIC = 1 << 2;
export const NOTIFY_STRING = 1 << 3;
export const NOTIFY_LIST = 1 << 4;
export const NOTIFY_SET = 1 << 5;
export const NOTIFY_HASH = 1 << 6;
export const NOTIFY_ZSET = 1 << 7;
export const NOTIFY_EXPIRED = 1 << 8;
export const NOTIFY_EVICTED = 1 << 9;
export const NOTIFY_STREAM = 1 << 10;
export const NOTIFY_KEY_MISS = 1 << 11;
export const NOTIFY_MODULE = 1 << 13;
export const NOTIFY_NEW = 1 << 14;

/** In the order in which they are shown. `A` stands for all of these together. */
const TYPES: readonly (readonly [letter: string, bit: number])[] = [
  ["g", NOTIFY_GENERIC],
  ["$", NOTIFY_STRING],
  ["l", NOTIFY_LIST],
  ["s", NOTIFY_SET],
  ["h", NOTIFY_HASH],
  ["z", NOTIFY_ZSET],
  ["x", NOTIFY_EXPIRED],
  ["e", NOTIFY_EVICTED],
  ["t", NOTIFY_STREAM],
  ["d", NOTIFY_MODULE],
];
const CHANNELS: readonly (readonly [letter: string, bit: number])[] = [
  ["K", NOTIFY_KEYSPACE],
  ["E", NOTIFY_KEYEVENT],
  ["m", NOTIFY_KEY_MISS],
];

export const NOTIFY_ALL = TYPES.reduce((mask, [, bit]) => mask | bit, 0);

const BITS: ReadonlyMap<string, number> = new Map([...TYPES, ...CHANNELS, ["n", NOTIFY_NEW], ["A", NOTIFY_ALL]]);

/** The mask of a list of letters, or null when one is unknown. */
export function readNotifyEvents(letters: string): number | null {
  let mask = 0;
  for (const letter of letters) {
    const bit = BITS.get(letter);
    if (bit === undefined) return null;
    mask |= bit;
  }
  return mask;
}

function lettersOf(table: readonly (readonly [string, number])[], mask: number): string {
  return table.map(([letter, bit]) => ((mask & bit) === 0 ? "" : letter)).join("");
}

/** Redis drops `n` beside `A`; `keepNew` does not, for a file that has to read back as the same mask. */
export function showNotifyEvents(mask: number, keepNew = false): string {
  const all = (mask & NOTIFY_ALL) === NOTIFY_ALL;
  const newKeys = (mask & NOTIFY_NEW) !== 0 && (!all || keepNew) ? "n" : "";
  return `${all ? "A" : lettersOf(TYPES, mask)}${newKeys}${lettersOf(CHANNELS, mask)}`;
}

export function notifyEvents(): Directive<number> {
  return makeDirective<number>(
    {
      accepts: "letters out of Ag$lshzxeKEtmdn",
      defaultValue: 0,
      parse([word = ""]) {
        const end = word.indexOf("\0");
        const mask = readNotifyEvents(end < 0 ? word : word.slice(0, end));
        return mask ?? new Refusal("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
      },
      show: (mask) => showNotifyEvents(mask),
      rewrite: (mask) => [{ text: quoteArg(showNotifyEvents(mask, true)), force: mask !== 0 }],
    },
    { flags: ["alwaysApply"] },
  );
}
