// Imports go downward only. Reads the import lines of src/**/*.ts and fails on one that docs/contributing.md forbids.
// (Cycles are Biome's noImportCycles.)
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const src = join(dirname(dirname(fileURLToPath(import.meta.url))), "src");

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

const problems = [];
for (const name of readdirSync(src, { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".ts")) continue;
  const room = name.includes("/") ? name.slice(0, name.indexOf("/")) : name.replace(/\.ts$/, "");
  const allowed = MAY_IMPORT[room];
  if (allowed === undefined) {
    problems.push(`src/${name}: the folder ${room}/ has no rule in scripts/check-layers.mjs`);
    continue;
  }
  const text = readFileSync(join(src, name), "utf8");
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
