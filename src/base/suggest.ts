/**
 * "Did you mean …?" for options, directives and verbs. Called where a name is refused: the configuration, the embedded
 * API, the Daemon library and the command line. Never on a request's way.
 */
import { distance } from "fastest-levenshtein";

/** A word may differ from its suggestion in a third of its letters, and in three of them at most. */
const LONGEST_DISTANCE = 3;
const LETTERS_PER_EDIT = 3;

/** The name among `names` that is closest to `word` (ASCII case ignored), or undefined if none is close enough. */
export function suggestName(word: string, names: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.min(LONGEST_DISTANCE, Math.ceil(typed.length / LETTERS_PER_EDIT)) + 1;
  for (const name of names) {
    const candidate = name.toLowerCase();
    if (Math.abs(candidate.length - typed.length) >= bestDistance) continue;
    const edits = distance(typed, candidate);
    if (edits < bestDistance) [best, bestDistance] = [name, edits];
  }
  return best;
}

/** ` (did you mean "pidfile"?)`, to put behind an error about `word`; empty if nothing is close. */
export function describeSuggestion(word: string, names: Iterable<string>): string {
  const name = suggestName(word, names);
  return name === undefined ? "" : ` (did you mean ${JSON.stringify(name)}?)`;
}
