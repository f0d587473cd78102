// Caches that clients keep with the help of CLIENT TRACKING never hold what is not so: random reads and writes of
// clients in all modes, with expiry, eviction from the table, transactions, and clients that come and go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { Random } from "../support/random.js";
import type { Command, RespClient } from "../support/resp-client.js";
import { fmt, intOf, itemsOf, type Reply, textOf } from "../support/resp-value.js";

const KEYS = Array.from({ length: 12 }, (_, i) => `${"abc"[i % 3]}:${i}`);
const MODES = ["usual", "noloop", "optin", "optout", "bcast", "redirect"] as const;
type Mode = (typeof MODES)[number];

/** A client that keeps what it reads until it is told not to. */
class CachingClient {
  readonly mode: Mode;
  readonly client: RespClient;
  /** Gets the messages: another connection in mode "redirect". */
  readonly receiver: RespClient;
  readonly cache = new Map<string, string>();

  private constructor(mode: Mode, client: RespClient, receiver: RespClient) {
    this.mode = mode;
    this.client = client;
    this.receiver = receiver;
  }

  static async connect(server: InProcessServer, mode: Mode): Promise<CachingClient> {
    const client = await server.connect({ resp: 3 });
    const receiver = mode === "redirect" ? await server.connect({ resp: 3 }) : client;
    const options: Record<Mode, readonly string[]> = {
      usual: [],
      noloop: ["NOLOOP"],
      optin: ["OPTIN"],
      optout: ["OPTOUT"],
      bcast: ["BCAST", "PREFIX", "a", "PREFIX", "b", "PREFIX", "c"],
      redirect: ["REDIRECT", String(intOf(await receiver.call("CLIENT", "ID")))],
    };
    assert.equal(await client.ask("CLIENT", "TRACKING", "ON", ...options[mode]), "+OK");
    return new CachingClient(mode, client, receiver);
  }

  async read(keys: readonly string[], isCached: boolean): Promise<void> {
    if (this.mode === "optin" && isCached) await this.client.call("CLIENT", "CACHING", "YES");
    if (this.mode === "optout" && !isCached) await this.client.call("CLIENT", "CACHING", "NO");
    const values = itemsOf(await this.client.call("MGET", ...keys));
    const keeps = this.mode === "optin" || this.mode === "optout" ? isCached : true;
    if (keeps) for (const [i, key] of keys.entries()) this.cache.set(key, fmt(values[i] as Reply));
    await this.hear();
  }

  async write(...commands: readonly Command[]): Promise<void> {
    await this.client.pipeline(commands);
    // With NOLOOP a client is not told of its own changes.
    if (this.mode === "noloop") for (const words of commands) for (const word of words) this.cache.delete(String(word));
    await this.hear();
  }

  /** Takes all messages that have come. */
  async hear(): Promise<void> {
    await this.receiver.call("PING");
    while (this.receiver.unreadPushes.length > 0) {
      const [kind, keys] = itemsOf(await this.receiver.readPush());
      assert.equal(kind && textOf(kind), "invalidate");
      if (keys?.kind === "null") this.cache.clear();
      else for (const key of keys ? itemsOf(keys) : []) this.cache.delete(textOf(key));
    }
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.receiver.close();
  }
}

function makeWrites(random: Random): readonly Command[] {
  const key = (): string => random.pick(KEYS);
  const write = (): Command =>
    random.weighted<Command>([
      [4, ["SET", key(), String(random.int(0, 99))]],
      [2, ["SET", key(), "soon gone", "PX", String(random.int(1, 300))]],
      [2, ["MSET", key(), "1", key(), "2"]],
      [2, ["DEL", key(), key()]],
      [1, ["RENAME", key(), key()]],
      [1, ["COPY", key(), key(), "REPLACE"]],
      [1, ["APPEND", key(), "x"]],
      [1, ["PEXPIRE", key(), String(random.int(-5, 300))]],
    ]);
  if (random.oneIn(40)) return [["FLUSHALL"]];
  if (random.oneIn(5)) return [["MULTI"], ...random.list(1, 4, write), ["EXEC"]];
  return random.list(1, 3, write);
}

for (const [seed, maxKeys] of [
  [1, "1000000"],
  [2, "5"],
] as const) {
  test(`no cache holds what is not so, with tracking-table-max-keys ${maxKeys}`, async (t) => {
    const arenaChecks = new ArenaChecks();
    const config = { "tracking-table-max-keys": maxKeys, "enable-debug-command": "yes" };
    const server = await startInProcess({ config, seed, arenaChecks });
    t.after(() => server.close());
    const random = new Random(seed);
    const truth = await server.connect({ resp: 3 });
    const clients = await Promise.all(MODES.map((mode) => CachingClient.connect(server, mode)));
    let checked = 0;
    for (let step = 0; step < 1500; step++) {
      const at = random.int(0, clients.length - 1);
      const client = clients[at];
      assert.ok(client);
      const action = random.int(0, 19);
      if (action < 10)
        await client.read(
          random.list(1, 4, () => random.pick(KEYS)),
          random.oneIn(2),
        );
      else if (action < 17) await client.write(...makeWrites(random));
      else if (action === 17) server.clock.advance(random.int(1, 200));
      else if (action === 18) server.pyredis.server.cron.tick();
      else if (random.oneIn(4)) {
        await client.close();
        clients[at] = await CachingClient.connect(server, client.mode);
      }
      if (step % 10 !== 0) continue;
      // Who meets an expired key deletes it, and then the others hear of it.
      const values = new Map<string, string>();
      for (const key of KEYS) values.set(key, await truth.ask("GET", key));
      for (const each of clients) {
        await each.hear();
        for (const [key, value] of each.cache) {
          assert.equal(value, values.get(key), `${key} in the cache of mode ${each.mode}, step ${step}`);
          checked++;
        }
      }
    }
    assert.ok(checked > 500, `${checked}`);
    for (const client of clients) await client.close();
    await truth.close();
    arenaChecks.verify(server.pyredis.server.keyspace.arena);
  });
}
