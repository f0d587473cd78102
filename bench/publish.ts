// What a PUBLISH costs the server, by the number of its receivers. One publisher sends in batches and waits for their
// replies; the subscribers count bytes, so that a message that got lost is a failure. main.ts calls it, by turns.
import { connect, type Socket } from "node:net";
import { encodeCommand } from "../test/support/resp-client.js";
import type { ProcessServer } from "../test/support/test-server.js";
import { withTimeout } from "../test/support/wait-for.js";
import { VALUE } from "./commands.js";
import { readCpuTimes } from "./proc-stat.js";

const RUN_TIMEOUT_MS = 120_000;
const CHANNEL = "news";

export interface PublishCase {
  readonly subscribers: number;
  readonly pipeline: number;
  readonly messages: number;
}

export interface PublishRun extends PublishCase {
  readonly server: string;
  readonly messagesPerSecond: number;
  readonly userUs: number | undefined;
  readonly systemUs: number | undefined;
}

/** Enough messages for about two seconds each. */
export function listPublishCases(scale: number): readonly PublishCase[] {
  const cases: PublishCase[] = [];
  for (const [subscribers, slow, fast] of [
    [0, 100_000, 2_000_000],
    [1, 60_000, 1_000_000],
    [100, 4_000, 100_000],
  ] as const) {
    cases.push({ subscribers, pipeline: 1, messages: Math.round(slow * scale) });
    cases.push({ subscribers, pipeline: 64, messages: Math.round(fast * scale) });
  }
  return cases;
}

export async function measurePublish(
  servers: readonly ProcessServer[],
  cases: readonly PublishCase[],
  rounds: number,
  log: (line: string) => void,
): Promise<PublishRun[]> {
  const runs: PublishRun[] = [];
  for (const one of cases) {
    for (const server of servers) await runOnce(server, { ...one, messages: Math.ceil(one.messages / 4) });
    for (let round = 1; round <= rounds; round++) {
      for (const server of servers) {
        const run = await runOnce(server, one);
        runs.push(run);
        const perSecond = Math.round(run.messagesPerSecond).toLocaleString("en");
        log(`PUBLISH to ${one.subscribers}, P=${one.pipeline} round ${round}: ${server.name} ${perSecond}/s`);
      }
    }
  }
  return runs;
}

async function runOnce(server: ProcessServer, { subscribers, pipeline, messages }: PublishCase): Promise<PublishRun> {
  const message = `*3\r\n$7\r\nmessage\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n$${VALUE.length}\r\n${VALUE}\r\n`;
  const listeners = await Promise.all(Array.from({ length: subscribers }, () => subscribe(server)));
  const publisher = await open(server);
  const reply = `:${subscribers}\r\n`;
  try {
    const before = readCpuTimes(server.pid);
    const started = performance.now();
    const received = listeners.map((listener) => listener.waitForBytes(messages * message.length));
    await publish(publisher, pipeline, messages, reply);
    await withTimeout("all messages to arrive", RUN_TIMEOUT_MS, Promise.all(received));
    const seconds = (performance.now() - started) / 1_000;
    const after = readCpuTimes(server.pid);
    const per = (a: number | undefined, b: number | undefined): number | undefined =>
      a === undefined || b === undefined ? undefined : (b - a) / messages;
    return {
      subscribers,
      pipeline,
      messages,
      server: server.name,
      messagesPerSecond: messages / seconds,
      userUs: per(before?.userUs, after?.userUs),
      systemUs: per(before?.systemUs, after?.systemUs),
    };
  } finally {
    publisher.destroy();
    for (const listener of listeners) listener.close();
  }
}

/** Sends batches of `pipeline` requests, each when the one before is answered, and compares every reply. */
function publish(socket: Socket, pipeline: number, messages: number, reply: string): Promise<void> {
  const request = encodeCommand(["PUBLISH", CHANNEL, VALUE]);
  const batch = Buffer.concat(Array.from({ length: pipeline }, () => request));
  const answer = Buffer.from(reply.repeat(pipeline));
  let sent = 0;
  let expectedBytes = 0;
  const done = new Promise<void>((resolve, reject) => {
    const send = (): void => {
      const count = Math.min(pipeline, messages - sent);
      if (count === 0) return resolve();
      sent += count;
      expectedBytes = count * reply.length;
      socket.write(batch.subarray(0, count * request.length));
    };
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      expectedBytes -= chunk.length;
      const isRight = expectedBytes > 0 || answer.subarray(answer.length - chunk.length).equals(chunk);
      if (expectedBytes < 0 || !isRight) reject(new Error(`PUBLISH answered ${chunk.toString("latin1")}`));
      else if (expectedBytes === 0) send();
    });
    send();
  });
  return withTimeout("the replies to PUBLISH", RUN_TIMEOUT_MS, done);
}

interface Listener {
  /** Resolves when so many bytes have come from now on. */
  waitForBytes(count: number): Promise<void>;
  close(): void;
}

async function subscribe(server: ProcessServer): Promise<Listener> {
  const socket = await open(server);
  let missing = 0;
  let onEnough: () => void = () => {};
  socket.on("data", (chunk) => {
    missing -= chunk.length;
    if (missing === 0) onEnough();
  });
  const waitForBytes = (count: number): Promise<void> => {
    missing += count;
    return new Promise((resolve) => {
      onEnough = resolve;
      if (missing === 0) resolve();
    });
  };
  const confirmed = waitForBytes(`*3\r\n$9\r\nsubscribe\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n:1\r\n`.length);
  socket.write(encodeCommand(["SUBSCRIBE", CHANNEL]));
  await withTimeout("SUBSCRIBE", RUN_TIMEOUT_MS, confirmed);
  return { waitForBytes, close: () => socket.destroy() };
}

function open(server: ProcessServer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.host, port: server.port, noDelay: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}
