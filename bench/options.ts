// The command line of `npm run bench`. main.ts reads it once.
import { parseArgs } from "node:util";
import { COMMANDS, FAMILIES, type Family } from "./commands.js";
import { MEMORY_ITEMS } from "./memory-items.js";
import { listPublishCases, type PublishCase } from "./publish.js";

export interface BenchOptions {
  readonly commands: readonly string[];
  readonly pipelinesOf: (command: string) => readonly number[];
  readonly rounds: number;
  /** Requests of one run, by pipeline depth: enough for about two seconds. */
  readonly requestsAt: (pipeline: number) => number;
  readonly keyspace: number;
  /** Families whose bytes per item are measured, of so many items. */
  readonly memoryFamilies: readonly Family[];
  readonly memoryItems: number;
  readonly heapRequests: number;
  readonly stallKeys: number;
  /** Keys of which nine in ten are deleted. */
  readonly returnKeys: number;
  readonly tailKeys: number;
  readonly mixedSeconds: number;
  readonly publishCases: readonly PublishCase[];
  readonly parts: ReadonlySet<Part>;
  readonly jsonFile: string | undefined;
  readonly markdownFile: string | undefined;
}

export const PARTS = ["throughput", "memory", "heap", "stall", "publish", "tails", "memory-return"] as const;
export type Part = (typeof PARTS)[number];

/** What is measured unless --only or --all says otherwise. */
const DEFAULT_COMMANDS = ["GET", "SET"];
const DEFAULT_FAMILIES: readonly Family[] = ["strings"];

const HELP = `npm run bench -- [options]    compares pyredis with redis-server, in turn, on this machine

  Without options: GET and SET at three depths, bytes per string key, heap, stall, publish, tails, and what comes back of
  deleted data. About 16 minutes.

  --all               the throughput of all commands, and bytes per item of all types, as well. About 25 minutes
  --only LIST         commands or families; without --parts, their throughput only
  --quick             a tenth of the work and 2 rounds: shows that it runs, not how fast
  --pipeline 1,16,64  requests sent before a reply is awaited (1,16,64 for GET and SET, 16 for others)
  --rounds N          rounds of throughput, pyredis and redis-server by turns (5)
  --parts LIST        of ${PARTS.join(", ")} (all)
  --json FILE         all figures of all rounds
  --markdown FILE     the tables
  --help

  Families and their commands; * where bytes per item can be measured:
${FAMILIES.map(describeFamily).join("\n")}`;

function describeFamily(family: Family): string {
  const commands = Object.keys(COMMANDS).filter((name) => COMMANDS[name]?.family === family);
  return `  ${MEMORY_ITEMS[family] === undefined ? " " : "*"} ${family.padEnd(15)} ${commands.join(" ")}`;
}

/** Undefined after --help. Throws with one line on a wrong option. */
export function readOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      only: { type: "string" },
      pipeline: { type: "string" },
      rounds: { type: "string" },
      parts: { type: "string" },
      json: { type: "string" },
      markdown: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  const scale = values.quick ? 0.1 : 1;
  const { commands, families } = values.all
    ? { commands: Object.keys(COMMANDS), families: FAMILIES }
    : values.only === undefined
      ? { commands: DEFAULT_COMMANDS, families: DEFAULT_FAMILIES }
      : select(splitList(values.only));
  const pipelines = values.pipeline && splitList(values.pipeline).map((text) => readCount("--pipeline", text));
  const parts = splitList(values.parts ?? (values.only === undefined ? PARTS.join() : "throughput"));
  return {
    commands,
    pipelinesOf: (name) => pipelines || (DEFAULT_COMMANDS.includes(name) ? [1, 16, 64] : [16]),
    rounds: readCount("--rounds", values.rounds ?? (values.quick ? "2" : "5")),
    requestsAt: (pipeline) => Math.round((pipeline === 1 ? 150_000 : pipeline < 32 ? 1_500_000 : 2_500_000) * scale),
    keyspace: 100_000,
    memoryFamilies: families.filter((family) => MEMORY_ITEMS[family] !== undefined),
    memoryItems: 1_000_000 * scale,
    heapRequests: 1_000_000 * scale,
    stallKeys: 5_000_000 * scale,
    returnKeys: 5_000_000 * scale,
    tailKeys: 1_000_000 * scale,
    mixedSeconds: 60 * scale,
    publishCases: listPublishCases(scale),
    parts: new Set(parts.map(toPart)),
    jsonFile: values.json,
    markdownFile: values.markdown,
  };
}

/** What --only names: a family stands for its commands. */
function select(names: readonly string[]): { commands: readonly string[]; families: readonly Family[] } {
  const commands = names.flatMap((name) => {
    const family = FAMILIES.find((known) => known === name.toLowerCase());
    if (family !== undefined) return Object.keys(COMMANDS).filter((command) => COMMANDS[command]?.family === family);
    const command = name.toUpperCase();
    if (!Object.hasOwn(COMMANDS, command)) throw new Error(`--only: no command or family ${name}`);
    return [command];
  });
  return {
    commands,
    families: FAMILIES.filter((family) => commands.some((name) => COMMANDS[name]?.family === family)),
  };
}

function splitList(text: string): string[] {
  return text.split(",").map((word) => word.trim());
}

function toPart(name: string): Part {
  const part = PARTS.find((known) => known === name);
  if (part === undefined) throw new Error(`--parts: ${name} is not one of ${PARTS.join(", ")}`);
  return part;
}

function readCount(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${option}: ${text} is not a positive whole number`);
  return value;
}
