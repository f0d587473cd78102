// On what the figures were taken: they mean nothing without it.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, type as osType, release, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../test/support/pyredis-process.js";
import { findRedisServerVersion } from "../test/support/redis-server.js";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  readonly pyredis: string;
  readonly redisServer: string;
  readonly redisBenchmark: string;
  readonly pinning: string;
  readonly loadAverage: number;
}

export function describeMachine(isPinned: boolean): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${osType()} ${release()}`,
    node: process.version,
    pyredis: readPackageVersion(),
    redisServer: findRedisServerVersion() ?? "unknown",
    redisBenchmark: readBenchmarkVersion(),
    pinning: isPinned ? "server on core 0, load on the others" : "none",
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

export function machineLines(machine: Machine): string[] {
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}`,
    `Node ${machine.node}, pyredis ${machine.pyredis}, redis-server ${machine.redisServer}, redis-benchmark ${machine.redisBenchmark}`,
    `pinning: ${machine.pinning}; load average at the start: ${machine.loadAverage}`,
  ];
}

function readPackageVersion(): string {
  const content: unknown = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const version = typeof content === "object" && content !== null && "version" in content ? content.version : undefined;
  return typeof version === "string" ? version : "unknown";
}

function readBenchmarkVersion(): string {
  const asked = spawnSync("redis-benchmark", ["--version"], { encoding: "utf8" });
  return /redis-benchmark (\S+)/.exec(asked.stdout ?? "")?.[1] ?? "unknown";
}
