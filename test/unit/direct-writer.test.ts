// The direct writer on real loopback sockets: order, what the kernel does not take at once, ends.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { DirectWriter } from "#src/server/direct-writer.js";
import { waitFor } from "../support/wait-for.js";

const MANY_BYTES = 32 * 1024 * 1024;

interface Pair {
  readonly ours: Socket;
  readonly peer: Socket;
}

async function openPair(t: TestContext): Promise<Pair> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const peer = connect(address.port, "127.0.0.1");
  await once(peer, "connect");
  const [ours] = await accepted;
  t.after(() => {
    ours.destroy();
    peer.destroy();
    server.close();
  });
  return { ours, peer };
}

function makeWriter(socket: Socket, onDone: (status: number) => void = () => {}): DirectWriter {
  const { _handle: handle } = socket as unknown as { _handle: unknown };
  const writer = DirectWriter.tryCreate(handle, onDone);
  assert.ok(writer !== null);
  return writer;
}

/** A writer that may write: the first write through the stream has shown what a request is. */
async function makeReadyWriter({ ours, peer }: Pair, onDone?: (status: number) => void): Promise<DirectWriter> {
  const writer = makeWriter(ours, onDone);
  ours.write(Buffer.from("first"));
  const [bytes] = (await once(peer, "data")) as [Buffer];
  assert.equal(bytes.toString(), "first");
  assert.equal(writer.isReady, true);
  return writer;
}

/** Reads until so many bytes are there. */
async function readBytes(peer: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  peer.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
  });
  peer.resume();
  await waitFor("all bytes", () => length >= bytes, { timeoutMs: 20_000 });
  return Buffer.concat(chunks);
}

test("what is written arrives in order, one buffer or several", async (t) => {
  const pair = await openPair(t);
  const writer = await makeReadyWriter(pair);
  assert.equal(writer.write(Buffer.from("a")), 0);
  assert.equal(writer.writeMany([Buffer.from("b"), Buffer.from("c")]), 0);
  assert.equal(writer.pendingBytes, 0);
  assert.equal((await readBytes(pair.peer, 3)).toString(), "abc");
});

for (const many of [false, true]) {
  const kind = many ? "several buffers" : "a buffer";
  test(`${kind} too large for the kernel pend; what the stream writes meanwhile follows`, async (t) => {
    const pair = await openPair(t);
    pair.peer.pause();
    const statuses: number[] = [];
    const writer = makeWriter(pair.ours, (status) => statuses.push(status));
    pair.ours.write(Buffer.from("first"));
    const head = Buffer.alloc(MANY_BYTES / 2, "x");
    const tail = Buffer.alloc(MANY_BYTES / 2, "y");
    const status = many ? writer.writeMany([head, tail]) : writer.write(Buffer.concat([head, tail]));
    assert.equal(status, 0);
    assert.equal(writer.pendingBytes, MANY_BYTES);
    assert.equal(writer.isReady, false);
    pair.ours.write(Buffer.from("last"));
    const got = await readBytes(pair.peer, 5 + MANY_BYTES + 4);
    assert.equal(got.length, 5 + MANY_BYTES + 4);
    assert.equal(got.subarray(0, 6).toString(), "firstx");
    assert.equal(got.subarray(4 + MANY_BYTES / 2, 6 + MANY_BYTES / 2).toString(), "xy");
    assert.equal(got.subarray(-5).toString(), "ylast");
    await waitFor("the end of the write", () => statuses.length > 0);
    assert.deepEqual(statuses, [0]);
    assert.equal(writer.pendingBytes, 0);
    assert.equal(writer.isReady, true);
  });
}

test("a pending write that the peer ends is done with an error", async (t) => {
  const pair = await openPair(t);
  const statuses: number[] = [];
  const writer = await makeReadyWriter(pair, (status) => statuses.push(status));
  pair.peer.pause();
  pair.ours.on("error", () => {});
  assert.equal(writer.write(Buffer.alloc(MANY_BYTES)), 0);
  pair.peer.resetAndDestroy();
  await waitFor("the end of the write", () => statuses.length > 0);
  assert.ok((statuses[0] ?? 0) < 0);
});

test("a handle of another kind has no direct writer", () => {
  for (const handle of [null, undefined, {}, { writeBuffer() {} }, 3]) {
    assert.equal(
      DirectWriter.tryCreate(handle, () => {}),
      null,
    );
  }
});
