// The direct writer on real loopback sockets: order, what the kernel does not take at once, ends.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { DirectWriter, learnWriteProtocol } from "#src/server/internals/direct-writer.js";
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

function handleOf(socket: Socket): object {
  return (socket as unknown as { _handle: object })._handle;
}

/** A writer, after the first write through the stream, which has shown what a request is. */
async function makeWriter({ ours, peer }: Pair, onDone: (status: number) => void = () => {}): Promise<DirectWriter> {
  const handle = handleOf(ours);
  const protocol = learnWriteProtocol(handle, () => ours.write(Buffer.from("first")));
  const [bytes] = (await once(peer, "data")) as [Buffer];
  assert.equal(bytes.toString(), "first");
  const writer = DirectWriter.tryCreate(handle, protocol, onDone);
  assert.ok(writer !== null);
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

test("what is written arrives in order, one buffer or several, and nothing is written of nothing", async (t) => {
  const pair = await openPair(t);
  const writer = await makeWriter(pair);
  assert.equal(writer.write([Buffer.from("a")]), 0);
  for (const nothing of [[], [Buffer.alloc(0)], [Buffer.alloc(0), Buffer.alloc(0)]]) {
    assert.equal(writer.write(nothing), 0);
  }
  assert.equal(writer.write([Buffer.from("b"), Buffer.alloc(0), Buffer.from("c")]), 0);
  assert.equal(writer.pendingBytes, 0);
  assert.equal((await readBytes(pair.peer, 3)).toString(), "abc");
});

for (const many of [false, true]) {
  const kind = many ? "several buffers" : "a buffer";
  test(`${kind} too large for the kernel pend; what the stream writes meanwhile follows`, async (t) => {
    const pair = await openPair(t);
    const statuses: number[] = [];
    const writer = await makeWriter(pair, (status) => statuses.push(status));
    pair.peer.pause();
    const head = Buffer.alloc(MANY_BYTES / 2, "x");
    const tail = Buffer.alloc(MANY_BYTES / 2, "y");
    assert.equal(writer.write(many ? [head, tail] : [Buffer.concat([head, tail])]), 0);
    assert.equal(writer.pendingBytes, MANY_BYTES);
    pair.ours.write(Buffer.from("last"));
    const got = await readBytes(pair.peer, MANY_BYTES + 4);
    assert.equal(got.length, MANY_BYTES + 4);
    assert.equal(got.subarray(0, 1).toString(), "x");
    assert.equal(got.subarray(MANY_BYTES / 2 - 1, MANY_BYTES / 2 + 1).toString(), "xy");
    assert.equal(got.subarray(-5).toString(), "ylast");
    await waitFor("the end of the write", () => statuses.length > 0);
    assert.deepEqual(statuses, [0]);
    assert.equal(writer.pendingBytes, 0);
  });
}

test("a pending write that the peer ends is done with an error", async (t) => {
  const pair = await openPair(t);
  const statuses: number[] = [];
  const writer = await makeWriter(pair, (status) => statuses.push(status));
  pair.peer.pause();
  pair.ours.on("error", () => {});
  assert.equal(writer.write([Buffer.alloc(MANY_BYTES)]), 0);
  pair.peer.resetAndDestroy();
  await waitFor("the end of the write", () => statuses.length > 0);
  assert.ok((statuses[0] ?? 0) < 0);
});

test("a handle that answers what is not known throws, and does not pass for written", async (t) => {
  const pair = await openPair(t);
  const handle = handleOf(pair.ours);
  const protocol = learnWriteProtocol(handle, () => pair.ours.write(Buffer.from("first")));
  for (const answer of [undefined, null, "0", 0n, true]) {
    Object.assign(handle, { writeBuffer: () => answer });
    const writer = DirectWriter.tryCreate(handle, protocol, () => {});
    assert.throws(() => writer?.write([Buffer.from("x")]), /a write was answered with/);
  }
});

test("the protocol of a handle that is called in another way is not learned", async (t) => {
  const pair = await openPair(t);
  const handle = handleOf(pair.ours);
  const { writeBuffer } = handle as { writeBuffer: (...words: unknown[]) => unknown };
  const callWith = (...words: unknown[]) => {
    const current = (handle as { writeBuffer: (...words: unknown[]) => unknown }).writeBuffer;
    current(...words);
  };
  for (const words of [[], [undefined, Buffer.from("x")], [{}, Buffer.from("x")], ["x", {}], [Buffer.from("x")]]) {
    Object.assign(handle, { writeBuffer: () => 0 });
    assert.throws(() => learnWriteProtocol(handle, () => callWith(...words)));
  }
  assert.throws(() => learnWriteProtocol(handle, () => {}), /does not write by/);
  Object.assign(handle, { writeBuffer });
});

test("a handle of another kind has no direct writer", () => {
  for (const handle of [null, undefined, {}, { writeBuffer() {} }, 3]) {
    assert.equal(
      DirectWriter.tryCreate(handle, "handle-makes-it", () => {}),
      null,
    );
    assert.throws(() => learnWriteProtocol(handle, () => {}), /there is no writeBuffer/);
  }
});

test("a request is never used twice: the kernel may have taken a write in two goes, and its request is still due", () => {
  class Request {
    oncomplete: ((status: number) => void) | null = null;
    buffer: unknown = null;
  }
  const due = new Set<Request>();
  // As libuv does when the second try, right behind the first, takes the rest: nothing waits, and the request is due.
  const take = (request: Request): number => {
    assert.ok(!due.has(request), "Node ends the process here");
    due.add(request);
    return 0;
  };
  const handle = { writeBuffer: take, writev: take, writeQueueSize: 0 };
  const done: number[] = [];
  const writer = DirectWriter.tryCreate(handle, { Request }, (status) => void done.push(status));
  assert.ok(writer !== null);
  const part = Buffer.from("x");
  assert.equal(writer.write([part, part]), 0);
  assert.equal(writer.write([part]), 0);
  assert.equal(writer.write([part, part]), 0);
  assert.equal(due.size, 3);
  for (const request of due) request.oncomplete?.(0);
  assert.equal(writer.pendingBytes, 0);
  assert.deepEqual(done, [], "what was taken at once has no end of its own");
});
