// Imports go downward only. Reads the import lines of src/**/*.ts and fails on one that docs/contributing.md forbids.
// (Cycles are Biome's noImportCycles.) And what the server must not lean on in a program that is not its own: the
// process's clock outside of base/timers.ts, which tests replace (the globals are Biome's noRestrictedGlobals), and the
// identity of the built-in classes, of which there are two where code runs in a realm of its own.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder to look at: src, or the one that a test names. */
const src = process.argv[2] ?? join(dirname(dirname(fileURLToPath(import.meta.url))), "src");

const LOWER = ["base", "resp", "storage", "keyspace", "commands", "config", "pubsub", "acl"];
const MAY_IMPORT = {
  base: [],
  resp: ["base", "storage/bytes"],
  storage: ["base"],
  keyspace: ["base", "storage", "resp"],
  commands: ["base", "keyspace", "storage", "resp"],
  config: ["base", "resp", "commands/define"],
  pubsub: ["base", "resp", "commands/define"],
  acl: ["base", "resp", "commands/define"],
  native: ["base"],
  server: [...LOWER, "native"],
  daemon: ["base", "native"],
  cli: ["base", "daemon", "index", "server/main", "server/supervision", "config"],
  index: ["server", "daemon", ...LOWER],
};

const TIMERS = "base/timers.ts";
const TIME =
  /\bDate\.now\b|\bnew Date\b|\bprocess\.(?:hrtime|nextTick)\b|\bglobalThis\.(?:set|clear|queue|performance|Date)/;
const REALM =
  /\binstanceof (?:\w*Error|Promise|Date|Map|Set|RegExp|ArrayBuffer|Uint8Array|Buffer|Object|Function|Array)\b/;
/** Errors of ours: their classes are loaded with the code that asks. */
const OWN_ERROR = /\bclass (\w+Error)\b/g;

const problems = [];
const texts = new Map(
  readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name, readFileSync(join(src, name), "utf8")]),
);
const ownErrors = new Set(["CommanderError"]);
for (const text of texts.values()) for (const [, name] of text.matchAll(OWN_ERROR)) ownErrors.add(name);

function checkLines(name, text) {
  text.split("\n").forEach((line, index) => {
    const code = line.replace(/(?:^\s*\*|\/\*|\/\/).*/, "");
    if (name !== TIMERS && TIME.test(code)) {
      problems.push(`src/${name}:${index + 1}: take the time from ${TIMERS}: ${code.trim()}`);
    }
    const [found] = REALM.exec(code) ?? [];
    if (found !== undefined && !ownErrors.has(found.slice("instanceof ".length))) {
      problems.push(
        `src/${name}:${index + 1}: tell errors by base/errors.ts, others by their properties: ${code.trim()}`,
      );
    }
  });
}

for (const [name, text] of texts) {
  checkLines(name, text);
  const room = name.includes("/") ? name.slice(0, name.indexOf("/")) : name.replace(/\.ts$/, "");
  const allowed = MAY_IMPORT[room];
  if (allowed === undefined) {
    problems.push(`src/${name}: the folder ${room}/ has no rule in scripts/check-layers.mjs`);
    continue;
  }
  for (const [, path] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
    const target = relative(src, resolve(src, dirname(name), path)).replace(/\.js$/, "");
    if (target.startsWith(`${room}/`) || target === room) continue;
    if (!allowed.some((place) => target === place || target.startsWith(`${place}/`))) {
      problems.push(`src/${name}: ${room}/ may not import ${target}`);
    }
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
