// Bytes per key, and growth of the JS heap under reads. Every measurement has a server of its own, started afresh: a
// heap that has already grown would hide what the next key costs.
import type { ProcessServer } from "../test/support/test-server.js";
import { sleep } from "../test/support/wait-for.js";
import type { Contender } from "./contenders.js";
import { checkKeyCount, GET_FIXED, GET_MISSING, readInfoNumber, runLoad, SET_FIXED } from "./loader.js";
import { readRssBytes } from "./proc-stat.js";

/** Requests that let the JIT and the buffers settle before the first reading. */
const WARM_UP_REQUESTS = 100_000;
const HEAP_KEYS = 100_000;
const HEAP_READINGS = 5;
/** Allocators and collectors give pages back a little later. */
const SETTLE_MS = 1_000;

/** Growth of resident memory per distinct key. Undefined where /proc is missing. */
export async function measureBytesPerKey(contender: Contender, keys: number): Promise<number | undefined> {
  return withServer(contender, async (server) => {
    await runLoad(server, GET_MISSING, WARM_UP_REQUESTS, keys);
    const before = await readSettledRss(server);
    await runLoad(server, SET_FIXED, keys, keys);
    await checkKeyCount(server, keys);
    const after = await readSettledRss(server);
    return before === undefined || after === undefined ? undefined : (after - before) / keys;
  });
}

async function readSettledRss(server: ProcessServer): Promise<number | undefined> {
  await sleep(SETTLE_MS);
  return readRssBytes(server.pid);
}

/** Bytes by which the JS heap grows over a million GETs, several readings. Undefined for a server without a JS heap. */
export async function measureHeapGrowth(
  contender: Contender,
  requests: number,
): Promise<readonly (number | undefined)[]> {
  return withServer(contender, async (server) => {
    const readings: (number | undefined)[] = [];
    await runLoad(server, SET_FIXED, HEAP_KEYS, HEAP_KEYS);
    if ((await readInfoNumber(server, "memory", "js_heap_used")) === undefined) return [undefined];
    await runLoad(server, GET_FIXED, requests, HEAP_KEYS);
    for (let reading = 0; reading < HEAP_READINGS; reading++) {
      const before = await readInfoNumber(server, "memory", "js_heap_used");
      await runLoad(server, GET_FIXED, requests, HEAP_KEYS);
      const after = await readInfoNumber(server, "memory", "js_heap_used");
      if (before !== undefined && after !== undefined) readings.push(((after - before) / requests) * 1_000_000);
    }
    return readings;
  });
}

export async function withServer<T>(contender: Contender, use: (server: ProcessServer) => Promise<T>): Promise<T> {
  const server = await contender.start();
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}
