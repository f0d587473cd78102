/**
 * Stacks in terms of the sources: the bundle's files are long, their line numbers tell nobody anything. Called for reports
 * of bugs only, since it reads the bundle's maps; Node's own --enable-source-maps does so at every start.
 */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";

/** Reading a map stops the loop for a tenth of a second: the same bug is mapped once. */
const REMEMBERED_MAX = 32;
const remembered = new Map<string, string>();

const FRAME = /(\/[^():\n]+\.js):(\d+):(\d+)/g;

function readMap(file: string): SourceMap | null {
  try {
    // A chunk's own text lies beside it: see scripts/load-compiled.cjs.
    return new SourceMap(JSON.parse(readFileSync(`${file.replace(/\.code\.js$/, ".js")}.map`, "utf8")));
  } catch {
    return null;
  }
}

/** `/x/dist/chunks/a.code.js:120:5` becomes `src/server/server.ts:42:7`; what has no map stays as it is. */
export function mapStack(stack: string): string {
  const known = remembered.get(stack);
  if (known !== undefined) return known;
  if (remembered.size === REMEMBERED_MAX) remembered.clear();
  const mapped = mapFrames(stack);
  remembered.set(stack, mapped);
  return mapped;
}

function mapFrames(stack: string): string {
  const maps = new Map<string, SourceMap | null>();
  return stack.replaceAll(FRAME, (place, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, readMap(file));
    const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !("originalSource" in entry)) return place;
    const source = entry.originalSource.replace(/^.*?(?=src\/)/, "");
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}
