// Sorted sets as DUMP payloads and digests, exchanged with redis-server: each takes what the other writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startInProcess } from "../support/in-process.js";
import { Random } from "../support/random.js";
import { startRedisServer, whyNoRedisServer } from "../support/redis-server.js";
import type { Arg, RespClient } from "../support/resp-client.js";

/** Without -0: a listpack of 7.4 has 0 for it. */
const SCORES = ["0", "1", "-1", "0.1", "-2.5", "1e300", "1e-300", "inf", "-inf", "123456789012", "1e17", "4e18"];

async function carry(from: RespClient, to: RespClient): Promise<void> {
  const payload = await from.call("DUMP", "z");
  assert.ok(payload.kind === "bulk");
  assert.equal(await to.ask("RESTORE", "carried", "0", payload.bytes, "REPLACE"), "+OK");
  // Not compared as text: how fractions are printed differs between the versions.
  for (const member of await listMembers(from, "z")) {
    const [sent, received] = [await from.call("ZSCORE", "z", member), await to.call("ZSCORE", "carried", member)];
    assert.ok(sent.kind === "bulk" && received.kind === "bulk");
    assert.equal(Number(received.bytes.toString()), Number(sent.bytes.toString()));
  }
  assert.deepEqual(await listMembers(to, "carried"), await listMembers(from, "z"));
  assert.equal(await to.ask("OBJECT", "ENCODING", "carried"), await to.ask("OBJECT", "ENCODING", "z"));
}

async function listMembers(client: RespClient, key: string): Promise<Buffer[]> {
  const reply = await client.call("ZRANGE", key, "0", "-1");
  assert.ok(reply.kind === "array");
  return reply.items.map((item) => (item.kind === "bulk" ? Buffer.from(item.bytes) : Buffer.alloc(0)));
}

test("sorted sets of both encodings go to redis-server and back", async (t) => {
  const reason = whyNoRedisServer();
  if (reason !== undefined) return t.skip(reason);
  const reference = await startRedisServer();
  t.after(() => reference.close());
  const subject = await startInProcess();
  t.after(() => subject.close());
  const [theirs, ours] = [await reference.connect(), await subject.connect()];
  t.after(() => Promise.all([theirs.close(), ours.close()]));
  const seed = Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31);
  const random = new Random(seed);
  for (let round = 0; round < 40; round++) {
    const pairs: Arg[] = [];
    for (let left = random.pick([1, 3, 20, 128, 129, 300]); left > 0; left--) {
      const score = random.oneIn(2) ? random.pick(SCORES) : String(random.int(-100, 100) / 8);
      const member = random.oneIn(3) ? String(left) : Buffer.concat([Buffer.from(`${left}:`), random.value(70)]);
      pairs.push(random.oneIn(4) ? score : score.replace("inf", "7"), member);
    }
    for (const client of [ours, theirs]) {
      await client.call("DEL", "z");
      await client.call("ZADD", "z", ...pairs);
    }
    await carry(ours, theirs);
    await carry(theirs, ours);
  }
});

test("the digests of sorted sets are redis-server's", async (t) => {
  const reason = whyNoRedisServer();
  if (reason !== undefined) return t.skip(reason);
  const config = { "enable-debug-command": "yes" };
  const reference = await startRedisServer({ config });
  t.after(() => reference.close());
  const subject = await startInProcess({ config });
  t.after(() => subject.close());
  const [theirs, ours] = [await reference.connect(), await subject.connect()];
  t.after(() => Promise.all([theirs.close(), ours.close()]));
  const both = async (...command: string[]): Promise<void> => {
    assert.equal(await ours.ask(...command), await theirs.ask(...command), command.join(" ").slice(0, 80));
  };
  await both("ZADD", "small", "1", "a", "2.5", "b", "-inf", "c", "12345678", "9");
  await both("ZADD", "large", ...Array.from({ length: 200 }, (_, i) => [String(i / 4), `m${i}`]).flat());
  await both("DEBUG", "DIGEST");
  await both("DEBUG", "DIGEST-VALUE", "small", "large", "none");
  await both("PEXPIREAT", "small", "99999999999999");
  await both("DEBUG", "DIGEST-VALUE", "small");
});
