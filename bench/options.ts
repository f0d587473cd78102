// The command line of `npm run bench`. main.ts reads it once.
import { parseArgs } from "node:util";
import { COMMANDS } from "./commands.js";
import { listPublishCases, type PublishCase } from "./publish.js";

export interface BenchOptions {
  readonly commands: readonly string[];
  readonly pipelines: readonly number[];
  readonly rounds: number;
  /** Requests of one run, by pipeline depth: enough for about two seconds. */
  readonly requestsAt: (pipeline: number) => number;
  readonly keyspace: number;
  readonly memoryKeys: number;
  readonly heapRequests: number;
  readonly stallKeys: number;
  readonly publishCases: readonly PublishCase[];
  readonly parts: ReadonlySet<Part>;
  readonly jsonFile: string | undefined;
  readonly markdownFile: string | undefined;
}

export const PARTS = ["throughput", "memory", "heap", "stall", "publish"] as const;
export type Part = (typeof PARTS)[number];

const HELP = `npm run bench -- [options]    compares pyredis with redis-server, in turn, on this machine

  --quick             a tenth of the work and 2 rounds: shows that it runs, not how fast
  --only GET,SET      commands (${Object.keys(COMMANDS).join(", ")}); without --parts, their throughput only
  --pipeline 1,16,64  requests sent before a reply is awaited
  --rounds N          rounds of throughput, pyredis and redis-server by turns (5)
  --parts LIST        of ${PARTS.join(", ")} (all)
  --json FILE         all figures of all rounds
  --markdown FILE     the tables
  --help`;

/** Undefined after --help. Throws with one line on a wrong option. */
export function readOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
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
  const commands = splitList(values.only ?? "GET,SET").map((name) => name.toUpperCase());
  for (const name of commands) if (!Object.hasOwn(COMMANDS, name)) throw new Error(`--only: no benchmark for ${name}`);
  const parts = splitList(values.parts ?? (values.only === undefined ? PARTS.join() : "throughput"));
  return {
    commands,
    pipelines: splitList(values.pipeline ?? "1,16,64").map((text) => readCount("--pipeline", text)),
    rounds: readCount("--rounds", values.rounds ?? (values.quick ? "2" : "5")),
    requestsAt: (pipeline) => Math.round((pipeline === 1 ? 150_000 : pipeline < 32 ? 1_500_000 : 2_500_000) * scale),
    keyspace: 100_000,
    memoryKeys: 1_000_000 * scale,
    heapRequests: 1_000_000 * scale,
    stallKeys: 5_000_000 * scale,
    publishCases: listPublishCases(scale),
    parts: new Set(parts.map(toPart)),
    jsonFile: values.json,
    markdownFile: values.markdown,
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
