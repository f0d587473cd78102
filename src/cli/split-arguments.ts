// Owns the border between our options and the server's. A daemon command takes both in any order; the server's are
// arbitrary (`--save ""`, `--requirepass --force`), so redis-server's own rule tells names from values.

import { describeSuggestion } from "../base/suggest.js";
import { findUnknownOption, IGNORE_UNSUPPORTED } from "../config/argv.js";
import { listLineNames } from "../config/load.js";
import { UsageError } from "./exit-codes.js";

export interface SplitArguments {
  own: string[];
  server: string[];
}

/** Our options: each spelling, and whether it takes a value. */
export type OwnOptions = ReadonlyMap<string, boolean>;

export function splitArguments(words: readonly string[], ownOptions: OwnOptions): SplitArguments {
  const own: string[] = [];
  const server: string[] = [];
  let isComplete = true; // the server's last `--name` has a value
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const equals = word.indexOf("=");
    const name = equals === -1 ? word : word.slice(0, equals);
    const takesValue = isComplete ? ownOptions.get(name) : undefined;
    if (takesValue !== undefined) {
      own.push(word);
      const value = words[i + 1];
      if (takesValue && equals === -1 && value !== undefined) {
        own.push(value);
        i++;
      }
      continue;
    }
    server.push(word);
    if (!isComplete || !word.startsWith("--") || word === IGNORE_UNSUPPORTED) isComplete = true;
    else if (word.toLowerCase() === "--save") isComplete = words[i + 1]?.startsWith("--") ?? true;
    else isComplete = /\S\s+\S/.test(word); // `"--port 7000"` in one word
  }
  return { own, server };
}

/** Refuses what is neither an option of ours nor one of the server's. */
export function checkOptionNames(serverArgs: readonly string[], ownOptions: OwnOptions): void {
  const unknown = findUnknownOption(serverArgs);
  if (unknown === undefined) return;
  const own = [...ownOptions.keys()].filter((name) => name.startsWith("--"));
  const names = [...own, IGNORE_UNSUPPORTED, ...listLineNames()].map((name) => name.replace(/^-+/, ""));
  const word = unknown.replace(/^-+/, "");
  const [name = "", value] = word.split(/=(.*)/s);
  if (value !== undefined && names.includes(name)) {
    throw new UsageError(`unknown option ${unknown} (write it as two words: --${name} ${value})`);
  }
  const suggestion = describeSuggestion(word, names).replace('"', '"--');
  throw new UsageError(`unknown option ${unknown}${suggestion}`);
}
