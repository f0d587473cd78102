// Twin tests: one script runs against a real redis-server and against pyredis, and every reply is compared. The
// conformance tests are made of this; docs/testing.md shows how to write one.
import assert from "node:assert/strict";
import { after, type TestContext } from "node:test";
import { type Difference, DifferenceLedger } from "./differences.js";
import { Random } from "./random.js";
import { startRedisServer, whyNoRedisServer } from "./redis-server.js";
import { fmt, type Reply } from "./resp-value.js";
import type { Config } from "./test-server.js";
import { shrinkSteps } from "./twin-shrink.js";
import { fmtStep, type ScriptStep, type Step, type TwinServer, TwinSide, toStep } from "./twin-steps.js";

export interface TwinOptions {
  /** For both servers. */
  readonly config?: Config;
  /** For redis-server only, laid over `config`. */
  readonly referenceConfig?: Config;
  /** How the subject starts; pyredis in this process if not given. */
  readonly startSubject?: (options: { config: Config }) => Promise<TwinServer>;
}

export interface ScriptOptions {
  readonly steps: readonly ScriptStep[];
  /** The protocol of every connection: 2 if not given. */
  readonly resp?: 2 | 3;
  /** Known differences between the versions. One that this script never meets fails it. */
  readonly allow?: readonly Difference[];
}

export interface RandomOptions {
  /** TWIN_SEED goes before it. */
  readonly seed?: number;
  /** How many steps; TWIN_COUNT goes before it. */
  readonly count?: number;
  readonly setup?: readonly ScriptStep[];
  readonly next: (random: Random) => ScriptStep;
  readonly resp?: 2 | 3;
  readonly allow?: readonly Difference[];
}

const DEFAULT_SEED = 20_240_729;
const DEFAULT_COUNT = 500;

/** Where and how the servers parted. `what` holds one line a server. */
export interface Parting {
  readonly index: number;
  readonly step: Step;
  readonly what: string;
}

/** Two servers that live for one test file (or one `describe`), and the scripts that run against both. */
export class Twin {
  readonly #options: TwinOptions;
  #pair: readonly [reference: TwinServer, subject: TwinServer] | undefined;
  #referenceVersion = "";
  #wasUsed = false;

  constructor(options: TwinOptions = {}) {
    this.#options = options;
  }

  /** Runs the steps on both servers, on empty databases and fresh connections, and compares reply by reply. */
  async run(t: TestContext, script: ScriptOptions): Promise<void> {
    await this.#runSteps(t, script, script.steps.map(toStep), undefined);
  }

  /** Runs `count` steps that `next` makes from a seeded source; the seed is in the message of a failure. */
  async random(t: TestContext, options: RandomOptions): Promise<void> {
    const seed = readNumber("TWIN_SEED") ?? options.seed ?? DEFAULT_SEED;
    const count = readNumber("TWIN_COUNT") ?? options.count ?? DEFAULT_COUNT;
    const random = new Random(seed);
    const steps = Array.from({ length: count }, () => toStep(options.next(random)));
    await this.#runSteps(t, options, [...(options.setup ?? []).map(toStep), ...steps], seed);
  }

  async close(): Promise<void> {
    for (const server of this.#pair ?? []) await server.close();
    this.#pair = undefined;
  }

  async #runSteps(
    t: TestContext,
    options: Pick<ScriptOptions, "resp" | "allow">,
    steps: readonly Step[],
    seed: number | undefined,
  ): Promise<void> {
    const reason = whyNoRedisServer();
    if (reason !== undefined) {
      t.skip(reason);
      return;
    }
    const resp = options.resp ?? 2;
    const sides = await this.#freshSides(resp);
    const ledger = new DifferenceLedger(options.allow ?? [], this.#referenceVersion);
    for (const line of ledger.preamble(steps)) t.diagnostic(line);
    const parting = await runOnBoth(sides, steps, ledger);
    if (parting !== undefined) {
      const attempt = async (candidate: readonly Step[]): Promise<number | undefined> => {
        const found = await runOnBoth(await this.#freshSides(resp), candidate, ledger);
        return found?.index;
      };
      const shown = await shrinkSteps(steps.slice(0, parting.index + 1), attempt);
      assert.fail(describeParting(parting, shown, seed));
    }
    // Under another seed or count the generator may not come across a known difference.
    const isAsWritten = readNumber("TWIN_SEED") === undefined && readNumber("TWIN_COUNT") === undefined;
    if (isAsWritten) assert.deepEqual(ledger.unused(), [], "known differences that did not show: delete them");
  }

  /** Starts the servers if need be, and gives empty databases and no connections. */
  async #freshSides(resp: 2 | 3): Promise<readonly [reference: TwinSide, subject: TwinSide]> {
    const pair = this.#pair ?? (await this.#start());
    if (this.#wasUsed) for (const server of pair) await flush(server);
    this.#wasUsed = true;
    return [new TwinSide(pair[0], resp), new TwinSide(pair[1], resp)];
  }

  async #start(): Promise<readonly [TwinServer, TwinServer]> {
    const { config = {}, referenceConfig = {}, startSubject = startPyRedis } = this.#options;
    const reference = await startRedisServer({ config: { ...config, ...referenceConfig } });
    try {
      this.#referenceVersion = await reference.version();
      this.#pair = [reference, await startSubject({ config })];
      return this.#pair;
    } catch (error) {
      await reference.close();
      throw error;
    }
  }
}

/** A Twin that closes after the tests of this file, or of the `describe` around the call. */
export function useTwin(options: TwinOptions = {}): Twin {
  const twin = new Twin(options);
  after(() => twin.close());
  return twin;
}

/** Imported late, so that the tests of the twin itself, which compare redis-servers, do not depend on the product. */
async function startPyRedis(options: { config: Config }): Promise<TwinServer> {
  const { startInProcess } = await import("./in-process.js");
  return startInProcess(options);
}

async function flush(server: TwinServer): Promise<void> {
  const client = await server.connect();
  try {
    const answer = await client.ask("FLUSHALL");
    if (answer !== "+OK") throw new Error(`${server.name}: FLUSHALL answered ${answer}`);
  } finally {
    await client.close();
  }
}

async function runOnBoth(
  [reference, subject]: readonly [TwinSide, TwinSide],
  steps: readonly Step[],
  ledger: DifferenceLedger,
): Promise<Parting | undefined> {
  try {
    for (const [index, step] of steps.entries()) {
      const [expected, actual] = await Promise.all([attempt(reference, step), attempt(subject, step)]);
      const what = compareOutcomes(step, expected, actual, ledger);
      if (what === undefined) continue;
      const names = [reference.server.name, subject.server.name] as const;
      const lines = [`${names[0]}: ${fmtOutcome(expected)}`, `${names[1]}: ${fmtOutcome(actual)}`, `(${what})`];
      return { index, step, what: lines.map((line) => `  ${line}`).join("\n") };
    }
    return undefined;
  } finally {
    await Promise.all([reference.closeClients(), subject.closeClients()]);
  }
}

/** The replies of a step, or what went wrong below the replies: a time-out, a closed connection, malformed bytes. */
type Outcome = readonly Reply[] | Error;

async function attempt(side: TwinSide, step: Step): Promise<Outcome> {
  try {
    return await side.perform(step);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function compareOutcomes(step: Step, expected: Outcome, actual: Outcome, ledger: DifferenceLedger): string | undefined {
  if (expected instanceof Error || actual instanceof Error) return "a connection failed";
  if (!("compare" in step)) return undefined;
  for (const [index, a] of expected.entries()) {
    const b = actual[index];
    if (b === undefined) return `no reply ${index + 1}`;
    const why = step.compare.difference(a, b);
    if (why === undefined || ledger.accepts(step, a, b)) continue;
    return `compared as ${step.compare.name}: ${why}`;
  }
  return undefined;
}

function fmtOutcome(outcome: Outcome): string {
  return outcome instanceof Error ? outcome.message : outcome.map(fmt).join(" ");
}

function describeParting(parting: Parting, shown: readonly Step[], seed: number | undefined): string {
  const origin = seed === undefined ? "" : `, seed ${seed}`;
  return [
    `the servers differ at step ${parting.index + 1}${origin}: ${fmtStep(parting.step)}`,
    parting.what,
    `${shown.length} of ${parting.index + 1} steps show it:`,
    ...shown.map((step) => `  ${fmtStep(step)}`),
    ...(seed === undefined ? [] : [`the same again: TWIN_SEED=${seed}`]),
  ].join("\n");
}

function readNumber(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${variable}=${text} is not a whole number`);
  return value;
}
