// Throughput, CPU per request and p99 by redis-benchmark. main.ts calls it; rounds alternate between the servers, so
// that whatever else the machine does meanwhile falls on both.
import { spawn } from "node:child_process";
import { endWithUs } from "../test/support/child-process.js";
import type { ProcessServer } from "../test/support/test-server.js";
import { type BenchCommand, COMMANDS } from "./commands.js";
import { LOAD_CORE, onCore } from "./contenders.js";
import { sendRequests } from "./filler.js";
import type { BenchOptions } from "./options.js";
import { readCpuTimes } from "./proc-stat.js";

const CONNECTIONS = 50;
const WARM_UP_PIPELINE = 64;
const RUN_TIMEOUT_MS = 120_000;

export interface ThroughputRun {
  readonly command: string;
  readonly pipeline: number;
  readonly server: string;
  readonly requestsPerSecond: number;
  readonly userUs: number | undefined;
  readonly systemUs: number | undefined;
  readonly p99Ms: number;
}

export async function measureThroughput(
  servers: readonly ProcessServer[],
  options: BenchOptions,
  isPinned: boolean,
  log: (line: string) => void,
): Promise<ThroughputRun[]> {
  const runs: ThroughputRun[] = [];
  for (const name of options.commands) {
    const command = COMMANDS[name];
    if (command === undefined) continue;
    for (const server of servers) await warmUp(server, command, options.keyspace, isPinned);
    for (const pipeline of options.pipelinesOf(name)) {
      for (let round = 1; round <= options.rounds; round++) {
        for (const server of servers) {
          const run = await runOnce(server, name, command, pipeline, options, isPinned);
          runs.push(run);
          const perSecond = Math.round(run.requestsPerSecond).toLocaleString("en");
          log(`${name} P=${pipeline} round ${round}: ${server.name} ${perSecond}/s, p99 ${run.p99Ms} ms`);
        }
      }
    }
  }
  return runs;
}

/** Fills the keyspace and lets the JIT see the command, at the depth that is fastest. */
async function warmUp(
  server: ProcessServer,
  command: BenchCommand,
  keyspace: number,
  isPinned: boolean,
): Promise<void> {
  if (command.fill !== undefined) await sendRequests(server, command.fill(keyspace));
  await runCommand(server, command, WARM_UP_PIPELINE, Math.round(keyspace * 5 * command.share), keyspace, isPinned);
}

async function runOnce(
  server: ProcessServer,
  name: string,
  command: BenchCommand,
  pipeline: number,
  options: BenchOptions,
  isPinned: boolean,
): Promise<ThroughputRun> {
  const requests = Math.round(options.requestsAt(pipeline) * command.share);
  const run = await runCommand(server, command, pipeline, requests, options.keyspace, isPinned);
  return { command: name, pipeline, server: server.name, ...run };
}

/** Prepares the keys, and runs the command so often. The CPU time is that of the requests alone. */
async function runCommand(
  server: ProcessServer,
  command: BenchCommand,
  pipeline: number,
  requests: number,
  keyspace: number,
  isPinned: boolean,
): Promise<Pick<ThroughputRun, "requestsPerSecond" | "userUs" | "systemUs" | "p99Ms">> {
  // What is used up must last: redis-benchmark may send more than it was told, up to a full pipeline a connection.
  const most = requests + CONNECTIONS * pipeline;
  if (command.before !== undefined) await sendRequests(server, command.before(most));
  const words = ["-P", String(pipeline), "-n", String(requests), "-r", String(keyspace), ...command.words];
  const before = readCpuTimes(server.pid);
  const { requestsPerSecond, p99Ms } = await runBenchmark(server, words, isPinned);
  const after = readCpuTimes(server.pid);
  const perRequest = (kind: "userUs" | "systemUs"): number | undefined =>
    before && after ? (after[kind] - before[kind]) / requests : undefined;
  return { requestsPerSecond, userUs: perRequest("userUs"), systemUs: perRequest("systemUs"), p99Ms };
}

async function runBenchmark(
  server: ProcessServer,
  words: readonly string[],
  isPinned: boolean,
): Promise<{ requestsPerSecond: number; p99Ms: number }> {
  const base = ["redis-benchmark", "-h", server.host, "-p", String(server.port), "-c", String(CONNECTIONS), "--csv"];
  const [program = "", ...args] = onCore(LOAD_CORE, [...base, ...words], isPinned);
  const output = await runProgram(program, args);
  // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
  const fields = output.stdout.trim().split("\n").at(-1)?.slice(1, -1).split('","') ?? [];
  const [requestsPerSecond, p99Ms] = [Number(fields[1]), Number(fields[6])];
  // It goes on after error replies: their throughput is nobody's.
  if (!(requestsPerSecond > 0) || Number.isNaN(p99Ms) || /error/i.test(output.stderr)) {
    throw new Error(`redis-benchmark ${words.join(" ")} on ${server.name} said:\n${output.stdout}${output.stderr}`);
  }
  return { requestsPerSecond, p99Ms };
}

function runProgram(program: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: RUN_TIMEOUT_MS });
    endWithUs(child);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve({ stdout, stderr });
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code ?? signal}\n${stderr}`));
    });
  });
}
