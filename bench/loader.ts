// A load generator for runs where every request is known beforehand: distinct keys in order, replies of one fixed text.
// redis-benchmark cannot write exactly N distinct keys. The memory, heap and stall parts use it.
import { connect } from "node:net";
import { RespClient } from "../test/support/resp-client.js";
import { textOf } from "../test/support/resp-value.js";
import type { ProcessServer } from "../test/support/test-server.js";
import { withTimeout } from "../test/support/wait-for.js";
import { VALUE } from "./commands.js";

const BATCH_COMMANDS = 64;
const BATCHES_IN_FLIGHT = 8;
const LOAD_TIMEOUT_MS = 180_000;
const KEY_DIGITS = 12;

/** A command of fixed length whose key is "key:" and twelve digits, 16 bytes; and the one reply it gets. */
export interface FixedCommand {
  readonly before: string;
  readonly after: string;
  readonly reply: string;
}

export const SET_FIXED: FixedCommand = {
  before: "*3\r\n$3\r\nSET\r\n$16\r\nkey:",
  after: `\r\n$${VALUE.length}\r\n${VALUE}\r\n`,
  reply: "+OK\r\n",
};
export const GET_FIXED: FixedCommand = {
  before: "*2\r\n$3\r\nGET\r\n$16\r\nkey:",
  after: "\r\n",
  reply: `$${VALUE.length}\r\n${VALUE}\r\n`,
};
export const GET_MISSING: FixedCommand = { ...GET_FIXED, reply: "$-1\r\n" };

/**
 * Sends `count` commands for the keys 0 … keys-1, over and over, in batches. Every byte of every reply is compared: a
 * load that failed in part must not be measured.
 */
export async function runLoad(
  server: ProcessServer,
  command: FixedCommand,
  count: number,
  keys: number,
): Promise<void> {
  const batches = Array.from({ length: BATCHES_IN_FLIGHT }, () => makeBatch(command));
  const pattern = Buffer.from(command.reply.repeat(Math.ceil(1_048_576 / command.reply.length) + 1));
  const expectedBytes = count * command.reply.length;
  const socket = connect({ host: server.host, port: server.port, noDelay: true });
  let sent = 0;
  let receivedBytes = 0;

  /** A batch buffer is free again when the replies of the one sent BATCHES_IN_FLIGHT before it are in. */
  const sendMore = (): void => {
    const replied = Math.floor(receivedBytes / command.reply.length);
    while (sent < count && sent + BATCH_COMMANDS - replied <= BATCH_COMMANDS * BATCHES_IN_FLIGHT) {
      const batch = batches[(sent / BATCH_COMMANDS) % BATCHES_IN_FLIGHT];
      if (batch === undefined) throw new Error("no batch buffer");
      const size = Math.min(BATCH_COMMANDS, count - sent);
      for (let i = 0; i < size; i++) batch.putKey(i, (sent + i) % keys);
      socket.write(batch.bytes.subarray(0, size * batch.commandBytes));
      sent += size;
    }
  };
  const finished = new Promise<void>((resolve, reject) => {
    socket.once("connect", sendMore);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`${server.name} closed the connection during the load`)));
    socket.on("data", (chunk) => {
      const phase = receivedBytes % command.reply.length;
      receivedBytes += chunk.length;
      if (!chunk.equals(pattern.subarray(phase, phase + chunk.length)) || receivedBytes > expectedBytes) {
        reject(new Error(`${server.name} answered ${JSON.stringify(chunk.toString("latin1").slice(0, 200))}`));
      } else if (receivedBytes === expectedBytes) resolve();
      else sendMore();
    });
  });
  try {
    await withTimeout(`${count} requests to ${server.name}`, LOAD_TIMEOUT_MS, finished);
  } finally {
    socket.destroy();
  }
}

interface Batch {
  readonly bytes: Buffer;
  readonly commandBytes: number;
  putKey(index: number, key: number): void;
}

/** The commands of a batch stand in one buffer, and only the digits of their keys change: no string is made per key. */
function makeBatch({ before, after }: FixedCommand): Batch {
  const one = before + "0".repeat(KEY_DIGITS) + after;
  const bytes = Buffer.from(one.repeat(BATCH_COMMANDS), "latin1");
  const lastDigit = before.length + KEY_DIGITS - 1;
  return {
    bytes,
    commandBytes: one.length,
    putKey(index, key) {
      const end = index * one.length + lastDigit;
      let left = key;
      for (let at = end; at > end - KEY_DIGITS; at--) {
        bytes[at] = 0x30 + (left % 10);
        left = Math.floor(left / 10);
      }
    },
  };
}

/** Throws unless the server answers a request with this number. */
export async function checkCount(server: ProcessServer, words: readonly string[], expected: number): Promise<void> {
  const client = await RespClient.connect({ port: server.port });
  try {
    const answer = await client.ask(...words);
    if (answer !== `:${expected}`) throw new Error(`${server.name}: ${words.join(" ")} is ${answer}, not ${expected}`);
  } finally {
    await client.close();
  }
}

/** A number from INFO, or undefined where the server has no such field. */
export async function readInfoNumber(
  server: ProcessServer,
  section: string,
  field: string,
): Promise<number | undefined> {
  const client = await RespClient.connect({ port: server.port });
  try {
    const line = textOf(await client.call("INFO", section))
      .split("\r\n")
      .find((text) => text.startsWith(`${field}:`));
    return line === undefined ? undefined : Number(line.slice(field.length + 1));
  } finally {
    await client.close();
  }
}
