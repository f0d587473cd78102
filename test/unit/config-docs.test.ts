// docs/config.md lists every directive as the table and the sources have it. `UPDATE_DOCS=1 node scripts/run-tests.mjs
// test/unit/config-docs.test.ts` writes the list anew.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Directive } from "#src/config/directive.js";
import { DIRECTIVE_AREAS, DIRECTIVES } from "#src/config/directives.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const PAGE = join(ROOT, "docs", "config.md");
const BEGIN = "<!-- directives: begin -->\n";
const END = "<!-- directives: end -->\n";

const FLAGS: readonly (readonly [flag: keyof Directive<unknown>["flags"], shown: string])[] = [
  ["immutable", "immutable"],
  ["protected", "protected"],
  ["sensitive", "sensitive"],
  ["hidden", "hidden"],
  ["denyLoading", "not while loading"],
];

/** Sources outside of src/config, comments aside. */
function readSources(): string {
  const src = join(ROOT, "src");
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("config/"))
    .map((name) => readFileSync(join(src, name), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""))
    .join("\n");
}

/** Names that a source reads as `values.name` or `values["name"]`, or has a hook for, and the ones of Config itself. */
function findNamesInUse(): ReadonlySet<string> {
  const names = new Set(["dir", "logfile", "databases", "enable-protected-configs"]);
  const sources = readSources();
  for (const [, plain, quoted] of sources.matchAll(/\bvalues(?:\.(\w+)|\["([a-z-]+)"\])/g)) {
    names.add(plain ?? quoted ?? "");
  }
  for (const [, list = ""] of sources.matchAll(/\bonApply\(\s*\[([^\]]*)\]/g)) {
    for (const [, name = ""] of list.matchAll(/"([a-z-]+)"/g)) names.add(name);
  }
  return names;
}

function cell(text: string): string {
  return text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}

/** Bounds that are the ends of a C type say nothing to a reader. */
function shortRange(accepts: string): string {
  return accepts
    .replace(/\.\.(?:2147483647|4294967295|9223372036854775807|18446744073709551615)/, "..")
    .replace("-2147483648..", "..");
}

function makeTables(): string {
  const inUse = findNamesInUse();
  let text = "";
  for (const [area, directives] of Object.entries(DIRECTIVE_AREAS)) {
    text += `\n### ${area}\n\n| directive | takes | default | flags | effect |\n|---|---|---|---|---|\n`;
    for (const [name, directive] of Object.entries(directives) as [string, Directive<unknown>][]) {
      const names = [name, ...directive.aliases].map(cell).join(", ");
      const flags = FLAGS.flatMap(([flag, shown]) => (directive.flags[flag] ? [shown] : [])).join(", ");
      const value = name === "dir" ? "the working directory" : cell(directive.show(directive.defaultValue));
      text += `| ${names} | ${shortRange(directive.accepts)} | ${value} | ${flags} | ${inUse.has(name) ? "yes" : "kept"} |\n`;
    }
  }
  return `${text}\n`;
}

const STALE = "docs/config.md is stale: run UPDATE_DOCS=1 node scripts/run-tests.mjs test/unit/config-docs.test.ts";

function withoutEffects(page: string): string {
  return page.replace(/ (?:yes|kept) \|$/gm, "");
}

test("docs/config.md has the list of directives as they are", (t) => {
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  assert.ok(begin >= 0 && end > begin, "the markers of the list are in the page");
  const updated = page.slice(0, begin + BEGIN.length) + makeTables() + page.slice(end);
  if (process.env.UPDATE_DOCS === "1") {
    writeFileSync(PAGE, updated);
    return;
  }
  assert.equal(withoutEffects(page), withoutEffects(updated), STALE);
  // Effects follow from work in other folders, which need not stop for this page before it is merged.
  if (process.env.CI === "true") assert.equal(page, updated, STALE);
  else if (page !== updated) t.diagnostic(STALE);
});

test("every directive is in exactly one area", () => {
  const listed = Object.values(DIRECTIVE_AREAS).flatMap((directives) => Object.keys(directives));
  assert.deepEqual(listed.sort(), Object.keys(DIRECTIVES).sort());
});
