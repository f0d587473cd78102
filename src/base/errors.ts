/**
 * What was thrown, told by its properties. Code may run in a realm of its own (Jest's ES modules, vm contexts): Node's
 * errors are then no instances of the `Error` it sees. So nothing in src/ asks `instanceof Error` (check-layers.mjs).
 */

function propertyOf(thrown: unknown, name: "code" | "message" | "stack" | "name"): string | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const value: unknown = Reflect.get(thrown, name);
  return typeof value === "string" ? value : undefined;
}

/** An error of any realm: it has a message and a stack. */
export function isError(thrown: unknown): thrown is Error {
  return propertyOf(thrown, "message") !== undefined && propertyOf(thrown, "name") !== undefined;
}

/** `ENOENT`, `ERR_…`, a code of ours; empty where there is none. */
export function codeOf(thrown: unknown): string {
  return propertyOf(thrown, "code") ?? "";
}

/** `RangeError`, `SyntaxError`, …; empty for what is no error. */
export function nameOf(thrown: unknown): string {
  return propertyOf(thrown, "name") ?? "";
}

export function messageOf(thrown: unknown): string {
  return propertyOf(thrown, "message") ?? String(thrown);
}

export function stackOf(thrown: unknown): string {
  return propertyOf(thrown, "stack") ?? messageOf(thrown);
}

/** The error itself, or one that says what else was thrown. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(String(thrown));
}
