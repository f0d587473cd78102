// What a reply is, told apart by its form on the wire, and `fmt`, the one-line text that tests assert on.
// Every test that talks to a server uses this; docs/testing.md describes the text.

/** A reply as it came over the wire. Text stays bytes, so that a comparison of two servers is exact. */
export type Reply =
  | { readonly kind: "simple"; readonly bytes: Buffer }
  | { readonly kind: "error"; readonly bytes: Buffer }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "bulk"; readonly bytes: Buffer }
  | { readonly kind: "null-bulk" }
  | { readonly kind: "null-array" }
  | { readonly kind: "array"; readonly items: readonly Reply[] }
  | { readonly kind: "null" }
  | { readonly kind: "double"; readonly text: string; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "blob-error"; readonly bytes: Buffer }
  | { readonly kind: "verbatim"; readonly format: string; readonly bytes: Buffer }
  | { readonly kind: "big"; readonly value: bigint }
  | { readonly kind: "map"; readonly entries: readonly ReplyEntry[] }
  | { readonly kind: "set"; readonly items: readonly Reply[] }
  | { readonly kind: "push"; readonly items: readonly Reply[] }
  | { readonly kind: "attribute"; readonly entries: readonly ReplyEntry[]; readonly reply: Reply };

export type ReplyEntry = readonly [key: Reply, value: Reply];

const ESCAPES = new Map([
  [0x07, "\\a"],
  [0x08, "\\b"],
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0d, "\\r"],
  [0x5c, "\\\\"],
]);

/** Printable ASCII as it is, the rest as redis-cli shows it: `\n`, `\xff`. `"` is escaped only where it would end. */
export function escapeBytes(bytes: Uint8Array, quoted = true): string {
  let text = "";
  for (const byte of bytes) {
    if (quoted && byte === 0x22) text += '\\"';
    else text += ESCAPES.get(byte) ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hexEscape(byte));
  }
  return text;
}

function hexEscape(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** The reply in one line, every form told apart: `+OK`, `$"OK"`, `:1`, `*[$"a", :1]`. See docs/testing.md. */
export function fmt(reply: Reply): string {
  switch (reply.kind) {
    case "simple":
      return `+${escapeBytes(reply.bytes, false)}`;
    case "error":
      return `-${escapeBytes(reply.bytes, false)}`;
    case "int":
      return `:${reply.value}`;
    case "bulk":
      return `$"${escapeBytes(reply.bytes)}"`;
    case "null-bulk":
      return "$nil";
    case "null-array":
      return "*nil";
    case "array":
      return `*${fmtList(reply.items)}`;
    case "null":
      return "_";
    case "double":
      return `,${reply.text}`;
    case "bool":
      return reply.value ? "#t" : "#f";
    case "blob-error":
      return `!"${escapeBytes(reply.bytes)}"`;
    case "verbatim":
      return `=${reply.format}"${escapeBytes(reply.bytes)}"`;
    case "big":
      return `(${reply.value}`;
    case "map":
      return `%${fmtEntries(reply.entries)}`;
    case "set":
      return `~${fmtList(reply.items)}`;
    case "push":
      return `>${fmtList(reply.items)}`;
    case "attribute":
      return `|${fmtEntries(reply.entries)} ${fmt(reply.reply)}`;
  }
}

function fmtList(items: readonly Reply[]): string {
  return `[${items.map(fmt).join(", ")}]`;
}

function fmtEntries(entries: readonly ReplyEntry[]): string {
  return `{${entries.map(([key, value]) => `${fmt(key)}: ${fmt(value)}`).join(", ")}}`;
}

/** True when two replies are the same bytes in the same forms. */
export function sameReply(a: Reply, b: Reply): boolean {
  return fmt(a) === fmt(b);
}

/** The text of a reply that carries text (simple, error, bulk, verbatim, blob error), as UTF-8. Throws for the rest. */
export function textOf(reply: Reply): string {
  if ("bytes" in reply) return reply.bytes.toString();
  throw new TypeError(`expected a reply with text, got ${fmt(reply)}`);
}

/** The number of an integer reply. Throws for other forms, and for what a double cannot hold. */
export function intOf(reply: Reply): number {
  if (reply.kind !== "int") throw new TypeError(`expected an integer, got ${fmt(reply)}`);
  const value = Number(reply.value);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${reply.value} does not fit a number`);
  return value;
}

/** The elements of an array, set or push. Throws for other forms. */
export function itemsOf(reply: Reply): readonly Reply[] {
  if ("items" in reply) return reply.items;
  throw new TypeError(`expected an array, a set or a push, got ${fmt(reply)}`);
}

export function isError(reply: Reply): boolean {
  return reply.kind === "error" || reply.kind === "blob-error";
}
