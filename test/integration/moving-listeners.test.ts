// CONFIG SET port and bind of a server that runs: listeners move, one change after the other, or nothing changes.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { findFreePort } from "../support/child-process.js";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { RespClient } from "../support/resp-client.js";
import { fmt, itemsOf, textOf } from "../support/resp-value.js";
import { waitFor } from "../support/wait-for.js";

let server: InProcessServer;
let client: RespClient;

before(async () => {
  server = await startInProcess();
  client = await server.connect();
});
after(async () => {
  await client.close();
  await server.close();
});
afterEach(async () => {
  await waitFor("the other sessions to end", () => server.pyredis.server.sessions.count === 1);
  assert.equal(await client.ask("PING"), "+PONG");
});

async function setConfig(...words: string[]): Promise<void> {
  assert.equal(await client.ask("CONFIG", "SET", ...words), "+OK");
}

test("CONFIG SET port moves the listeners, and answers when they are there", async () => {
  const before = server.port;
  const port = await findFreePort();
  const replies = await client.pipeline([["CONFIG", "SET", "port", port], ["CONFIG", "GET", "port"], ["PING"]]);
  assert.deepEqual(replies.slice(0, 1).map(textOf), ["OK"]);
  assert.equal(server.pyredis.port, port);
  const moved = await RespClient.connect({ port });
  assert.equal(await moved.ask("CONFIG", "GET", "port"), `*[$"port", $"${port}"]`);
  await moved.close();
  await assert.rejects(RespClient.connect({ port: before }));
  await setConfig("port", String(before));
  const back = await RespClient.connect({ port: before });
  await back.close();
});

test("a port that is taken changes nothing of what CONFIG SET was given", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", () => resolve()));
  const address = taken.address();
  assert.ok(address !== null && typeof address === "object");
  assert.equal(
    await client.ask("CONFIG", "SET", "timeout", "77", "port", address.port, "hz", "20"),
    "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
  );
  assert.equal(await client.ask("CONFIG", "GET", "timeout"), '*[$"timeout", $"0"]');
  assert.equal(await client.ask("CONFIG", "GET", "port"), `*[$"port", $"${server.port}"]`);
  assert.equal(await client.ask("CONFIG", "GET", "hz"), '*[$"hz", $"10"]');
  const other = await server.connect();
  await other.close();
  await new Promise<void>((resolve) => taken.close(() => resolve()));
});

test("CONFIG SET bind goes from one address to all and back, and refuses what is none", async () => {
  const { port } = server;
  assert.equal(
    await client.ask("CONFIG", "SET", "bind", "999.999.999.999"),
    "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.",
  );
  await setConfig("bind", "*");
  await (await RespClient.connect({ port, host: "127.0.0.2" })).close();
  await setConfig("bind", "127.0.0.1 127.0.0.3");
  await (await RespClient.connect({ port, host: "127.0.0.3" })).close();
  await assert.rejects(RespClient.connect({ port, host: "127.0.0.2" }));
  // Addresses of documentation are on no machine: an optional one is left out.
  await setConfig("bind", "127.0.0.1 -203.0.113.9");
  assert.match(await client.ask("CONFIG", "SET", "bind", "127.0.0.1 203.0.113.9"), /^-ERR CONFIG SET failed .*'bind'/);
  await (await server.connect()).close();
  await setConfig("bind", "");
  await assert.rejects(RespClient.connect({ port }));
  await setConfig("bind", "127.0.0.1");
  await (await server.connect()).close();
});

test("CONFIG SET of several clients at once goes one after the other", async () => {
  const { port } = server;
  const others = [await server.connect(), await server.connect(), await server.connect()];
  const ports = [await findFreePort(), await findFreePort(), await findFreePort()];
  const replies = await Promise.all(others.map((other, i) => other.ask("CONFIG", "SET", "port", ports[i] ?? 0)));
  assert.deepEqual(replies, ["+OK", "+OK", "+OK"]);
  assert.ok(ports.includes(server.pyredis.port));
  assert.equal(await client.ask("CONFIG", "GET", "port"), `*[$"port", $"${server.pyredis.port}"]`);
  for (const other of others) await other.close();
  await setConfig("port", String(port));
});

test("CONFIG SET of port and bind in a transaction is done before its next command", async () => {
  const { port } = server;
  const other = await findFreePort();
  const replies = await client.pipeline([
    ["MULTI"],
    ["CONFIG", "SET", "port", other],
    ["CONFIG", "GET", "port"],
    ["CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2"],
    ["EXEC"],
  ]);
  assert.deepEqual(itemsOf(replies[4] ?? { kind: "null" }).map(fmt), ["+OK", `*[$"port", $"${other}"]`, "+OK"]);
  assert.equal(server.pyredis.port, other);
  await (await RespClient.connect({ port: other, host: "127.0.0.2" })).close();
  await assert.rejects(RespClient.connect({ port }));
  await setConfig("bind", "127.0.0.1");
  await setConfig("port", String(port));
  await (await server.connect()).close();
});

test("in a transaction, too, a port or an address that cannot be had changes nothing", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", () => resolve()));
  const address = taken.address();
  assert.ok(address !== null && typeof address === "object");
  const replies = await client.pipeline([
    ["MULTI"],
    ["CONFIG", "SET", "port", address.port, "hz", "20"],
    ["CONFIG", "SET", "bind", "203.0.113.9"],
    ["CONFIG", "SET", "bind", "a-name-to-look-up"],
    ["CONFIG", "GET", "hz"],
    ["EXEC"],
  ]);
  const failed = "-ERR CONFIG SET failed (possibly related to argument";
  assert.deepEqual(itemsOf(replies[5] ?? { kind: "null" }).map(fmt), [
    `${failed} 'port') - Unable to listen on this port. Check server logs.`,
    `${failed} 'bind') - Failed to bind to specified addresses.`,
    `${failed} 'bind') - Listening elsewhere takes time, which a transaction does not have.`,
    '*[$"hz", $"10"]',
  ]);
  await (await server.connect()).close();
  await new Promise<void>((resolve) => taken.close(() => resolve()));
});

test("a client that goes away while CONFIG SET port is under way harms nobody", async () => {
  const { port } = server;
  const leaving = await server.connect();
  leaving.send("CONFIG", "SET", "port", await findFreePort());
  leaving.send("PING");
  await leaving.close();
  await waitFor("its session to end", () => server.pyredis.server.sessions.count === 1);
  await setConfig("port", String(port));
});
