// `npm run bench`: pyredis and redis-server by turns on this machine. --help lists the options. Figures are medians
// with the smallest and the largest; only ratios travel to other machines.
import { writeFileSync } from "node:fs";
import type { ProcessServer } from "../test/support/test-server.js";
import { type Contender, canPin, makeContenders, pinSelf } from "./contenders.js";
import { describeMachine, machineLines } from "./machine.js";
import { measureBytesPerItem, measureHeapGrowth } from "./memory.js";
import { MEMORY_ITEMS } from "./memory-items.js";
import { measureReturn } from "./memory-return.js";
import { type BenchOptions, readOptions } from "./options.js";
import { measurePublish, type PublishRun } from "./publish.js";
import {
  type MemoryRun,
  memoryTable,
  publishTable,
  type Results,
  returnTable,
  stallTable,
  tailsTable,
  throughputTable,
} from "./report.js";
import { measureStall, type StallResult } from "./stall.js";
import { measureTails } from "./tails.js";
import { measureThroughput, type ThroughputRun } from "./throughput.js";

const MAX_MEMORY_ROUNDS = 3;

/** Progress goes to stderr, so that stdout holds the tables alone. */
function log(line: string): void {
  console.error(`bench: ${line}`);
}

async function runThroughput(
  contenders: readonly Contender[],
  options: BenchOptions,
  isPinned: boolean,
): Promise<ThroughputRun[]> {
  const servers: ProcessServer[] = [];
  try {
    for (const contender of contenders) servers.push(await contender.start());
    return await measureThroughput(servers, options, isPinned, log);
  } finally {
    for (const server of servers) await server.close();
  }
}

async function runPublish(contenders: readonly Contender[], options: BenchOptions): Promise<PublishRun[]> {
  const servers: ProcessServer[] = [];
  try {
    for (const contender of contenders) servers.push(await contender.start());
    return await measurePublish(servers, options.publishCases, options.rounds, log);
  } finally {
    for (const server of servers) await server.close();
  }
}

async function runBytesPerItem(contenders: readonly Contender[], options: BenchOptions): Promise<MemoryRun[]> {
  const runs: MemoryRun[] = [];
  for (const family of options.memoryFamilies) {
    const item = MEMORY_ITEMS[family];
    if (item === undefined) continue;
    for (let round = 1; round <= Math.min(options.rounds, MAX_MEMORY_ROUNDS); round++) {
      for (const contender of contenders) {
        const bytes = await measureBytesPerItem(contender, item, options.memoryItems);
        log(`memory round ${round}: ${contender.name} ${bytes?.toFixed(1) ?? "n/a"} bytes per ${item.name}`);
        runs.push({ item: item.name, server: contender.name, bytes });
      }
    }
  }
  return runs;
}

async function runAll(options: BenchOptions): Promise<void> {
  const isPinned = canPin();
  const contenders = makeContenders(isPinned);
  const machine = describeMachine(isPinned);
  const [subject, reference] = contenders.map(({ name }) => name);
  if (subject === undefined || reference === undefined) throw new Error("two servers are needed");
  for (const line of machineLines(machine)) log(line);
  if (isPinned) pinSelf();

  const { parts } = options;
  const throughput = parts.has("throughput") ? await runThroughput(contenders, options, isPinned) : [];
  const memory = parts.has("memory") ? await runBytesPerItem(contenders, options) : [];
  const heapGrowth: Record<string, readonly (number | undefined)[]> = {};
  const stall: Record<string, StallResult | undefined> = {};
  for (const contender of contenders) {
    if (parts.has("heap")) {
      log(`heap: ${contender.name}`);
      heapGrowth[contender.name] = await measureHeapGrowth(contender, options.heapRequests);
    }
    if (parts.has("stall")) {
      log(`stall: ${contender.name}, ${options.stallKeys} keys`);
      stall[contender.name] = await measureStall(contender, options.stallKeys, log);
    }
  }

  const publish = parts.has("publish") ? await runPublish(contenders, options) : [];

  const tails = parts.has("tails")
    ? await measureTails(contenders, { keys: options.tailKeys, mixedSeconds: options.mixedSeconds, isPinned }, log)
    : [];

  const returned = parts.has("memory-return") ? await measureReturn(contenders, options.returnKeys, log) : [];

  const results: Results = {
    servers: [subject, reference],
    throughput,
    memory,
    heapGrowth,
    stall,
    publish,
    tails,
    returned,
  };
  const text = renderMarkdown(results, machineLines(machine), options);
  console.log(text);
  if (options.markdownFile !== undefined) writeFileSync(options.markdownFile, `${text}\n`);
  if (options.jsonFile !== undefined)
    writeFileSync(options.jsonFile, `${JSON.stringify({ machine, ...results }, null, 2)}\n`);
}

function renderMarkdown(results: Results, machine: readonly string[], options: BenchOptions): string {
  const sections = [machine.map((line) => `- ${line}`).join("\n")];
  if (results.throughput.length > 0) {
    const load = `50 connections, 64-byte values, ${options.keyspace} random keys`;
    sections.push(`Throughput: ${load}, median of ${options.rounds} rounds (min – max). P is the pipeline depth.`);
    sections.push(throughputTable(results));
  }
  if (results.memory.length + Object.keys(results.heapGrowth).length > 0) {
    const growth = `growth of the resident set over ${options.memoryItems} items`;
    sections.push(`Memory: bytes per item by ${growth}; heap over ${options.heapRequests} pipelined GETs.`);
    sections.push(memoryTable(results));
  }
  if (Object.keys(results.stall).length > 0) {
    sections.push(`Stalls: PING in a loop on one connection while another inserts ${options.stallKeys} keys.`);
    sections.push(stallTable(results));
  }
  if (results.publish.length > 0) {
    sections.push(`PUBLISH of 64 bytes from one connection, by the number of subscribers; ${options.rounds} rounds.`);
    sections.push(publishTable(results));
  }
  if (results.tails.length > 0) {
    sections.push(
      `Tails: PING in a loop on one connection beside something large; ${options.tailKeys} keys or members.`,
    );
    sections.push(tailsTable(results));
  }
  if (results.returned.length > 0) {
    sections.push(
      `Memory that comes back: ${options.returnKeys} keys of 16 + 64 bytes, nine in ten deleted at random. Resident set in ` +
        "MB: a minute later, and beyond that of the empty server as a multiple of used_memory; then after FLUSHALL; then " +
        "with 200 MB that a client does not read, and after it has gone.",
    );
    sections.push(returnTable(results));
  }
  return sections.join("\n\n");
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options !== undefined) await runAll(options);
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
