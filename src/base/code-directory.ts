/**
 * Where this package lies: the directory of its compiled code (`dist` as published, `build/src` in the tests), and its
 * root, which has package.json and native/. Found from this very file, whichever of the bundle's files it ended up in.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file that stands in the compiled code's directory, and nowhere above or below it. */
const LANDMARK = "cli/main.js";
const MOST_LEVELS = 4;

let code: string | undefined;

/** The closest directory at or above `start` that has `name`; `start` itself where none has it. */
function findUp(start: string, name: string): string {
  let directory = start;
  for (let level = 0; level < MOST_LEVELS; level++) {
    if (existsSync(join(directory, name))) return directory;
    directory = dirname(directory);
  }
  return start;
}

export function codeDirectory(): string {
  code ??= findUp(dirname(fileURLToPath(import.meta.url)), LANDMARK);
  return code;
}

/** The bundle's own package.json, which only says that it is CommonJS, lies in the code's directory: look above it. */
export function packageDirectory(): string {
  return findUp(dirname(codeDirectory()), "package.json");
}
