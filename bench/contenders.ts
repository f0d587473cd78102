// The two servers that are compared, pinned to the first core where taskset exists. Both run as child processes with
// the same directives, and end with the benchmark however it ends (test/support/child-process.ts).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { CLI_MAIN } from "../test/support/pyredis-process.js";
import { findRedisServerVersion, redisServerBinary } from "../test/support/redis-server.js";
import { type ProcessServer, startServerProcess, toArguments } from "../test/support/test-server.js";

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

export interface Contender {
  readonly name: "pyredis" | "redis-server";
  start(): Promise<ProcessServer>;
}

export function makeContenders(isPinned: boolean): readonly Contender[] {
  if (!existsSync(CLI_MAIN)) throw new Error(`${CLI_MAIN} is missing: npm run build`);
  if (findRedisServerVersion() === undefined) throw new Error("redis-server is missing: node scripts/test-needs.mjs");
  return [
    { name: "pyredis", start: () => start("pyredis", [process.execPath, "--expose-gc", CLI_MAIN, "server"], isPinned) },
    { name: "redis-server", start: () => start("redis-server", [redisServerBinary()], isPinned) },
  ];
}

function start(name: string, words: readonly string[], isPinned: boolean): Promise<ProcessServer> {
  const [command = "", ...first] = onCore(SERVER_CORE, words, isPinned);
  return startServerProcess({
    name,
    command,
    args: (port, directory) => [...first, ...toArguments({ port: String(port), save: "", dir: directory })],
  });
}

/** taskset replaces itself by the program, so that the child's pid stays the server's. */
export function onCore(core: number, words: readonly string[], isPinned: boolean): readonly string[] {
  return isPinned ? ["taskset", "-c", String(core), ...words] : words;
}

/** False on one core, without taskset, and where a container may not use both cores. */
export function canPin(): boolean {
  return [SERVER_CORE, LOAD_CORE].every(
    (core) => spawnSync("taskset", ["-c", String(core), "true"], { stdio: "ignore" }).status === 0,
  );
}

/** Moves this process, the load generator of the memory, heap and stall parts, off the servers' core. */
export function pinSelf(): void {
  const cores = `${LOAD_CORE}-${availableParallelism() - 1}`;
  spawnSync("taskset", ["-acp", cores, String(process.pid)], { stdio: "ignore" });
}
