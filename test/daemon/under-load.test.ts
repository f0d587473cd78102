// The ends of a server that is being written to: asked to end, and killed.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeTestDirectory, removeTestDirectory } from "../support/child-process.js";
import { startPyRedisProcess } from "../support/pyredis-process.js";
import { waitFor } from "../support/wait-for.js";

const REQUEST = "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";
const BATCH = REQUEST.repeat(100);

interface Writer {
  readonly socket: Socket;
  readonly replies: () => string;
  readonly closed: () => boolean;
}

/** A client that writes batches of INCR for as long as it is connected, 100 at a time. */
function startWriter(t: TestContext, port: number): Writer {
  const socket = createConnection({ port, host: "127.0.0.1" });
  let replies = "";
  let closed = false;
  let counted = 0;
  socket.on("connect", () => socket.write(BATCH));
  socket.on("data", (chunk: Buffer) => {
    replies += chunk.toString("latin1");
    const lines = replies.split("\r\n").length - 1;
    if (lines >= counted + 100) {
      counted += 100;
      socket.write(BATCH);
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  t.after(() => socket.destroy());
  return { socket, replies: () => replies, closed: () => closed };
}

test("SIGTERM while clients write: exit code 0, and every reply is whole and in order", async (t) => {
  const server = await startPyRedisProcess();
  t.after(() => server.close());
  const writers = [1, 2, 3, 4].map(() => startWriter(t, server.port));
  await waitFor("every client has been answered", () => writers.every((writer) => writer.replies().length > 5000));
  server.process.kill("SIGTERM");
  await server.process.waitForExit();
  assert.equal(server.process.exitCode, 0);
  await waitFor("every client is disconnected", () => writers.every((writer) => writer.closed()));
  const seen = new Set<number>();
  for (const writer of writers) {
    const lines = writer.replies().split("\r\n");
    // What follows the last line break is a reply that was cut, or nothing; the rest are numbers that grow.
    lines.pop();
    let previous = 0;
    for (const line of lines) {
      assert.match(line, /^:\d+$/);
      const value = Number(line.slice(1));
      assert.ok(value > previous, `${value} after ${previous}`);
      assert.ok(!seen.has(value), `${value} was answered twice`);
      seen.add(value);
      previous = value;
    }
  }
});

test("kill -9 while clients write leaves nothing that keeps the next server from starting", async (t) => {
  const directory = makeTestDirectory();
  t.after(() => removeTestDirectory(directory));
  const config = { unixsocket: join(directory, "server.sock"), pidfile: join(directory, "server.pid") };
  const first = await startPyRedisProcess({ config });
  t.after(() => first.close());
  const writer = startWriter(t, first.port);
  await waitFor("the client has been answered", () => writer.replies().length > 5000);
  first.process.kill("SIGKILL");
  await first.process.waitForExit();
  assert.ok(existsSync(config.unixsocket) && existsSync(config.pidfile), "the killed server left its files");
  const second = await startPyRedisProcess({ config });
  t.after(() => second.close());
  // Its TCP port answers first.
  const client = await waitFor("the unix socket", () => second.connect({ path: config.unixsocket }));
  assert.equal(await client.ask("PING"), "+PONG");
  await client.close();
});
