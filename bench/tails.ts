// How long others wait while the server has something large to do: a PING in a loop beside mixed load, keys that expire
// all at once, FLUSHALL, a large value that is deleted, and a thousand clients. main.ts calls it; each case has a server
// of its own.
import { spawn } from "node:child_process";
import { endWithUs } from "../test/support/child-process.js";
import type { ProcessServer } from "../test/support/test-server.js";
import { sleep, waitFor, withTimeout } from "../test/support/wait-for.js";
import { addInBatches, toDigits, VALUE } from "./commands.js";
import { type Contender, LOAD_CORE, onCore } from "./contenders.js";
import { type Request, sendRequests } from "./filler.js";
import { readInfoNumber, runLoad, SET_FIXED } from "./loader.js";
import { withServer } from "./memory.js";
import { readCpuTimes } from "./proc-stat.js";
import { type PingLatency, pingDuring } from "./stall.js";

const CASES = ["mixed load", "expiry storm", "FLUSHALL", "large values deleted", "1,000 clients"] as const;
type Case = (typeof CASES)[number];

const CLIENTS = 1_000;
const RUN_TIMEOUT_MS = 300_000;
/** How long keys live that are to expire at once: longer than it takes to write them. */
const STORM_DELAY_MS = 20_000;
const LARGE_VALUES = 4;

export interface TailRun {
  readonly name: Case;
  readonly server: string;
  /** CPU time of the server during the case, in milliseconds. Undefined without /proc. */
  readonly cpuMs: number | undefined;
  readonly ping: PingLatency;
}

export interface TailOptions {
  /** Keys of a full run; larger values have as many members together. */
  readonly keys: number;
  readonly mixedSeconds: number;
  readonly isPinned: boolean;
}

export async function measureTails(
  contenders: readonly Contender[],
  options: TailOptions,
  log: (line: string) => void,
): Promise<TailRun[]> {
  const runs: TailRun[] = [];
  for (const name of CASES) {
    for (const contender of contenders) {
      const run = await withServer(contender, (server) => measureCase(name, server, options));
      log(
        `tails: ${name}, ${contender.name}: p99.9 ${run.ping.p999Ms.toFixed(2)} ms, longest ${run.ping.maxMs.toFixed(2)} ms`,
      );
      runs.push(run);
    }
  }
  return runs;
}

async function measureCase(name: Case, server: ProcessServer, options: TailOptions): Promise<TailRun> {
  const work = await prepare(name, server, options);
  const before = readCpuTimes(server.pid);
  const ping = await pingDuring(server, work);
  const after = readCpuTimes(server.pid);
  const cpuMs =
    before === undefined || after === undefined
      ? undefined
      : (after.userUs + after.systemUs - before.userUs - before.systemUs) / 1_000;
  return { name, server: server.name, cpuMs, ping };
}

/** Fills the server; the work that it answers is what the others wait beside. */
async function prepare(name: Case, server: ProcessServer, options: TailOptions): Promise<() => Promise<void>> {
  const { keys } = options;
  switch (name) {
    case "mixed load":
      await runLoad(server, SET_FIXED, keys, keys);
      return () => sendFor(server, options.mixedSeconds * 1_000);
    case "expiry storm": {
      const deadline = Date.now() + STORM_DELAY_MS;
      await sendRequests(server, makeExpiring(keys, deadline));
      // Those that are not asked for go by themselves: the storm ends when none is left.
      await sleep(Math.max(0, deadline - 1_000 - Date.now()));
      return () => waitUntilEmpty(server);
    }
    case "FLUSHALL":
      await runLoad(server, SET_FIXED, keys, keys);
      return () => sendRequests(server, [["FLUSHALL"]]);
    case "large values deleted":
      await sendRequests(server, [["CONFIG", "SET", "lazyfree-lazy-user-del", "yes"]]);
      await sendRequests(server, makeLargeValues(keys / LARGE_VALUES));
      return () => sendRequests(server, [["DEL", "set", "hash", "zset", "list"]]).then(() => sleep(500));
    case "1,000 clients":
      await runLoad(server, SET_FIXED, keys, keys);
      return () => runManyClients(server, options);
  }
}

function* makeExpiring(keys: number, deadline: number): Iterable<Request> {
  for (let i = 0; i < keys; i++) yield ["SET", `key:${toDigits(i)}`, VALUE, "PXAT", String(deadline)];
}

async function waitUntilEmpty(server: ProcessServer): Promise<void> {
  const isEmpty = async (): Promise<boolean> => (await readInfoNumber(server, "keyspace", "db0")) === undefined;
  await waitFor("all keys to expire", isEmpty, { timeoutMs: RUN_TIMEOUT_MS, intervalMs: 100 });
}

function* makeLargeValues(members: number): Iterable<Request> {
  yield* addInBatches(["SADD", "set"], members, (i) => [`member:${toDigits(i)}`]);
  yield* addInBatches(["HSET", "hash"], members, (i) => [`field:${toDigits(i)}`, VALUE]);
  yield* addInBatches(["ZADD", "zset"], members, (i) => [String(i), `member:${toDigits(i)}`]);
  yield* addInBatches(["RPUSH", "list"], members, () => [VALUE]);
}

/** All kinds of small commands on one connection, as fast as they are answered. */
async function sendFor(server: ProcessServer, ms: number): Promise<void> {
  const end = performance.now() + ms;
  let i = 0;
  function* requests(): Iterable<Request> {
    while (performance.now() < end) {
      const key = toDigits((i++ * 7_919) % 100_000);
      yield ["SET", `key:${key}`, VALUE];
      yield ["GET", `key:${key}`];
      yield ["INCR", `counter:${key}`];
      yield ["LPUSH", `list:${key.slice(-2)}`, VALUE];
      yield ["LTRIM", `list:${key.slice(-2)}`, "0", "999"];
      yield ["HSET", `hash:${key.slice(-3)}`, key, VALUE];
      yield ["ZADD", `zset:${key.slice(-2)}`, key, key];
      yield ["SADD", `set:${key.slice(-2)}`, key];
      yield ["SETEX", `short:${key}`, "1", VALUE];
      yield ["DEL", `counter:${key}`];
    }
  }
  await sendRequests(server, requests());
}

async function runManyClients(server: ProcessServer, { keys, isPinned }: TailOptions): Promise<void> {
  const load = ["-h", server.host, "-p", String(server.port), "-c", String(CLIENTS), "-r", String(keys), "-q"];
  const words = ["redis-benchmark", ...load, "-n", String(keys), "-P", "16", "-d", "64", "-t", "set,get"];
  const [command = "", ...args] = onCore(LOAD_CORE, words, isPinned);
  const child = spawn(command, args, { stdio: "ignore" });
  endWithUs(child);
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`redis-benchmark ended with ${code}`))));
  });
  await withTimeout("redis-benchmark with 1,000 clients", RUN_TIMEOUT_MS, ended);
}
