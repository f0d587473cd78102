// What the tests of commands on values of many blocks share: a server whose arena is checked, and gives all memory
// back at the end.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { EffectsRecorder } from "./effects-recorder.js";
import { type InProcessServer, startInProcess } from "./in-process.js";
import type { ConnectOptions, RespClient } from "./resp-client.js";

export interface Fixture {
  readonly server: InProcessServer;
  readonly client: RespClient;
  readonly recorder: EffectsRecorder;
  /** A further client, which closes with the test. */
  connect(options?: ConnectOptions): Promise<RespClient>;
  /** Runs commands in order, each a line of words, and compares each reply's text. */
  expect(...lines: readonly (readonly [command: string, reply: string])[]): Promise<void>;
}

/** At the end of the test every block that the dataset took must have been given back. */
export async function startFixture(t: TestContext, config: Record<string, string> = {}): Promise<Fixture> {
  const arenaChecks = new ArenaChecks();
  const server = await startInProcess({ config: { "enable-debug-command": "yes", ...config }, arenaChecks });
  const { keyspace } = server.pyredis.server;
  const emptyBytes = keyspace.arena.usedBytes;
  const client = await server.connect();
  t.after(async () => {
    assert.equal(await client.ask("FLUSHALL"), "+OK");
    arenaChecks.verify(keyspace.arena);
    const leaked = keyspace.arena.usedBytes - emptyBytes;
    await client.close();
    await server.close();
    assert.equal(leaked, 0, `${leaked} bytes of the arena were not given back`);
  });
  return {
    server,
    client,
    recorder: new EffectsRecorder(server),
    connect: async (options = {}) => {
      const further = await server.connect(options);
      t.after(() => further.close());
      return further;
    },
    expect: async (...lines) => {
      for (const [command, reply] of lines) {
        assert.equal(
          await client.ask(...command.split(" ").map((word) => (word === "''" ? "" : word))),
          reply,
          command,
        );
      }
    },
  };
}
