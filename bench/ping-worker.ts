// The thread that stall.ts starts: sends PING, waits for the answer, and notes how long it took, until it is told to
// stop. It reports once when the first answer is in, and once at the end.
import { connect } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const { host, port } = workerData as { host: string; port: number };
const PING = Buffer.from("*1\r\n$4\r\nPING\r\n");
const PONG = "+PONG\r\n";

/** Bucket n counts latencies of n … n+1 hundredths of a millisecond; the last one all above a second. */
const BUCKET_MS = 0.01;
const buckets = new Uint32Array(100_001);
let count = 0;
let maxMs = 0;
let sentAt = 0;
let isStopped = false;

const socket = connect({ host, port, noDelay: true });

function sendPing(): void {
  sentAt = performance.now();
  socket.write(PING);
}

function note(latencyMs: number): void {
  count++;
  maxMs = Math.max(maxMs, latencyMs);
  const bucket = Math.min(Math.floor(latencyMs / BUCKET_MS), buckets.length - 1);
  buckets[bucket] = (buckets[bucket] ?? 0) + 1;
}

function percentile(share: number): number {
  let left = count * share;
  for (const [bucket, size] of buckets.entries()) {
    left -= size;
    if (left <= 0) return Math.min(bucket * BUCKET_MS, maxMs);
  }
  return maxMs;
}

let isFirst = true;
socket.once("connect", sendPing);
socket.on("data", (chunk) => {
  if (chunk.toString("latin1") !== PONG) throw new Error(`PING was answered ${JSON.stringify(chunk.toString())}`);
  // The first answer pays for the connection.
  if (isFirst) parentPort?.postMessage("started");
  else note(performance.now() - sentAt);
  isFirst = false;
  if (isStopped) finish();
  else sendPing();
});

function finish(): void {
  socket.destroy();
  parentPort?.postMessage({ count, maxMs, p999Ms: percentile(0.999) });
  parentPort?.close();
}

parentPort?.on("message", () => {
  isStopped = true;
});
