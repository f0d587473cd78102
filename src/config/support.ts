/**
 * What a loaded configuration asks for and does not get, and where it asks. Found after the last line, as a later line
 * can take an earlier one back. Used by the loader.
 */
import type { DirectiveName } from "./directives.js";
import { ENTRIES } from "./directives.js";
import { type Concern, describeLack, judgeValue } from "./effect.js";
import type { Settings } from "./settings.js";

/** Of a line: in a file or standard input, or an option of the command line. */
export interface Place {
  readonly line: number;
  /** The option as it was written, unless the line stands in a file. */
  readonly option: string | undefined;
  readonly text: string;
}

export interface Shortfall {
  readonly text: string;
  readonly concern: Exclude<Concern, "none">;
  readonly place: Place | null;
  /** False where it is a default that promises something. */
  readonly isExplicit: boolean;
}

const LACKS = {
  user: "user is not supported yet: the server knows no users but 'default', who may do everything.",
  loadmodule: "loadmodule is not supported: the server loads no modules.",
} as const;

/** The lines of one load. */
export class LineLog {
  readonly unsupported: { readonly name: string; readonly place: Place | null }[] = [];
  readonly #places = new Map<DirectiveName, Place | null>();

  has(name: DirectiveName): boolean {
    return this.#places.has(name);
  }

  /** The last line of a directive counts. */
  set(name: DirectiveName, place: Place | null): void {
    this.#places.set(name, place);
  }

  placeOf(name: DirectiveName): Place | null {
    return this.#places.get(name) ?? null;
  }

  /** A line that is no directive. */
  addUnsupported(name: string, place: Place | null): void {
    this.unsupported.push({ name, place });
  }
}

function describeOther(name: string): string {
  if (name === "user" || name === "loadmodule") return LACKS[name];
  return `${name} is not supported: the server loads no modules, and no other part of it has that name.`;
}

/** In the order of the names, those of `user` and `loadmodule` lines behind. */
export function findShortfalls(settings: Settings, lines: LineLog): Shortfall[] {
  const found: Shortfall[] = [];
  for (const { name, primary, directive } of ENTRIES) {
    if (name !== primary) continue;
    const concern = judgeValue(directive, settings.valueOf(primary));
    if (concern === "none") continue;
    const text = describeLack(name, directive);
    found.push({ text, concern, place: lines.placeOf(primary), isExplicit: lines.has(primary) });
  }
  for (const { name, place } of lines.unsupported) {
    const text = describeOther(name);
    // Each line is refused at its place; one warning is enough.
    if (settings.ignoresUnsupported && found.some((known) => known.text === text)) continue;
    found.push({ text, concern: "refuse", place, isExplicit: true });
  }
  return found;
}

const ALL_KEYS = ["~*", "allkeys"];
const ALL_CHANNELS = ["&*", "allchannels"];
const ALL_COMMANDS = ["+@all", "allcommands"];
const OPEN_RULES = new Set(["on", "nopass", "sanitize-payload", ...ALL_KEYS, ...ALL_CHANNELS, ...ALL_COMMANDS]);

/** Whether a `user` line says what holds anyway: CONFIG REWRITE of Redis writes it into every file. */
export function isDefaultUser(words: readonly string[]): boolean {
  const [name, ...written] = words;
  const rules = written.map((rule) => rule.toLowerCase());
  const hasOne = (spellings: readonly string[]): boolean => spellings.some((rule) => rules.includes(rule));
  return (
    name === "default" &&
    rules.every((rule) => OPEN_RULES.has(rule)) &&
    rules.includes("on") &&
    rules.includes("nopass") &&
    hasOne(ALL_KEYS) &&
    hasOne(ALL_CHANNELS) &&
    hasOne(ALL_COMMANDS)
  );
}
