// Owns the check of option objects: which names there are, and what each may be. An option that is ignored is a
// promise that is not kept, so an unknown name is refused, with the name that was probably meant. Called by
// option-shapes.ts, which has the tables.
import { describeSuggestion } from "../base/suggest.js";
import { DaemonError } from "./errors.js";

/** What is wrong with a value, as the end of "… must be"; undefined if nothing is. */
export type Check = (value: unknown, path: string) => string | undefined;
/** The options of one object. `undefined` counts as not given. */
export type Shape = Readonly<Record<string, Check>>;

const LONGEST_SHOWN_CHARS = 60;

/** A value as an error shows it: short, and never by calling what it brings along. */
function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST_SHOWN_CHARS ? `${value.slice(0, LONGEST_SHOWN_CHARS)}…` : value);
  }
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "bigint" ? `${value}n` : String(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws a DaemonError `bad-option` for an unknown name or a wrong value. `path` is empty or ends with a dot. */
export function checkShape(what: string, path: string, options: unknown, shape: Shape): void {
  if (!isRecord(options)) throw new DaemonError("bad-option", `${what} must be an object, not ${show(options)}`);
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (check === undefined) {
      const hint = describeSuggestion(name, Object.keys(shape));
      throw new DaemonError("bad-option", `${what}: there is no option ${JSON.stringify(path + name)}${hint}`);
    }
    if (value === undefined) continue;
    const wanted = check(value, `${path}${name}.`);
    if (wanted === undefined) continue;
    throw new DaemonError("bad-option", `${what}: ${path}${name} must be ${wanted}, not ${show(value)}`);
  }
}

export const isText: Check = (value) =>
  typeof value === "string" && !value.includes("\0") ? undefined : "a text without NUL";

/** A path: it names something. */
export const isPath: Check = (value, path) =>
  value === "" ? "a path, which is not empty" : isText(value, path) && "a path";

export const isFlag: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");

export const isCallback: Check = (value) => (typeof value === "function" ? undefined : "a function");

export function isInteger(lowest: number, highest: number, wanted?: string): Check {
  const text =
    wanted ?? (highest === Number.MAX_SAFE_INTEGER ? `an integer from ${lowest}` : `${lowest} to ${highest}`);
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest ? undefined : text;
}

/** setTimeout ends at 2^31 ms, and would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const isMilliseconds: Check = (value) =>
  typeof value === "number" && value >= 0 && value <= LONGEST_MS
    ? undefined
    : `a number of milliseconds from 0 to ${LONGEST_MS}`;

export function isOneOf(...values: readonly unknown[]): Check {
  const words = values.map((value) => JSON.stringify(value));
  const text = words.length === 1 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return (value) => (values.includes(value) ? undefined : text);
}

export function isEither(...checks: readonly Check[]): Check {
  return (value, path) => {
    const wanted: string[] = [];
    for (const check of checks) {
      const text = check(value, path);
      if (text === undefined) return undefined;
      wanted.push(text);
    }
    return wanted.join(", or ");
  };
}

export function isArrayOf(check: Check, wanted: string): Check {
  return (value, path) =>
    Array.isArray(value) && value.every((item) => check(item, path) === undefined) ? undefined : wanted;
}

/** An object of this shape; what is wrong inside is told with its path. */
export function isObject(what: string, shape: Shape, wanted: string): Check {
  return (value, path) => {
    if (!isRecord(value)) return wanted;
    checkShape(what, path, value, shape);
    return undefined;
  };
}

/** An object with any of these names, each with a value of one kind. */
export function isMapOf(what: string, names: Iterable<string>, check: Check, wanted: string): Check {
  return isObject(what, Object.fromEntries(Array.from(names, (name) => [name, check])), wanted);
}
