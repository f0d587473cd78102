// Owns what a starter hands to one of the host programs on its command line: options as one word. Called by daemon.ts
// and, on the other side, by module-host.ts.
import { deserialize, serialize } from "node:v8";
import { messageOf } from "../base/errors.js";
import { DaemonError } from "./errors.js";
import type { DaemonOptions } from "./options.js";

/** The kernel's limit for one argument, MAX_ARG_STRLEN, less what surrounds the word. */
const LONGEST_WORD_BYTES = 128 * 1024 - 64;

/** Bytes that `decodeValue` understands in another process. Throws a DaemonError `bad-option` for what cannot go there. */
export function encodeValue(what: string, value: unknown): Buffer {
  try {
    return serialize(value);
  } catch (error) {
    const why = messageOf(error);
    throw new DaemonError("bad-option", `${what} cannot be handed to another process: ${why}`);
  }
}

export function encodeHosted(options: DaemonOptions): string {
  const { command: _, ...rest } = options;
  const word = encodeValue("the options", rest).toString("base64");
  if (word.length <= LONGEST_WORD_BYTES) return word;
  throw new DaemonError(
    "bad-option",
    `the options are too long for another process (${word.length} bytes): use a file`,
  );
}

export function decodeHosted(word: string): DaemonOptions {
  const options: DaemonOptions = deserialize(Buffer.from(word, "base64"));
  return options;
}
