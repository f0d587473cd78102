// What comes back of deleted data: the resident set after most keys were deleted at random, after FLUSHALL, and after a
// slow reader is gone. Every run has a server of its own; redis-server with and without activedefrag, where its build has that.
import { connect } from "node:net";
import { RespClient } from "../test/support/resp-client.js";
import type { ProcessServer } from "../test/support/test-server.js";
import { sleep } from "../test/support/wait-for.js";
import type { Contender } from "./contenders.js";
import { sendRequests } from "./filler.js";
import { checkCount, readInfoNumber, runLoad, SET_FIXED } from "./loader.js";
import { withServer } from "./memory.js";
import { readRssBytes } from "./proc-stat.js";

const DELETED_SHARE = 0.9;
const SETTLE_MS = 60_000;
const FLUSH_SETTLE_MS = 10_000;
const SLOW_REPLY_BYTES = 100_000;
const SLOW_REPLIES = 2000;
const SLOW_WAIT_MS = 3000;

export interface ReturnRun {
  readonly server: string;
  readonly activeDefrag: boolean;
  /** Resident bytes: of the empty server, with all keys, a minute after the deletes, and after FLUSHALL. */
  readonly empty: number | undefined;
  readonly full: number | undefined;
  readonly left: number | undefined;
  readonly flushed: number | undefined;
  /** With unread replies, and after their client has gone. */
  readonly unread: number | undefined;
  readonly gone: number | undefined;
  /** used_memory after the deletes: what the server says it holds. */
  readonly used: number | undefined;
}

export async function measureReturn(
  contenders: readonly Contender[],
  keys: number,
  log: (line: string) => void,
): Promise<ReturnRun[]> {
  const runs: ReturnRun[] = [];
  for (const contender of contenders) {
    for (const activeDefrag of [false, true]) {
      const run = await withServer(contender, (server) => measureOne(server, contender.name, activeDefrag, keys));
      if (run === undefined) {
        log(`memory-return: this ${contender.name} has no activedefrag`);
        continue;
      }
      runs.push(run);
      log(`memory-return: ${contender.name}, activedefrag ${activeDefrag ? "yes" : "no"}: ${JSON.stringify(run)}`);
    }
  }
  return runs;
}

/** Undefined where the server refuses activedefrag. */
async function measureOne(
  server: ProcessServer,
  name: string,
  activeDefrag: boolean,
  keys: number,
): Promise<ReturnRun | undefined> {
  if (activeDefrag && !(await enableDefrag(server))) return undefined;
  const rss = (): number | undefined => readRssBytes(server.pid);
  const empty = rss();
  await runLoad(server, SET_FIXED, keys, keys);
  const full = rss();
  const deleted = { count: 0 };
  await sendRequests(server, drawDeletes(keys, deleted));
  await checkCount(server, ["DBSIZE"], keys - deleted.count);
  await sleep(SETTLE_MS);
  const left = rss();
  const used = await readInfoNumber(server, "memory", "used_memory");
  await sendRequests(server, [["FLUSHALL"]]);
  await sleep(FLUSH_SETTLE_MS);
  const flushed = rss();
  const unread = await holdReplies(server);
  await sleep(FLUSH_SETTLE_MS);
  return { server: name, activeDefrag, empty, full, left, flushed, unread, gone: rss(), used };
}

async function enableDefrag(server: ProcessServer): Promise<boolean> {
  const client = await RespClient.connect({ port: server.port });
  try {
    return (await client.ask("CONFIG", "SET", "activedefrag", "yes")) === "+OK";
  } finally {
    await client.close();
  }
}

/** Nine of ten keys, drawn by a generator of its own: the same ones each time. */
function* drawDeletes(keys: number, deleted: { count: number }): Generator<readonly string[]> {
  let state = 0x2545f491;
  for (let key = 0; key < keys; key++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if ((state >>> 0) / 2 ** 32 >= DELETED_SHARE) continue;
    deleted.count++;
    yield ["DEL", `key:${String(key).padStart(12, "0")}`];
  }
}

/** A client asks for 200 MB and reads nothing; the resident set then. It is gone afterwards. */
async function holdReplies(server: ProcessServer): Promise<number | undefined> {
  await sendRequests(server, [["SET", "large", "x".repeat(SLOW_REPLY_BYTES)]]);
  const socket = connect({ host: server.host, port: server.port });
  socket.on("error", () => {});
  socket.pause();
  socket.write("GET large\r\n".repeat(SLOW_REPLIES));
  await sleep(SLOW_WAIT_MS);
  const rss = readRssBytes(server.pid);
  socket.destroy();
  return rss;
}
