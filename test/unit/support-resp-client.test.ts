// Holds the test client to its promises against a scripted server: what it sends, what it does with time-outs, pushes,
// malformed bytes and ends of connection.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { encodeCommand, fmtCommand, RespClient } from "../support/resp-client.js";
import { fmt } from "../support/resp-value.js";
import { waitFor } from "../support/wait-for.js";

/** A client, and the server's end of its connection. */
async function connectPair(t: TestContext, timeoutMs = 2_000): Promise<{ client: RespClient; peer: Socket }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const client = await RespClient.connect({ port: address.port, timeoutMs });
  const [peer] = (await accepted) as [Socket];
  t.after(async () => {
    await client.close();
    peer.destroy();
    server.close();
  });
  return { client, peer };
}

test("arguments are sent as bulk strings, byte for byte", () => {
  const encoded = encodeCommand(["SET", Buffer.from([0xff, 0x0d, 0x0a]), 1.5, -3n, "é", ""]);
  const expected = "*6\r\n$3\r\nSET\r\n$3\r\n\xff\r\n\r\n$3\r\n1.5\r\n$2\r\n-3\r\n$2\r\n\xc3\xa9\r\n$0\r\n\r\n";
  assert.equal(encoded.toString("latin1"), expected);
});

test("a command is shown as one would type it", () => {
  assert.equal(fmtCommand(["SET", "k", "", "a b", Buffer.from([0xff])]), 'SET k "" "a b" "\\xff"');
  assert.equal(fmtCommand(["SET", "k", "x".repeat(200)], 3), "SET k xxx…(200 bytes)");
});

test("pipelined replies come in order, and pushes between them are set apart", async (t) => {
  const { client, peer } = await connectPair(t);
  peer.write("+one\r\n>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n:2\r\n");
  const replies = await client.pipeline([["A"], ["B"]]);
  assert.deepEqual(replies.map(fmt), ["+one", ":2"]);
  assert.deepEqual(client.unreadPushes.map(fmt), ['>[+invalidate, *[$"k"]]']);
  assert.equal(fmt(await client.readPush()), '>[+invalidate, *[$"k"]]');
  assert.equal(client.unreadPushes.length, 0);
});

test("a call that times out names the command and closes, so that no later call gets the late reply", async (t) => {
  const { client, peer } = await connectPair(t, 50);
  await assert.rejects(client.call("GET", "k"), /timed out after 50 ms: the reply to GET k/);
  if (!peer.destroyed) peer.write("+late\r\n");
  await assert.rejects(client.call("PING"), /timed out after 50 ms: the reply to GET k/);
});

test("a read that times out leaves the connection usable and loses no reply", async (t) => {
  const { client, peer } = await connectPair(t);
  await assert.rejects(client.readReply(20), /timed out after 20 ms: no reply/);
  peer.write("+later\r\n");
  assert.equal(fmt(await client.readReply()), "+later");
});

test("malformed bytes fail the waiting call with their position", async (t) => {
  const { client, peer } = await connectPair(t);
  peer.write("+OK\r\n$1\r\nabc\r\n");
  assert.equal(await client.ask("PING"), "+OK");
  await assert.rejects(client.call("GET", "k"), /malformed RESP at byte 10: no CR/);
});

test("a reply that the end of the connection cuts is an error, and what came before it can still be read", async (t) => {
  const { client, peer } = await connectPair(t);
  peer.end("+OK\r\n*2\r\n:1\r\n");
  await waitFor("the first reply", () => client.unreadReplies.length === 1);
  await assert.rejects(client.waitForClose(), /closed in the middle of a reply/);
  assert.equal(fmt(await client.readReply()), "+OK");
  await assert.rejects(client.readReply(), /closed in the middle of a reply/);
});

test("a clean end of the connection is seen", async (t) => {
  const { client, peer } = await connectPair(t);
  peer.end("-ERR bye\r\n");
  await client.waitForClose();
  assert.equal(fmt(await client.readReply()), "-ERR bye");
});

test("a condition that never holds fails with the last error", async () => {
  const never = (): boolean => {
    throw new Error("not yet");
  };
  await assert.rejects(waitFor("the moon", never, { timeoutMs: 30 }), /after 30 ms waiting for the moon \(not yet\)/);
});
