import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { GATE_LOADING } from "#src/server/gates.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";

let server: InProcessServer;
let client: RespClient;
let other: RespClient;

before(async () => {
  server = await startInProcess({ config: { "enable-debug-command": "yes" } });
});
after(() => server.close());
beforeEach(async () => {
  client = await server.connect();
  other = await server.connect();
  for (const db of server.pyredis.server.keyspace.databases) db.clear();
});
afterEach(async () => {
  await client.close();
  await other.close();
});

const ABORTED = "-EXECABORT Transaction discarded because of previous errors.";

async function multi(...commands: (string | number)[][]): Promise<string> {
  await client.ask("MULTI");
  for (const command of commands) await client.ask(...command);
  return client.ask("EXEC");
}

test("EXEC answers what its commands answer, in order", async () => {
  assert.equal(await client.ask("MULTI"), "+OK");
  assert.equal(await client.ask("SET", "k", "v"), "+QUEUED");
  assert.equal(await client.ask("GET", "k"), "+QUEUED");
  assert.equal(await client.ask("PING"), "+QUEUED");
  assert.equal(await client.ask("EXEC"), '*[+OK, $"v", +PONG]');
});

test("EXEC of nothing is an empty array", async () => {
  assert.equal(await multi(), "*[]");
});

test("EXEC and DISCARD without MULTI are errors", async () => {
  assert.equal(await client.ask("EXEC"), "-ERR EXEC without MULTI");
  assert.equal(await client.ask("DISCARD"), "-ERR DISCARD without MULTI");
});

test("MULTI calls can not be nested, and the transaction goes on", async () => {
  await client.ask("MULTI");
  assert.equal(await client.ask("MULTI"), "-ERR MULTI calls can not be nested");
  assert.equal(await client.ask("WATCH", "k"), "-ERR WATCH inside MULTI is not allowed");
  assert.equal(await client.ask("PING"), "+QUEUED");
  assert.equal(await client.ask("EXEC"), "*[+PONG]");
});

test("DISCARD drops the queue and the watched keys", async () => {
  await client.ask("WATCH", "k");
  await client.ask("MULTI");
  await client.ask("SET", "k", "v");
  assert.equal(await client.ask("DISCARD"), "+OK");
  assert.equal(await client.ask("GET", "k"), "$nil");
  await other.ask("SET", "k", "x");
  assert.equal(await multi(["PING"]), "*[+PONG]");
});

test("a command that cannot be queued makes EXEC fail", async () => {
  for (const bad of [["NOSUCH"], ["GET"], ["CLIENT", "NOSUCH"], ["SHUTDOWN"]]) {
    await client.ask("MULTI");
    await client.ask("SET", "k", "v");
    assert.match(await client.ask(...bad), /^-ERR/);
    assert.equal(await client.ask("SET", "k", "w"), "+QUEUED");
    assert.equal(await client.ask("EXEC"), ABORTED);
    assert.equal(await client.ask("GET", "k"), "$nil");
  }
});

test("an error of EXEC itself names the reason and ends the transaction", async () => {
  await client.ask("MULTI");
  assert.equal(
    await client.ask("EXEC", "x"),
    "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
  );
  assert.equal(await client.ask("PING"), "+PONG");
});

test("an error of one command does not keep the others from running", async () => {
  assert.equal(await multi(["CLIENT", "REPLY", "maybe"], ["SET", "k", "v"]), "*[-ERR syntax error, +OK]");
});

test("errors inside of EXEC count once, and not as failures of EXEC", async () => {
  const { registry, stats } = server.pyredis.server;
  const exec = registry.findByName("exec");
  const failedBefore = exec?.failedCalls;
  const errorsBefore = stats.errorReplies;
  await multi(["CLIENT", "REPLY", "maybe"], ["CLIENT", "REPLY", "maybe"]);
  assert.equal(exec?.failedCalls, failedBefore);
  assert.equal(stats.errorReplies, errorsBefore + 2);
});

test("EXEC is nil when a watched key has changed, by others or by the client itself", async () => {
  await client.ask("SET", "k", "v");
  for (const writer of [client, other]) {
    assert.equal(await client.ask("WATCH", "k", "j"), "+OK");
    await writer.ask("SET", "j", "v");
    await client.ask("MULTI");
    assert.equal(await client.ask("PING"), "+QUEUED");
    assert.equal(await client.ask("EXEC"), "*nil");
  }
});

test("EXEC under RESP3 answers its null", async () => {
  await client.call("HELLO", 3);
  await client.ask("WATCH", "k");
  await other.ask("SET", "k", "v");
  await client.ask("MULTI");
  assert.equal(await client.ask("EXEC"), "_");
});

test("a changed key is forgotten at once, further WATCHes watch nothing until EXEC or UNWATCH", async () => {
  await client.ask("WATCH", "a", "b");
  assert.match(await client.ask("CLIENT", "INFO"), / watch=2 /);
  await other.ask("SET", "a", "v");
  assert.match(await client.ask("CLIENT", "INFO"), / flags=d .* watch=0 /);
  assert.equal(await client.ask("WATCH", "c"), "+OK");
  assert.match(await client.ask("CLIENT", "INFO"), / watch=0 /);
  assert.equal(await client.ask("UNWATCH"), "+OK");
  assert.equal(await multi(["PING"]), "*[+PONG]");
});

test("WATCH is per database, and ends with EXEC", async () => {
  await client.ask("WATCH", "k");
  assert.equal(await multi(["SET", "k", "1"]), "*[+OK]");
  await other.ask("SET", "k", "2");
  assert.equal(await multi(["GET", "k"]), '*[$"2"]');
});

test("a watched key that expires fails EXEC", async () => {
  await client.ask("SET", "k", "v", "PX", 100);
  await client.ask("WATCH", "k");
  server.clock.advance(200);
  await client.ask("MULTI");
  await client.ask("PING");
  assert.equal(await client.ask("EXEC"), "*nil");
});

test("a key that had expired when it was watched does not fail EXEC when it is deleted", async () => {
  const { debug } = server.pyredis.server;
  debug.activeExpire = false;
  await client.ask("SET", "k", "v", "PX", 100);
  server.clock.advance(200);
  await client.ask("WATCH", "k");
  assert.equal(await other.ask("GET", "k"), "$nil");
  assert.equal(await multi(["PING"]), "*[+PONG]");
  debug.activeExpire = true;
});

test("a session that ends leaves no watched key behind", async () => {
  const { watches } = server.pyredis.server.effects;
  await client.ask("WATCH", "a", "b");
  assert.equal(watches.size, 2);
  await client.ask("RESET");
  assert.equal(watches.size, 0);
});

test("EXEC is refused like its commands: out of memory", async () => {
  const { config } = server.pyredis.server;
  await client.ask("MULTI");
  await client.ask("SET", "k", "v");
  config.source.set([["maxmemory", "1"]], { local: true, loading: false });
  try {
    assert.equal(
      await client.ask("EXEC"),
      "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.",
    );
    assert.equal(await client.ask("GET", "k"), "$nil");
    assert.equal(await multi(["GET", "k"]), "*[$nil]");
  } finally {
    config.source.set([["maxmemory", "0"]], { local: true, loading: false });
  }
});

test("EXEC is refused while data is loaded, unless all of its commands may run then", async () => {
  const { dispatch } = server.pyredis.server;
  await client.ask("MULTI");
  await client.ask("GET", "k");
  await other.ask("MULTI");
  await other.ask("ECHO", "x");
  dispatch.setGate(GATE_LOADING, true);
  try {
    assert.equal(
      await client.ask("EXEC"),
      "-EXECABORT Transaction discarded because of: LOADING Redis is loading the dataset in memory",
    );
    assert.equal(await other.ask("EXEC"), '*[$"x"]');
  } finally {
    dispatch.setGate(GATE_LOADING, false);
  }
});

test("a queue's memory shows, and goes", async () => {
  await client.ask("MULTI");
  await client.ask("SET", "k", "x".repeat(1000));
  const { transaction } = [...server.pyredis.server.sessions.all].find((one) => one.transaction.active) ?? {};
  assert.ok((transaction?.argumentBytes ?? 0) > 1000);
  await client.ask("EXEC");
  assert.equal(transaction?.argumentBytes, 0);
});
