/** Options of the embedded API: JavaScript values in place of words. Read by Config.fromOptions. */
import type { DirectiveName } from "./directives.js";
import { toByteString } from "./split-args.js";

type Scalar = string | number | boolean;

/** A list gives one word an element: `{ save: [900, 1, 300, 10], bind: ["127.0.0.1", "::1"] }`. */
export type OptionValue = Scalar | readonly Scalar[];

export type ConfigOptions = { readonly [Name in DirectiveName]?: OptionValue | undefined } & {
  /** An alias, such as `slave-priority`. */
  readonly [alias: string]: OptionValue | undefined;
};

function wordOf(value: Scalar): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? String(value) : toByteString(value);
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && !Number.isNaN(value));
}

/** Callers in JavaScript have no compiler to tell them. */
export function isOptionValue(value: unknown): value is OptionValue {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar));
}

/** What a wrong value is, for the message. */
export function nameKind(value: unknown): string {
  if (value === null || Number.isNaN(value)) return String(value);
  if (!Array.isArray(value)) return typeof value === "object" ? "an object" : `a ${typeof value}`;
  return `a list with ${nameKind(value.find((element) => !isScalar(element)))}`;
}

export function wordsOf(value: OptionValue): string[] {
  return typeof value === "object" ? value.map(wordOf) : [wordOf(value)];
}
