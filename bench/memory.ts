// Bytes per key or item, and growth of the JS heap under reads. Every measurement has a server of its own, started afresh: a
// heap that has already grown would hide what the next key costs.
import type { ProcessServer } from "../test/support/test-server.js";
import { sleep } from "../test/support/wait-for.js";
import type { Contender } from "./contenders.js";
import { sendRequests } from "./filler.js";
import { checkCount, GET_FIXED, GET_MISSING, readInfoNumber, runLoad, SET_FIXED } from "./loader.js";
import type { MemoryItem } from "./memory-items.js";
import { readRssBytes } from "./proc-stat.js";

/** Requests that let the JIT and the buffers settle before the first reading. */
const WARM_UP_REQUESTS = 100_000;
/** Few enough that what they leave behind does not count. */
const WARM_UP_ITEMS = 5_000;
const HEAP_KEYS = 100_000;
const HEAP_READINGS = 5;
/** Allocators and collectors give pages back a little later. */
const SETTLE_MS = 1_000;

/** Growth of resident memory per item. Undefined where /proc is missing. */
export async function measureBytesPerItem(
  contender: Contender,
  item: MemoryItem,
  items: number,
): Promise<number | undefined> {
  return withServer(contender, async (server) => {
    await runLoad(server, GET_MISSING, WARM_UP_REQUESTS, items);
    await sendRequests(server, item.fill("warm-up", WARM_UP_ITEMS));
    await sendRequests(server, [["FLUSHALL"]]);
    const before = await readSettledRss(server);
    await sendRequests(server, item.fill("key", items));
    await checkCount(server, item.count("key"), items);
    const after = await readSettledRss(server);
    return before === undefined || after === undefined ? undefined : (after - before) / items;
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
