// docs/commands.md lists every command as its metadata has it. `UPDATE_DOCS=1 node scripts/run-tests.mjs
// test/unit/commands-docs.test.ts` writes it anew.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CATEGORIES, Command } from "#src/commands/command.js";
import type { ArgSpec, CommandSpec } from "#src/commands/define.js";
import { COMMANDS } from "#src/commands/index.js";
import { MISSING_COMMANDS, NEWER_COMMANDS, REDIS_COMMANDS } from "../support/redis-commands.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const PAGE = join(ROOT, "docs", "commands.md");
const STALE = "docs/commands.md is stale: run UPDATE_DOCS=1 node scripts/run-tests.mjs test/unit/commands-docs.test.ts";

const HEAD = `# Commands

The commands that pyredis has, from the same metadata that COMMAND INFO and COMMAND DOCS answer with. Replies and errors
are those of Redis 7.4; what differs is said in the family's own page, if it has one. Generated: see
test/unit/commands-docs.test.ts.
`;

/** The grammar of arguments in the notation of Redis's own pages. */
function showArgument(argument: ArgSpec): string {
  const { token, type, name, display, args = [], optional, multiple, multipleToken } = argument;
  const inner =
    type === "pure-token"
      ? ""
      : type === "oneof"
        ? args.map(showArgument).join(" | ")
        : type === "block"
          ? args.map(showArgument).join(" ")
          : (display ?? name);
  const grouped = type === "oneof" && args.length > 1 && (!optional || token !== undefined) ? `<${inner}>` : inner;
  const once = [token, grouped].filter(Boolean).join(" ");
  const again = args.length > 0 ? "..." : `[${multipleToken ? once : grouped} ...]`;
  const text = multiple ? `${once} ${again}` : once;
  return optional ? `[${text}]` : text;
}

function* listCalls(spec: CommandSpec, parent: Command | null = null): Generator<Command> {
  const command = new Command(spec, parent);
  if (spec.run !== undefined) yield command;
  for (const subcommand of command.subcommands) yield* listCalls(subcommand.spec, command);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function makePage(): string {
  let text = HEAD;
  const groups = [...new Set(COMMANDS.map(({ group }) => group))].sort();
  for (const group of groups) {
    text += `\n## ${group}\n\n| call | since | does | time |\n|---|---|---|---|\n`;
    const calls = COMMANDS.filter((spec) => spec.group === group).flatMap((spec) => [...listCalls(spec)]);
    calls.sort((left, right) => (left.fullName < right.fullName ? -1 : 1));
    for (const { fullName, spec } of calls) {
      const words = [fullName.replace("|", " ").toUpperCase(), ...(spec.args ?? []).map(showArgument)].join(" ");
      text += `| \`${cell(words)}\` | ${spec.since} | ${cell(spec.summary)} | ${cell(spec.complexity)} |\n`;
    }
  }
  text += "\n## Missing\n\nCommands of Redis 7.4 that pyredis does not have.\n\n| what for | commands |\n|---|---|\n";
  for (const [what, names] of MISSING_COMMANDS) {
    text += `| ${what} | ${names.map((name) => `\`${name.toUpperCase()}\``).join(", ")} |\n`;
  }
  return text;
}

/** All names of the registry, containers and subcommands included. */
function listNames(): string[] {
  return COMMANDS.flatMap(({ name, subcommands = [] }) => [name, ...subcommands.map((sub) => `${name}|${sub.name}`)]);
}

test("every command of Redis 7.4 is there or listed as missing, and no other is there", () => {
  const missing = new Set(MISSING_COMMANDS.flatMap(([, names]) => names));
  const isMissing = (name: string): boolean => missing.has(name.split("|")[0] ?? "");
  const expected = REDIS_COMMANDS.filter((name) => !isMissing(name));
  assert.deepEqual(listNames().sort(), [...expected, ...NEWER_COMMANDS].sort());
  for (const name of missing) assert.ok(REDIS_COMMANDS.includes(name), name);
});

test("docs/commands.md has the commands as they are", (t) => {
  const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  const updated = makePage();
  if (process.env.UPDATE_DOCS === "1") {
    writeFileSync(PAGE, updated);
    return;
  }
  // Families grow in folders of their own, and need not stop for this page before they are merged.
  if (process.env.CI === "true") assert.equal(page, updated, STALE);
  else if (page !== updated) t.diagnostic(STALE);
});

test("every command says what it is: words, flags and categories that COMMAND knows", () => {
  for (const spec of COMMANDS) {
    for (const command of listCalls(spec)) {
      const { fullName } = command;
      assert.match(fullName, /^[a-z0-9_-]+(\|[a-z0-9_-]+)?$/);
      assert.match(command.spec.since, /^\d+\.\d+\.\d+$/, fullName);
      assert.notEqual(command.spec.summary, "", fullName);
      assert.notEqual(command.arity, 0, fullName);
      for (const category of command.spec.acl ?? [])
        assert.ok(CATEGORIES.includes(category), `${fullName}: ${category}`);
    }
  }
});
