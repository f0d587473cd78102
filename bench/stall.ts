// The longest time a client waits while another one inserts millions of keys: growth of the keyspace must not stop the
// server. A worker thread sends PING in a tight loop, first to the idle server, which shows what the machine itself does.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ProcessServer } from "../test/support/test-server.js";
import { sleep, withTimeout } from "../test/support/wait-for.js";
import type { Contender } from "./contenders.js";
import { checkCount, GET_MISSING, runLoad, SET_FIXED } from "./loader.js";
import { withServer } from "./memory.js";
import { readAvailableBytes } from "./proc-stat.js";

const IDLE_MS = 1_000;
const WARM_UP_REQUESTS = 100_000;
/** More than either server needs for a key, with room for the rest of the machine. */
const BYTES_PER_KEY_BOUND = 300;

/** What the worker found between start and stop, in milliseconds. */
export interface PingLatency {
  readonly count: number;
  readonly maxMs: number;
  readonly p999Ms: number;
}

export interface StallResult {
  readonly idle: PingLatency;
  readonly loaded: PingLatency;
  readonly insertsPerSecond: number;
}

/** Undefined, with a line to `log`, when the machine has too little memory for that many keys. */
export async function measureStall(
  contender: Contender,
  keys: number,
  log: (line: string) => void,
): Promise<StallResult | undefined> {
  const available = readAvailableBytes();
  if (available !== undefined && available < keys * BYTES_PER_KEY_BOUND) {
    log(`stall: left out, ${keys} keys want ${keys * BYTES_PER_KEY_BOUND} bytes and ${available} are available`);
    return undefined;
  }
  return withServer(contender, async (server) => {
    await runLoad(server, GET_MISSING, WARM_UP_REQUESTS, keys);
    const idle = await pingDuring(server, () => sleep(IDLE_MS));
    let seconds = 0;
    const loaded = await pingDuring(server, async () => {
      const started = performance.now();
      await runLoad(server, SET_FIXED, keys, keys);
      seconds = (performance.now() - started) / 1_000;
    });
    await checkCount(server, ["DBSIZE"], keys);
    return { idle, loaded, insertsPerSecond: keys / seconds };
  });
}

/** How long a PING in a loop waits while `work` goes on. */
export async function pingDuring(server: ProcessServer, work: () => Promise<void>): Promise<PingLatency> {
  const workerData = { host: server.host, port: server.port };
  const worker = new Worker(new URL("./ping-worker.js", import.meta.url), { workerData });
  try {
    await withTimeout("the PING worker to start", 10_000, once(worker, "message"));
    await work();
    worker.postMessage("stop");
    const [latency] = (await withTimeout("the PING worker's result", 10_000, once(worker, "message"))) as [PingLatency];
    return latency;
  } finally {
    await worker.terminate();
  }
}
