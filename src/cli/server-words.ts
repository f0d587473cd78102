// Owns the server's arguments as words: taken apart into the file, standard input and options, put together again, and
// laid over those of an earlier start. server-instance.ts adds the places of an instance by it, restart its options.
import { resolve } from "node:path";
import { IGNORE_UNSUPPORTED, takeIgnoreUnsupported } from "../config/argv.js";
import { findEntry } from "../config/directives.js";

/** An option and what belongs to it: `["--save", "900", "1"]`, or one word that has it all. */
type Option = readonly string[];

export interface ServerWords {
  file: string | undefined;
  /** `-`: a configuration on standard input. */
  fromStdin: boolean;
  ignoreUnsupported: boolean;
  options: readonly Option[];
}

/** Lines of these add up: one more does not take the place of those before. */
const CUMULATIVE = new Set(["include", "user", "rename-command", "loadmodule", "client-output-buffer-limit"]);
/** Their values are paths that count from where the command is given. */
const PATH_OPTIONS = new Set(["dir", "include"]);
/** Options that make an instance another one, though it reads the same file. */
const IDENTITY = ["port", "tls-port", "unixsocket"];

export function parseServerWords(argv: readonly string[]): ServerWords {
  const { words, found } = takeIgnoreUnsupported(argv);
  const [first] = words;
  const file = first === undefined || first.startsWith("-") ? undefined : first;
  const fromStdin = first === "-" || (words.length > 1 && words.at(-1) === "-");
  const rest = words.slice(
    file !== undefined || first === "-" ? 1 : 0,
    words.length > 1 && words.at(-1) === "-" ? -1 : undefined,
  );
  const options: string[][] = [];
  let isComplete = true;
  for (const [at, word] of rest.entries()) {
    const isName = isComplete && word.startsWith("--");
    const option = options.at(-1);
    if (isName || option === undefined) options.push([word]);
    else option.push(word);
    if (!isName) isComplete = true;
    else if (word.toLowerCase() === "--save") isComplete = rest[at + 1]?.startsWith("--") ?? true;
    else isComplete = /\S\s+\S/.test(word);
  }
  return { file, fromStdin, ignoreUnsupported: found, options };
}

export function formatServerWords({ file, fromStdin, ignoreUnsupported, options }: ServerWords): string[] {
  const words = file === undefined ? [] : [file];
  if (ignoreUnsupported) words.push(IGNORE_UNSUPPORTED);
  for (const [at, [name = "", ...values]] of options.entries()) {
    // Only a first option needs no dashes.
    words.push(at === 0 || name.startsWith("--") ? name : `--${name}`, ...values);
  }
  if (fromStdin) words.push("-");
  return words;
}

/** The directive that an option sets, under its own name. */
function nameOf(option: Option): string {
  const written = (option[0] ?? "").replace(/^--/, "").split(/\s/, 1)[0] ?? "";
  return findEntry(written)?.primary ?? written.toLowerCase();
}

function isSame(one: Option, other: Option): boolean {
  return one.length === other.length && one.every((word, at) => word === other[at]);
}

/** With absolute paths, so that the words mean the same in another directory. */
function anchorOption(option: Option, directory: string): Option {
  const [name = "", path] = option;
  if (option.length !== 2 || path === undefined || !PATH_OPTIONS.has(nameOf(option))) return option;
  return [name, resolve(directory, path)];
}

/** The words of an earlier start with others on top, which were given in `directory`. */
export function overlayServerWords(before: ServerWords, given: ServerWords, directory: string): ServerWords {
  const added = given.options.map((option) => anchorOption(option, directory));
  const replaced = new Set(added.map(nameOf).filter((name) => !CUMULATIVE.has(name)));
  const kept = before.options.filter((option) => !replaced.has(nameOf(option)));
  return {
    file: given.file === undefined ? before.file : resolve(directory, given.file),
    fromStdin: before.fromStdin || given.fromStdin,
    ignoreUnsupported: before.ignoreUnsupported || given.ignoreUnsupported,
    options: [...kept, ...added.filter((option) => !kept.some((known) => isSame(known, option)))],
  };
}

/** What tells two instances of one file apart. */
export function identifyWords({ options }: ServerWords): string {
  const chosen = options.filter((option) => IDENTITY.includes(nameOf(option)));
  return chosen.map((option) => `${nameOf(option)} ${option.join(" ").replace(/^\S+\s*/, "")}`).join("\n");
}

export function hasOption({ options }: ServerWords, name: string): boolean {
  return options.some((option) => nameOf(option) === name);
}
