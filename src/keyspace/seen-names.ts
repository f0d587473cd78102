/** Names that a dump has shown so far, for "is one there twice?". Long ones are kept as digests: they may have 512 MB each. */
import { createHash } from "node:crypto";

const AS_TEXT_MAX_BYTES = 1024;

export class SeenNames {
  readonly #seen = new Set<string>();

  /** False when it was there. */
  add(name: Uint8Array): boolean {
    const before = this.#seen.size;
    this.#seen.add(describe(name));
    return this.#seen.size > before;
  }
}

/** A digest is told from names by a char that no byte has. */
function describe(name: Uint8Array): string {
  if (name.length > AS_TEXT_MAX_BYTES) return `\u0100${createHash("sha256").update(name).digest("hex")}`;
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString("latin1");
}
