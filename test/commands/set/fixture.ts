// What the tests of the set commands share: a server whose arena is checked, and gives all memory back at the end.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { EffectsRecorder } from "../../support/effects-recorder.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { Arg, ConnectOptions, RespClient } from "../../support/resp-client.js";
import { fmt, itemsOf, type Reply } from "../../support/resp-value.js";

export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";

export interface Fixture {
  readonly server: InProcessServer;
  readonly client: RespClient;
  readonly recorder: EffectsRecorder;
  connect(options?: ConnectOptions): Promise<RespClient>;
  /** The members in an answer, sorted. */
  sorted(...command: readonly Arg[]): Promise<string[]>;
  members(key: string): Promise<string[]>;
  encoding(key: string): Promise<string>;
}

/** At the end of the test every block that the dataset took must have been given back. */
export async function startFixture(t: TestContext, config: Record<string, string> = {}): Promise<Fixture> {
  const arenaChecks = new ArenaChecks();
  const server = await startInProcess({ config: { "enable-debug-command": "yes", ...config }, arenaChecks });
  const { keyspace } = server.pyredis.server;
  const emptyBytes = keyspace.arena.usedBytes;
  const client = await server.connect();
  t.after(async () => {
    assert.equal(await client.ask("FLUSHALL", "SYNC"), "+OK");
    keyspace.lazyFree.run(() => false);
    arenaChecks.verify(keyspace.arena);
    const leaked = keyspace.arena.usedBytes - emptyBytes;
    await client.close();
    await server.close();
    assert.equal(leaked, 0, `${leaked} bytes of the arena were not given back`);
  });
  const sorted = async (...command: readonly Arg[]): Promise<string[]> =>
    listTexts(await client.call(...command)).sort();
  return {
    server,
    client,
    recorder: new EffectsRecorder(server),
    connect: async (options = {}) => {
      const further = await server.connect(options);
      t.after(() => further.close());
      return further;
    },
    sorted,
    members: (key) => sorted("SMEMBERS", key),
    encoding: async (key) => (await client.ask("OBJECT", "ENCODING", key)).replace(/^\$"|"$/g, ""),
  };
}

export function listTexts(reply: Reply): string[] {
  return itemsOf(reply).map((item) => {
    if (item.kind !== "bulk") throw new TypeError(`expected a bulk string, got ${fmt(item)}`);
    return item.bytes.toString("latin1");
  });
}

export function range(from: number, to: number, prefix = ""): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${from + i}`);
}

/** Members that make a set of each encoding under the default limits. */
export const EXAMPLES: readonly (readonly [encoding: string, members: readonly string[]])[] = [
  ["intset", ["1", "-2", "70000", "9223372036854775807", "-9223372036854775808", "9007199254740993"]],
  ["listpack", ["a", "", "12", "-9223372036854775808", "\r\n", "9223372036854775808", "x".repeat(64)]],
  ["hashtable", ["b", "", "7", "x".repeat(65), "y".repeat(254), "z".repeat(255), "w".repeat(70_000)]],
];

/** The chi-square test of counts that should all be `expected`: fails a fair source once in 10^11 runs. */
export function assertUniform(counts: readonly number[], expected: number, message: string): void {
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  // Wilson-Hilferty: the cube root of chi-square by its degrees of freedom is nearly normal.
  const spread = 2 / (9 * freedom);
  const deviations = (Math.cbrt(chiSquare / freedom) - (1 - spread)) / Math.sqrt(spread);
  assert.ok(deviations < 7, `${message}: chi-square ${chiSquare.toFixed(1)} of ${freedom} degrees of freedom`);
}
