// Sends requests that are made one by one and of any form: fills before a run, and the values whose size is measured.
// loader.ts is for millions of requests of one fixed form.
import { connect } from "node:net";
import type { ProcessServer } from "../test/support/test-server.js";
import { withTimeout } from "../test/support/wait-for.js";

export type Request = readonly string[];

const BATCH_BYTES = 65536;
/** Requests that may be without a reply. */
const WINDOW = 4096;
const FILL_TIMEOUT_MS = 180_000;
const [LF, MINUS, DOLLAR] = [10, 45, 36];

/** Waits for all replies, which must be integers, states or single bulk strings. Throws at an error. */
export async function sendRequests(server: ProcessServer, requests: Iterable<Request>): Promise<void> {
  const source = requests[Symbol.iterator]();
  const socket = connect({ host: server.host, port: server.port, noDelay: true });
  let sent = 0;
  let replied = 0;
  let isDone = false;
  const finished = new Promise<void>((resolve, reject) => {
    const sendMore = (): void => {
      while (!isDone && sent - replied < WINDOW) {
        let batch = "";
        while (batch.length < BATCH_BYTES) {
          const { value, done } = source.next();
          if (done === true) {
            isDone = true;
            break;
          }
          batch += encode(value);
          sent++;
        }
        if (batch !== "") socket.write(batch, "latin1");
      }
      if (isDone && replied === sent) resolve();
    };
    // A reply is a line, or two when the first one is the header of a bulk string.
    let isLineStart = true;
    let isHeader = false;
    const countReplies = (chunk: Buffer): void => {
      for (let at = 0; at < chunk.length; at++) {
        if (isLineStart) {
          if (chunk[at] === MINUS) throw new Error(`${server.name} answered ${chunk.toString("latin1", at, at + 200)}`);
          isHeader = !isHeader && chunk[at] === DOLLAR;
          isLineStart = false;
        }
        if (chunk[at] !== LF) continue;
        isLineStart = true;
        if (!isHeader) replied++;
      }
    };
    socket.once("connect", sendMore);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`${server.name} closed the connection during a fill`)));
    socket.on("data", (chunk) => {
      try {
        countReplies(chunk);
        sendMore();
      } catch (error) {
        reject(error);
      }
    });
  });
  try {
    await withTimeout(`the fill of ${server.name}`, FILL_TIMEOUT_MS, finished);
  } finally {
    socket.destroy();
  }
}

function encode(words: Request): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) text += `$${word.length}\r\n${word}\r\n`;
  return text;
}
