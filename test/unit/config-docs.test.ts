// docs/config.md lists every directive as the table has it, and the table's effects are those of the sources. `UPDATE_DOCS=1 node scripts/run-tests.mjs
// test/unit/config-docs.test.ts` writes the list anew.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Directive } from "#src/config/directive.js";
import { DIRECTIVE_AREAS, DIRECTIVES } from "#src/config/directives.js";
import type { TableDirective } from "#src/config/effect.js";

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

/** Obeyed inside of src/config. */
const OBEYED_BY_CONFIG = ["dir", "logfile", "databases", "enable-protected-configs", "locale-collate"];
/** Handed on by name to Config.allows. */
const GUARDS_OF_COMMANDS = ["enable-debug-command"];
/** Read by a source that shows them (INFO, the title, the files of an instance) and does nothing else with them. */
const ONLY_SHOWN: ReadonlySet<string> = new Set([
  "cluster-enabled",
  "tls-port",
  "replicaof",
  "aclfile",
  "appendfsync",
  "save",
  "repl-backlog-size",
]);

/** Names that a source reads as `values.name` or `values["name"]`, or has a hook for, and the ones of Config itself. */
function findNamesInUse(): ReadonlySet<string> {
  const names = new Set([...OBEYED_BY_CONFIG, ...GUARDS_OF_COMMANDS]);
  const sources = readSources();
  for (const [, plain, quoted] of sources.matchAll(/\bvalues(?:\.(\w+)|\["([a-z-]+)"\])/g)) {
    names.add(plain ?? quoted ?? "");
  }
  for (const [, list = ""] of sources.matchAll(/\bonApply\(\s*\[([^\]]*)\]/g)) {
    for (const [, name = ""] of list.matchAll(/"([a-z-]+)"/g)) names.add(name);
  }
  return names;
}

/** The last column of the list. */
function describeEffect({ effect }: TableDirective<unknown>): string {
  switch (effect.kind) {
    case "works":
      return "yes";
    case "unneeded":
      return `none: ${effect.why}`;
    case "pending":
      return `not yet: ${effect.why}`;
    case "guards":
      return `**refused**: ${effect.lacks}`;
  }
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
  let text = "";
  for (const [area, directives] of Object.entries(DIRECTIVE_AREAS)) {
    text += `\n### ${area}\n\n| directive | takes | default | flags | effect |\n|---|---|---|---|---|\n`;
    for (const [name, directive] of Object.entries(directives) as [string, TableDirective<unknown>][]) {
      const names = [name, ...directive.aliases].map(cell).join(", ");
      const flags = FLAGS.flatMap(([flag, shown]) => (directive.flags[flag] ? [shown] : [])).join(", ");
      const value = name === "dir" ? "the working directory" : cell(directive.show(directive.defaultValue));
      text += `| ${names} | ${shortRange(directive.accepts)} | ${value} | ${flags} | ${describeEffect(directive)} |\n`;
    }
  }
  return `${text}\n`;
}

const STALE = "docs/config.md is stale: run UPDATE_DOCS=1 node scripts/run-tests.mjs test/unit/config-docs.test.ts";

test("docs/config.md has the list of directives as they are", () => {
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  assert.ok(begin >= 0 && end > begin, "the markers of the list are in the page");
  const updated = page.slice(0, begin + BEGIN.length) + makeTables() + page.slice(end);
  if (process.env.UPDATE_DOCS === "1") {
    writeFileSync(PAGE, updated);
    return;
  }
  assert.equal(page, updated, STALE);
});

test("a directive works where a source obeys it, and nowhere else", () => {
  const inUse = findNamesInUse();
  for (const [name, { effect }] of Object.entries(DIRECTIVES) as [string, TableDirective<unknown>][]) {
    if (effect.kind === "works") assert.ok(inUse.has(name), `${name} is said to work, and no source reads it`);
    else assert.ok(!inUse.has(name) || ONLY_SHOWN.has(name), `${name} is read by a source: does it work by now?`);
  }
});

test("every directive is in exactly one area", () => {
  const listed = Object.values(DIRECTIVE_AREAS).flatMap((directives) => Object.keys(directives));
  assert.deepEqual(listed.sort(), Object.keys(DIRECTIVES).sort());
});
