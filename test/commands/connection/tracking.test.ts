// CLIENT TRACKING and what comes of it. The order of bytes on the wire: test/integration/tracking-order.test.ts.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Fixture, startFixture } from "../../support/checked-fixture.js";
import type { RespClient } from "../../support/resp-client.js";
import { fmt, intOf, textOf } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";

/** `reader` tracks under RESP3, `writer` changes things. */
async function start(t: TestContext, config: Record<string, string> = {}) {
  const fixture = await startFixture(t, config);
  const reader = await fixture.connect({ resp: 3 });
  return { ...fixture, writer: fixture.client, reader };
}

/** All pushes that have come to the client by now. */
async function pushesTo(client: RespClient): Promise<string[]> {
  await client.call("PING");
  const pushes: string[] = [];
  while (client.unreadPushes.length > 0) pushes.push(fmt(await client.readPush()));
  return pushes;
}

const invalid = (...keys: string[]) => `>[$"invalidate", *[${keys.map((key) => `$"${key}"`).join(", ")}]]`;

async function infoOf(fixture: Pick<Fixture, "client">, field: string): Promise<number> {
  const text = textOf(await fixture.client.call("INFO", "everything"));
  return Number(new RegExp(`^${field}:(.*)\r$`, "m").exec(text)?.[1]);
}

async function flagsOf(client: RespClient): Promise<string> {
  return / flags=(\S*)/.exec(textOf(await client.call("CLIENT", "INFO")))?.[1] ?? "";
}

test("a key that was read is announced once when it changes, and again only after it was read again", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  await writer.call("SET", "k", "1");
  await reader.call("GET", "k");
  await reader.call("MGET", "a", "b");
  await writer.call("SET", "k", "2");
  await writer.call("SET", "k", "3");
  await writer.call("SET", "unread", "3");
  await writer.call("SET", "b", "3");
  assert.deepEqual(await pushesTo(reader), [invalid("k"), invalid("b")]);
  await reader.call("GET", "k");
  await writer.call("DEL", "k");
  assert.deepEqual(await pushesTo(reader), [invalid("k")]);
});

test("a client that writes what it has read is told as well, unless it asked for NOLOOP", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  await reader.call("GET", "k");
  await reader.call("SET", "k", "1");
  assert.deepEqual(await pushesTo(reader), [invalid("k")]);
  await reader.call("CLIENT", "TRACKING", "ON", "NOLOOP");
  await reader.call("GET", "k");
  await reader.call("SET", "k", "1");
  assert.deepEqual(await pushesTo(reader), []);
  await reader.call("GET", "k");
  await writer.call("SET", "k", "1");
  assert.deepEqual(await pushesTo(reader), [invalid("k")]);
});

test("keys of all kinds of reading commands are remembered, and those of writing ones are not", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  await reader.call("ZUNION", "2", "z1", "z2");
  await reader.call("LRANGE", "list", "0", "-1");
  await reader.call("OBJECT", "ENCODING", "o");
  await reader.call("SORT_RO", "sorted");
  await reader.call("SINTERSTORE", "target", "written");
  await writer.call("ZADD", "z2", "1", "a");
  await writer.call("RPUSH", "list", "a");
  await writer.call("SET", "o", "a");
  await writer.call("RPUSH", "sorted", "1");
  await writer.call("SADD", "written", "1");
  assert.deepEqual(await pushesTo(reader), [invalid("z2"), invalid("list"), invalid("o"), invalid("sorted")]);
});

test("databases share the table of keys", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  await reader.call("GET", "k");
  await writer.call("SELECT", "1");
  await writer.call("SET", "k", "1");
  assert.deepEqual(await pushesTo(reader), [invalid("k")]);
});

test("OPTIN remembers only what follows CLIENT CACHING YES, for one command or one transaction", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON", "OPTIN");
  await reader.call("GET", "never");
  await reader.call("CLIENT", "CACHING", "YES");
  await reader.call("CLIENT", "ID");
  await reader.call("GET", "once");
  await reader.call("GET", "after");
  await reader.call("CLIENT", "CACHING", "YES");
  await reader.pipeline([["MULTI"], ["GET", "m1"], ["GET", "m2"], ["EXEC"], ["GET", "m3"]]);
  for (const key of ["never", "once", "after", "m1", "m2", "m3"]) await writer.call("SET", key, "1");
  assert.deepEqual(await pushesTo(reader), [invalid("once"), invalid("m1"), invalid("m2")]);
});

test("an unknown command uses up CLIENT CACHING, too", async (t) => {
  const { reader } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON", "OPTIN");
  await reader.call("CLIENT", "CACHING", "YES");
  await reader.call("NOSUCH");
  assert.match(await reader.ask("CLIENT", "TRACKINGINFO"), /~\[\$"on", \$"optin"\]/);
});

test("OPTOUT leaves out what follows CLIENT CACHING NO", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON", "OPTOUT");
  await reader.call("CLIENT", "CACHING", "NO");
  await reader.call("GET", "left out");
  await reader.call("GET", "k");
  await writer.call("SET", "left out", "1");
  await writer.call("SET", "k", "1");
  assert.deepEqual(await pushesTo(reader), [invalid("k")]);
});

test("CLIENT CACHING is refused where it makes no sense", async (t) => {
  const { reader } = await start(t);
  const refusal =
    "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled";
  assert.equal(await reader.ask("CLIENT", "CACHING", "YES"), refusal);
  await reader.call("CLIENT", "TRACKING", "ON", "OPTIN");
  assert.equal(
    await reader.ask("CLIENT", "CACHING", "NO"),
    "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
  );
  assert.equal(await reader.ask("CLIENT", "CACHING", "MAYBE"), "-ERR syntax error");
  await reader.call("CLIENT", "TRACKING", "OFF");
  await reader.call("CLIENT", "TRACKING", "ON", "OPTOUT");
  assert.equal(
    await reader.ask("CLIENT", "CACHING", "YES"),
    "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
  );
});

test("a mode is switched only by way of OFF", async (t) => {
  const { reader } = await start(t);
  const bcast =
    "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.";
  const opt =
    "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.";
  await reader.call("CLIENT", "TRACKING", "ON", "OPTIN");
  assert.equal(await reader.ask("CLIENT", "TRACKING", "ON", "BCAST"), bcast);
  assert.equal(await reader.ask("CLIENT", "TRACKING", "ON", "OPTOUT"), opt);
  assert.equal(await reader.ask("CLIENT", "TRACKING", "ON"), "+OK");
  assert.equal(await reader.ask("CLIENT", "TRACKING", "ON", "OPTOUT"), "+OK");
  await reader.call("CLIENT", "TRACKING", "OFF");
  assert.equal(await reader.ask("CLIENT", "TRACKING", "ON", "BCAST"), "+OK");
  assert.equal(await reader.ask("CLIENT", "TRACKING", "ON"), bcast);
});

test("BCAST tells of every change of a key with a prefix, all of one iteration in one message", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "b:", "PREFIX", "a:");
  await writer.call("MSET", "b:2", "1", "a:1", "1", "b:1", "1", "c:1", "1", "b", "1");
  assert.deepEqual(await pushesTo(reader), [invalid("a:1"), invalid("b:1", "b:2")]);
  await reader.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "c:");
  await writer.call("SET", "c:1", "2");
  await writer.call("SET", "a:1", "2");
  assert.deepEqual(await pushesTo(reader), [invalid("c:1"), invalid("a:1")]);
});

test("BCAST with NOLOOP leaves out what the client itself has changed last", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP");
  await reader.call("SET", "mine", "1");
  assert.deepEqual(await pushesTo(reader), []);
  await reader.call("MSET", "a", "1", "b", "1");
  await writer.call("SET", "other", "1");
  assert.deepEqual(await pushesTo(reader), [invalid("other")]);
});

test("prefixes of one client must not overlap", async (t) => {
  const { reader } = await start(t);
  const on = (...prefixes: string[]) =>
    reader.ask("CLIENT", "TRACKING", "ON", "BCAST", ...prefixes.flatMap((prefix) => ["PREFIX", prefix]));
  const end = "Prefixes for a single client must not overlap.";
  const another = "overlaps with another provided prefix";
  assert.equal(await on("FOOBAR", "FOO"), `-ERR Prefix 'FOOBAR' ${another} 'FOO'. ${end}`);
  assert.equal(await on("X", "FOO", "FOOBAR"), `-ERR Prefix 'FOO' ${another} 'FOOBAR'. ${end}`);
  assert.equal(await on("FOO", "BAR"), "+OK");
  assert.equal(await on("FO"), `-ERR Prefix 'FO' overlaps with an existing prefix 'FOO'. ${end}`);
  assert.equal(await on("BARB"), `-ERR Prefix 'BARB' overlaps with an existing prefix 'BAR'. ${end}`);
  assert.match(await reader.ask("CLIENT", "TRACKINGINFO"), /\$"prefixes": \*\[\$"BAR", \$"FOO"\]/);
});

test("under RESP2 messages go to a client that listens to a channel, as a message of __redis__:invalidate", async (t) => {
  const { connect, writer } = await start(t);
  const tracking = await connect();
  const receiver = await connect();
  const id = intOf(await receiver.call("CLIENT", "ID"));
  await tracking.call("CLIENT", "TRACKING", "ON", "REDIRECT", String(id));
  await tracking.call("GET", "k");
  await writer.call("SET", "k", "1");
  await receiver.call("SUBSCRIBE", "__redis__:invalidate");
  assert.equal(receiver.unreadReplies.length, 0);
  await tracking.call("GET", "k");
  await writer.call("SET", "k", "2");
  assert.equal(fmt(await receiver.readReply()), '*[$"message", $"__redis__:invalidate", *[$"k"]]');
  await tracking.call("GET", "k");
  await writer.call("FLUSHDB");
  assert.equal(fmt(await receiver.readReply()), '*[$"message", $"__redis__:invalidate", $nil]');
  assert.equal(await tracking.ask("CLIENT", "GETREDIR"), `:${id}`);
  assert.match(textOf(await tracking.call("CLIENT", "INFO")), new RegExp(` flags=t .* redir=${id} `));
});

test("a client that has lost the one it redirects to is told so, and shows it", async (t) => {
  const { connect, reader, writer } = await start(t);
  const receiver = await connect({ resp: 3 });
  const id = intOf(await receiver.call("CLIENT", "ID"));
  await reader.call("CLIENT", "TRACKING", "ON", "REDIRECT", String(id));
  await reader.call("GET", "k");
  await writer.call("CLIENT", "KILL", "ID", String(id));
  assert.equal(await flagsOf(reader), "t");
  await writer.call("SET", "k", "1");
  assert.deepEqual(await pushesTo(reader), [`>[$"tracking-redir-broken", :${id}]`]);
  assert.equal(await flagsOf(reader), "tR");
  assert.match(await reader.ask("CLIENT", "TRACKINGINFO"), /~\[\$"on", \$"broken_redirect"\], \$"redirect": :\d+/);
  await reader.call("CLIENT", "TRACKING", "ON");
  assert.equal(await flagsOf(reader), "t");
});

test("CLIENT TRACKING refuses options that make no sense", async (t) => {
  const { expect } = await start(t);
  await expect(
    ["CLIENT TRACKING", "-ERR wrong number of arguments for 'client|tracking' command"],
    ["CLIENT TRACKING MAYBE", "-ERR syntax error"],
    ["CLIENT TRACKING ON REDIRECT", "-ERR syntax error"],
    ["CLIENT TRACKING ON REDIRECT x", "-ERR value is not an integer or out of range"],
    ["CLIENT TRACKING ON REDIRECT 99999", "-ERR The client ID you want redirect to does not exist"],
    ["CLIENT TRACKING ON REDIRECT 1 REDIRECT 1", "-ERR A client can only redirect to a single other client"],
    ["CLIENT TRACKING ON PREFIX a", "-ERR PREFIX option requires BCAST mode to be enabled"],
    ["CLIENT TRACKING ON BCAST OPTIN", "-ERR OPTIN and OPTOUT are not compatible with BCAST"],
    ["CLIENT TRACKING ON OPTIN OPTOUT", "-ERR You can't specify both OPTIN mode and OPTOUT mode"],
    ["CLIENT GETREDIR", ":-1"],
    ["CLIENT TRACKING OFF", "+OK"],
  );
});

test("FLUSHALL and FLUSHDB say with one null that nothing is valid any more", async (t) => {
  const { client, reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  for (const command of ["FLUSHALL", "FLUSHDB"]) {
    await reader.call("GET", "k");
    await writer.call(command);
    assert.deepEqual(await pushesTo(reader), ['>[$"invalidate", _]'], command);
    assert.equal(await infoOf({ client }, "tracking_total_keys"), 0);
  }
});

test("keys that expire are announced, by cron or by whoever meets them", async (t) => {
  const { reader, server, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  for (const key of ["cron", "met"]) {
    await writer.call("SET", key, "1", "PX", "100");
    await reader.call("GET", key);
  }
  await writer.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  server.clock.advance(200);
  await writer.call("GET", "met");
  assert.deepEqual(await pushesTo(reader), [invalid("met")]);
  await writer.call("DEBUG", "SET-ACTIVE-EXPIRE", "1");
  server.pyredis.server.cron.tick();
  assert.deepEqual(await pushesTo(reader), [invalid("cron")]);
});

test("keys that are evicted are announced", async (t) => {
  const { reader, writer } = await start(t, { "maxmemory-policy": "allkeys-random" });
  await reader.call("CLIENT", "TRACKING", "ON");
  await writer.call("SET", "big", "x".repeat(1_000_000));
  await reader.call("GET", "big");
  await writer.call("CONFIG", "SET", "maxmemory", "1mb");
  await writer.call("SET", "other", "x".repeat(200_000));
  await waitFor("the eviction", async () => (await infoOf({ client: writer }, "evicted_keys")) > 0);
  assert.deepEqual(await pushesTo(reader), [invalid("big")]);
  await writer.call("CONFIG", "SET", "maxmemory", "0");
});

test("a table with more keys than tracking-table-max-keys loses some before the next command, and says so", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  for (let i = 0; i < 250; i++) await reader.call("GET", `k${i}`);
  assert.equal(await infoOf({ client: writer }, "tracking_total_keys"), 250);
  await writer.call("CONFIG", "SET", "tracking-table-max-keys", "1");
  await writer.call("PING");
  assert.equal((await pushesTo(reader)).length, 249);
  assert.equal(await infoOf({ client: writer }, "tracking_total_keys"), 1);
});

test("INFO counts tracking clients, keys, items and prefixes", async (t) => {
  const { client, connect, reader } = await start(t);
  const second = await connect({ resp: 3 });
  const third = await connect({ resp: 3 });
  await reader.call("CLIENT", "TRACKING", "ON");
  await second.call("CLIENT", "TRACKING", "ON");
  await third.call("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a", "PREFIX", "b");
  await reader.call("MGET", "k1", "k2");
  await second.call("MGET", "k2", "k3", "k2");
  const counts = async () => {
    const fields = ["clients", "total_keys", "total_items", "total_prefixes"];
    return Promise.all(fields.map((field) => infoOf({ client }, `tracking_${field}`)));
  };
  assert.deepEqual(await counts(), [3, 3, 4, 2]);
  assert.equal(await flagsOf(third), "tB");
  await third.call("RESET");
  assert.equal(await flagsOf(third), "N");
  await second.call("CLIENT", "TRACKING", "OFF");
  assert.deepEqual(await counts(), [1, 3, 4, 0]);
});

test("a client that goes on tracking hears of what it had read before it stopped", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  await reader.call("MGET", "a", "b");
  await reader.call("CLIENT", "TRACKING", "OFF");
  await writer.call("SET", "a", "1");
  await reader.call("CLIENT", "TRACKING", "ON");
  await writer.call("SET", "b", "1");
  assert.deepEqual(await pushesTo(reader), [invalid("b")]);
});

test("a message reaches a client that CLIENT REPLY OFF silences", async (t) => {
  const { reader, writer } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  await reader.call("GET", "k");
  reader.send("CLIENT", "REPLY", "OFF");
  await waitFor("the silence", async () => /cmd=client\|reply/.test(textOf(await writer.call("CLIENT", "LIST"))));
  await writer.call("SET", "k", "1");
  assert.equal(fmt(await reader.readPush()), invalid("k"));
});

test("what clients that are gone have left in the table is swept up", async (t) => {
  const { client, connect, reader, server } = await start(t);
  await reader.call("CLIENT", "TRACKING", "ON");
  await reader.call("GET", "shared");
  for (let round = 0; round < 30; round++) {
    const passing = await connect({ resp: 3 });
    await passing.call("CLIENT", "TRACKING", "ON");
    await passing.call("MGET", "shared", ...Array.from({ length: 100 }, (_, i) => `${round}:${i}`));
    await passing.close();
  }
  const { sessions, cron, tracking } = server.pyredis.server;
  await waitFor("the passing clients to go", () => sessions.count === 2);
  await waitFor("the sweep", () => {
    cron.tick();
    return !tracking.hasWork;
  });
  assert.equal(await infoOf({ client }, "tracking_total_keys"), 1);
  assert.equal(await infoOf({ client }, "tracking_total_items"), 1);
});
