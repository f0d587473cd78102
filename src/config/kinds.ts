/**
 * The common kinds of directive: switches, names out of a list, numbers, memory, texts. The files of table/ call
 * these; the ones with a grammar of their own are in special-kinds.ts.
 */
import { suggestName } from "../base/suggest.js";
import { type Directive, type DirectiveOptions, makeDirective, Refusal, type SetContext } from "./directive.js";
import { formatMemory, readInteger, readMemory, readOctal } from "./numbers.js";
import { quoteArg, untilNul } from "./split-args.js";

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export function bool(defaultValue: boolean, options: DirectiveOptions<boolean> = {}): Directive<boolean> {
  return makeDirective<boolean>(
    {
      accepts: "yes, no",
      defaultValue,
      parse([word = ""]) {
        const answer = untilNul(word).toLowerCase();
        if (answer === "yes") return true;
        if (answer === "no") return false;
        return new Refusal("argument must be 'yes' or 'no'", suggestName(answer, ["yes", "no"]));
      },
      show: (value) => (value ? "yes" : "no"),
    },
    options,
  );
}

function refuseName(names: readonly string[], words: readonly string[]): Refusal {
  const wrong = words.find((word) => !names.includes(word));
  const suggestion = wrong === undefined ? undefined : suggestName(wrong, names);
  return new Refusal(`argument(s) must be one of the following: ${names.join(", ")}`, suggestion);
}

/** One name of a list. `synonyms` are spellings that are taken and then shown as another name. */
export function oneOf<const Name extends string>(
  names: readonly Name[],
  defaultValue: NoInfer<Name>,
  options: DirectiveOptions<Name> & { readonly synonyms?: Readonly<Partial<Record<string, NoInfer<Name>>>> } = {},
): Directive<Name> {
  return makeDirective<Name>(
    {
      accepts: names.join(", "),
      defaultValue,
      parse([word = ""]) {
        const wanted = untilNul(word).toLowerCase();
        const name = names.find((candidate) => candidate === wanted);
        return name === undefined ? refuseName(names, [wanted]) : (options.synonyms?.[name] ?? name);
      },
      show: (value) => value,
    },
    options,
  );
}

/** Any of the names together, in the order of the list; `none` stands for no name at all. */
export function anyOf<const Name extends string>(
  none: string,
  names: readonly Name[],
  options: DirectiveOptions<readonly Name[]> = {},
): Directive<readonly Name[]> {
  return makeDirective<readonly Name[]>(
    {
      accepts: [none, ...names].join(", "),
      defaultValue: [],
      manyWords: true,
      parse(words) {
        const wanted = words.map((word) => untilNul(word).toLowerCase());
        const known = wanted.every((word) => word === none || names.some((name) => name === word));
        if (wanted.length === 0 || !known) return refuseName([none, ...names], wanted);
        return names.filter((name) => wanted.includes(name));
      },
      show: (value) => (value.length === 0 ? none : value.join(" ")),
      same: (left, right) => left.join() === right.join(),
    },
    options,
  );
}

/**
 * The number of a value within its bounds. Redis's bounds reach 2^64 where ours end at 2^53, so that a value between
 * the two is refused in the same words with our bound in them.
 */
function narrow(value: bigint, min: bigint, max: bigint, spell: (bound: bigint) => string): number | Refusal {
  if (value < min || value > max) return refuseRange(min, max, spell);
  if (value > SAFE_MAX) return refuseRange(min, SAFE_MAX, spell);
  if (value < -SAFE_MAX) return refuseRange(-SAFE_MAX, max, spell);
  return Number(value);
}

function refuseRange(min: bigint, max: bigint, spell: (bound: bigint) => string): Refusal {
  return new Refusal(`argument must be between ${spell(min)} and ${spell(max)} inclusive`);
}

export interface NumberOptions extends DirectiveOptions<number> {
  /** Brings a value that is accepted but out of a sensible range into it. */
  readonly clamp?: (value: number, context: SetContext) => number;
}

function clampWith(options: NumberOptions, value: number | Refusal, context: SetContext): number | Refusal {
  return value instanceof Refusal || options.clamp === undefined ? value : options.clamp(value, context);
}

export function integer(
  defaultValue: number,
  min: number | bigint,
  max: number | bigint,
  options: NumberOptions = {},
): Directive<number> {
  return makeDirective<number>(
    {
      accepts: `integer ${min}..${max}`,
      defaultValue,
      parse([word = ""], _previous, context) {
        const value = readInteger(word);
        if (value === null) return new Refusal("argument couldn't be parsed into an integer");
        return clampWith(options, narrow(value, BigInt(min), BigInt(max), String), context);
      },
      show: String,
    },
    options,
  );
}

export function octal(defaultValue: number, min: number, max: number, options: NumberOptions = {}): Directive<number> {
  const spell = (bound: bigint): string => bound.toString(8);
  return makeDirective<number>(
    {
      accepts: `octal ${min.toString(8)}..${max.toString(8)}`,
      defaultValue,
      parse([word = ""]) {
        const value = readOctal(untilNul(word));
        if (value === null) return new Refusal("argument couldn't be parsed as an octal number");
        return narrow(value, BigInt(min), BigInt(max), spell);
      },
      show: (value) => value.toString(8),
    },
    options,
  );
}

/** Bytes, with a unit. */
export function memory(
  defaultValue: number,
  min: number | bigint,
  max: bigint,
  options: NumberOptions = {},
): Directive<number> {
  return makeDirective<number>(
    {
      accepts: `memory ${min}..${max}`,
      defaultValue,
      parse([word = ""], _previous, context) {
        const value = readMemory(untilNul(word));
        if (value === null) return new Refusal("argument must be a memory value");
        return clampWith(options, narrow(value, BigInt(min), max, String), context);
      },
      show: String,
      rewrite: (value) => [{ text: formatMemory(value), force: value !== defaultValue }],
    },
    options,
  );
}

/** An amount of memory, as bytes or as a share of another amount (of `maxmemory`). */
export interface MemoryShare {
  readonly unit: "bytes" | "percent";
  readonly amount: number;
}

export function memoryOrPercent(max: bigint, options: DirectiveOptions<MemoryShare> = {}): Directive<MemoryShare> {
  const none: MemoryShare = { unit: "bytes", amount: 0 };
  return makeDirective<MemoryShare>(
    {
      accepts: `memory ..${max}, or 0%..100%`,
      defaultValue: none,
      parse([word = ""]) {
        const bytes = readMemory(untilNul(word));
        if (bytes !== null) {
          const amount = narrow(bytes, -100n, max, String);
          return amount instanceof Refusal ? amount : { unit: "bytes", amount };
        }
        const percent = word.endsWith("%") ? readInteger(word.slice(0, -1)) : null;
        if (percent === null || percent < 0n) return new Refusal("argument must be a memory or percent value");
        if (percent > 100n) return new Refusal("percentage argument must be less or equal to 100");
        return percent === 0n ? none : { unit: "percent", amount: Number(percent) };
      },
      show: ({ unit, amount }) => (unit === "percent" ? `${amount}%` : String(amount)),
      same: (left, right) => left.unit === right.unit && left.amount === right.amount,
      rewrite: ({ unit, amount }) => [
        { text: unit === "percent" ? `${amount}%` : formatMemory(amount), force: amount !== 0 },
      ],
    },
    options,
  );
}

/** A text that may be empty. It ends at a NUL byte: these become paths and titles, which end there for the system. */
export function text(defaultValue: string, options: DirectiveOptions<string> = {}): Directive<string> {
  return makeDirective<string>(
    {
      accepts: "text",
      defaultValue,
      parse: ([word = ""]) => untilNul(word),
      show: (value) => value,
      rewrite: (value) => [{ text: quoteArg(value), force: value !== defaultValue }],
    },
    options,
  );
}

/** A text that is absent when empty. An absent one has no line in the file. */
export function optionalText(options: DirectiveOptions<string | null> = {}): Directive<string | null> {
  return makeOptionalText(untilNul, options);
}

/** The same for secrets, which keep every byte. */
export function optionalBytes(options: DirectiveOptions<string | null> = {}): Directive<string | null> {
  return makeOptionalText((word) => word, options);
}

function makeOptionalText(
  cut: (word: string) => string,
  options: DirectiveOptions<string | null>,
): Directive<string | null> {
  return makeDirective<string | null>(
    {
      accepts: "text",
      defaultValue: null,
      parse([word = ""]) {
        const value = cut(word);
        return value === "" ? null : value;
      },
      show: (value) => value ?? "",
      rewrite: (value) => (value === null ? [] : [{ text: quoteArg(value), force: true }]),
    },
    options,
  );
}
