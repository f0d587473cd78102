// What the tests of the string commands share: a server with a client, and a look at how a key is kept.
import type { TestContext } from "node:test";
import { ENCODING_EMBSTR, ENCODING_INT, ENCODING_LARGE, ENCODING_RAW } from "#src/keyspace/record.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";

const ENCODINGS = new Map([
  [ENCODING_INT, "int"],
  [ENCODING_EMBSTR, "embstr"],
  [ENCODING_RAW, "raw"],
  [ENCODING_LARGE, "large"],
]);

export interface Fixture {
  readonly server: InProcessServer;
  readonly client: RespClient;
  /** The record of a key in database 0; 0 where there is none. */
  recordOf(key: string): number;
  encodingOf(key: string): string | undefined;
  /** Unix ms, -1 without one. */
  deadlineOf(key: string): number;
}

export async function startFixture(t: TestContext, config: Record<string, string> = {}): Promise<Fixture> {
  const server = await startInProcess({ config });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  const { keyspace } = server.pyredis.server;
  const recordOf = (key: string): number => {
    const bytes = new Uint8Array(Buffer.from(key));
    return keyspace.database(0).findKey(new DataView(bytes.buffer), 0, bytes.length);
  };
  return {
    server,
    client,
    recordOf,
    encodingOf: (key) => ENCODINGS.get(keyspace.records.encoding(recordOf(key))),
    deadlineOf: (key) => keyspace.records.deadline(recordOf(key)),
  };
}
