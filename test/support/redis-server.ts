// A real redis-server, the reference that twins compare with. REDIS_SERVER_BIN names another binary than PATH's.
import { spawnSync } from "node:child_process";
import { type Config, type ProcessServer, startServerProcess, toArguments } from "./test-server.js";

/** Nothing on disk, loopback only, and DEBUG as tests need it. */
const DEFAULTS: Config = { save: "", appendonly: "no", bind: "127.0.0.1", "enable-debug-command": "yes" };

/** Before 7.0 the differences outweigh what a comparison shows. */
const OLDEST_REFERENCE = "7.0.0";

export function redisServerBinary(): string {
  return process.env.REDIS_SERVER_BIN ?? "redis-server";
}

/** The version of the binary ("7.0.15"), or undefined when there is none. */
export function findRedisServerVersion(): string | undefined {
  const asked = spawnSync(redisServerBinary(), ["--version"], { encoding: "utf8", timeout: 10_000 });
  if (asked.error !== undefined || asked.status !== 0) return undefined;
  return /v=(\S+)/.exec(asked.stdout)?.[1];
}

/**
 * Why a test that needs redis-server cannot run here, or undefined when it can. In CI a missing redis-server is an
 * error instead: a run that compares nothing must not be green.
 */
export function whyNoRedisServer(): string | undefined {
  const version = findRedisServerVersion();
  if (version !== undefined && !isOlder(version, OLDEST_REFERENCE)) return undefined;
  const found = version === undefined ? "is not installed" : `is ${version}, tests need ${OLDEST_REFERENCE}`;
  const reason = `${redisServerBinary()} ${found} (node scripts/test-needs.mjs says how to get it)`;
  if (process.env.CI === "true") throw new Error(reason);
  return reason;
}

/** Starts it on a free loopback port; `config` is laid over the defaults. */
export function startRedisServer(options: { config?: Config } = {}): Promise<ProcessServer> {
  return startServerProcess({
    name: "redis-server",
    command: redisServerBinary(),
    args: (port, directory) => {
      const config = { ...DEFAULTS, port: String(port), dir: directory, ...options.config };
      return toArguments(config);
    },
  });
}

/** Compares dotted versions by number: 7.0.15 is older than 7.2.0, and 7.10 is not older than 7.2. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const [x, y] = [a?.[i] ?? 0, b?.[i] ?? 0];
    if (x !== y) return x < y;
  }
  return false;
}
