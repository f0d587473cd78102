// What the tests of the commands on keys share: a server with a client, and a record of what it tells others.
import type { TestContext } from "node:test";
import { EffectsRecorder } from "../../support/effects-recorder.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";

export interface Fixture {
  readonly server: InProcessServer;
  readonly client: RespClient;
  readonly recorder: EffectsRecorder;
}

export async function startFixture(t: TestContext, config: Record<string, string> = {}): Promise<Fixture> {
  const server = await startInProcess({ config });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  return { server, client, recorder: new EffectsRecorder(server) };
}
