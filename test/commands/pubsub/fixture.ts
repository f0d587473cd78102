// What the tests of pub/sub share: a server, clients on it, and what has come to a client so far.
import { connect as connectSocket } from "node:net";
import type { TestContext } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { Arg, ConnectOptions, RespClient } from "../../support/resp-client.js";
import { RespParser } from "../../support/resp-parser.js";
import { fmt } from "../../support/resp-value.js";
import { withTimeout } from "../../support/wait-for.js";

export interface Fixture {
  readonly server: InProcessServer;
  /** Publishes and asks; it never subscribes. */
  readonly client: RespClient;
  connect(options?: ConnectOptions): Promise<RespClient>;
  publish(channel: Arg, message: Arg): Promise<string>;
}

export async function startFixture(t: TestContext, config: Record<string, string> = {}): Promise<Fixture> {
  const server = await startInProcess({ config });
  t.after(() => server.close());
  const connect = async (options: ConnectOptions = {}): Promise<RespClient> => {
    const client = await server.connect(options);
    t.after(() => client.close());
    return client;
  };
  const client = await connect();
  return { server, client, connect, publish: (channel, message) => client.ask("PUBLISH", channel, message) };
}

/** Sends a command of the family and gives its confirmations, one for each name. */
export async function confirm(client: RespClient, resp: 2 | 3, count: number, ...words: Arg[]): Promise<string[]> {
  client.send(...words);
  return take(client, resp, count);
}

/** The next messages: pushes under RESP3, replies under RESP2. */
export async function take(client: RespClient, resp: 2 | 3, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push(fmt(await (resp === 3 ? client.readPush() : client.readReply())));
  return taken;
}

/** Fails a test that finds more than it took: asks for a reply, which comes behind everything before it. */
export async function hasNothingLeft(client: RespClient): Promise<boolean> {
  await client.call("PING");
  return client.unreadPushes.length === 0 && client.unreadReplies.length === 0;
}

/** Sends inline requests and gives replies and pushes in the order in which they come, which RespClient keeps apart. */
export async function converse(port: number, requests: string, count: number): Promise<string[]> {
  const socket = connectSocket({ host: "127.0.0.1", port });
  const parser = new RespParser();
  const answers: string[] = [];
  const all = new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      parser.push(chunk);
      for (let reply = parser.next(); reply !== undefined; reply = parser.next()) answers.push(fmt(reply));
      if (answers.length >= count) resolve();
    });
  });
  socket.write(requests);
  try {
    await withTimeout(`${count} answers`, 5_000, all);
  } finally {
    socket.destroy();
  }
  return answers;
}
