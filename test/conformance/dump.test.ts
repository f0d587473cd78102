// DUMP payloads exchanged with redis-server: each takes what the other writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startInProcess } from "../support/in-process.js";
import { Random } from "../support/random.js";
import { startRedisServer } from "../support/redis-server.js";
import type { RespClient } from "../support/resp-client.js";

async function carry(from: RespClient, to: RespClient, key: string): Promise<void> {
  const payload = await from.call("DUMP", key);
  assert.ok(payload.kind === "bulk");
  assert.equal(await to.ask("RESTORE", "carried", "0", payload.bytes, "REPLACE"), "+OK");
  assert.equal(await to.ask("GET", "carried"), await from.ask("GET", key));
  assert.equal(await to.ask("OBJECT", "ENCODING", "carried"), await to.ask("OBJECT", "ENCODING", key));
}

test("strings of every form go to redis-server and back", async (t) => {
  const reference = await startRedisServer();
  t.after(() => reference.close());
  const subject = await startInProcess();
  t.after(() => subject.close());
  const theirs = await reference.connect();
  t.after(() => theirs.close());
  const ours = await subject.connect();
  t.after(() => ours.close());
  const seed = Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31);
  const random = new Random(seed);
  const values: (string | Buffer)[] = ["", "0", "-1", "127", "-129", "32768", "2147483647", "2147483648", "007"];
  values.push("9223372036854775807", "a".repeat(20), "a".repeat(21), "a".repeat(1000), random.bytes(70_000));
  values.push("the quick brown fox ".repeat(5000));
  for (let i = 0; i < 200; i++) {
    const piece = random.value(40);
    values.push(
      random.oneIn(2) ? piece : Buffer.concat(random.list(1, 200, () => (random.oneIn(4) ? random.value() : piece))),
    );
  }
  for (const compression of ["yes", "no"]) {
    for (const client of [ours, theirs]) await client.call("CONFIG", "SET", "rdbcompression", compression);
    for (const value of values) {
      for (const client of [ours, theirs]) await client.call("SET", "k", value);
      await carry(ours, theirs, "k");
      await carry(theirs, ours, "k");
    }
  }
});

test("DEBUG DIGEST and DIGEST-VALUE agree with redis-server's", async (t) => {
  const config = { "enable-debug-command": "yes" };
  const reference = await startRedisServer({ config });
  t.after(() => reference.close());
  const subject = await startInProcess({ config });
  t.after(() => subject.close());
  const theirs = await reference.connect();
  t.after(() => theirs.close());
  const ours = await subject.connect();
  t.after(() => ours.close());
  const both = async (...command: (string | Buffer)[]): Promise<void> => {
    assert.equal(await ours.ask(...command), await theirs.ask(...command), String(command));
  };
  await both("DEBUG", "DIGEST");
  await both("SET", "a", "1");
  await both("DEBUG", "DIGEST");
  await both("SET", "b", "text", "EX", "1000");
  await both("SET", "", Buffer.from([0, 255, 13, 10]));
  await both("SET", "large", "x".repeat(10_000));
  await both("DEBUG", "DIGEST");
  await both("SELECT", "7");
  await both("SET", "a", "1");
  await both("DEBUG", "DIGEST");
  await both("DEBUG", "DIGEST-VALUE", "a", "none");
  await both("SELECT", "0");
  await both("DEBUG", "DIGEST-VALUE", "a", "b", "", "large");
});
