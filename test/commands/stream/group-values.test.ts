// What the commands on keys do with the groups of a stream.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_1, ENTRY_2, ENTRY_3, ofStream, startFixture, THREE } from "./group-fixture.js";

const READ: readonly (readonly [string, string])[] = [
  ["XREADGROUP GROUP g a COUNT 2 STREAMS s >", ofStream(ENTRY_1, ENTRY_2)],
  ["XREADGROUP GROUP g b STREAMS s >", ofStream(ENTRY_3)],
  ["XGROUP CREATE s h 2 ENTRIESREAD 2", "+OK"],
  ["XGROUP CREATECONSUMER s h idle", ":1"],
];

test("COPY copies groups with all that is in them, and shares nothing", async (t) => {
  const { expect, client } = await startFixture(t);
  await expect(...THREE, ...READ, ["COPY s copy", ":1"]);
  const full = await client.ask("XINFO", "STREAM", "s", "FULL");
  assert.equal(await client.ask("XINFO", "STREAM", "copy", "FULL"), full);
  await expect(["XACK s g 1 2 3", ":3"], ["XGROUP DESTROY s h", ":1"]);
  assert.equal(await client.ask("XINFO", "STREAM", "copy", "FULL"), full);
});

test("DUMP and RESTORE keep groups to the last millisecond", async (t) => {
  const { expect, client, server } = await startFixture(t);
  await expect(...THREE, ...READ);
  server.clock.advance(77);
  await expect(["XREADGROUP GROUP g a STREAMS s 0", ofStream(ENTRY_1, ENTRY_2)]);
  const dump = await client.call("DUMP", "s");
  assert.ok(dump.kind === "bulk");
  const full = await client.ask("XINFO", "STREAM", "s", "FULL");
  server.clock.advance(1000);
  assert.equal(await client.ask("RESTORE", "restored", 0, dump.bytes), "+OK");
  assert.equal(await client.ask("XINFO", "STREAM", "restored", "FULL"), full);
  assert.deepEqual(await client.call("DUMP", "restored"), dump);
  await expect(["RENAME restored s", "+OK"], ["XREADGROUP GROUP h c STREAMS s >", ofStream(ENTRY_3)]);
});

test("times of a dump that are far out of all bounds are shown as Redis's arithmetic has it", async (t) => {
  const { expect, client, server } = await startFixture(t);
  await expect(...THREE, ["XREADGROUP GROUP g a COUNT 1 STREAMS s >", ofStream(ENTRY_1)]);
  const dump = await client.call("DUMP", "s");
  assert.ok(dump.kind === "bulk");
  const now = Buffer.alloc(8);
  now.writeBigInt64LE(BigInt(server.clock.nowMs()));
  let changed = 0;
  for (let at = dump.bytes.indexOf(now); at >= 0; at = dump.bytes.indexOf(now, at + 8)) {
    dump.bytes.writeBigInt64LE(-(2n ** 63n), at);
    changed++;
  }
  // Of the delivery, and of the consumer: seen and active.
  assert.equal(changed, 3);
  await expect(["DEBUG SET-SKIP-CHECKSUM-VALIDATION 1", "+OK"]);
  assert.equal(await client.ask("RESTORE", "s", 0, dump.bytes, "REPLACE"), "+OK");
  const inactive = BigInt.asIntN(64, BigInt(server.clock.nowMs()) + 2n ** 63n);
  await expect(
    ["XPENDING s g - + 9", '*[*[$"1-0", $"a", :0, :1]]'],
    ["XPENDING s g IDLE 1 - + 9", "*[]"],
    ["XINFO CONSUMERS s g", `*[*[$"name", $"a", $"pending", :1, $"idle", :0, $"inactive", :${inactive}]]`],
    ["XAUTOCLAIM s g b 0 -", `*[$"0-0", *[${ENTRY_1}], *[]]`],
  );
});

test("MEMORY USAGE counts groups, DEBUG DIGEST leaves them out", async (t) => {
  const { expect, client } = await startFixture(t);
  await expect(...THREE);
  const digest = await client.ask("DEBUG", "DIGEST-VALUE", "s");
  const before = Number((await client.ask("MEMORY", "USAGE", "s")).slice(1));
  await expect(...READ);
  assert.equal(await client.ask("DEBUG", "DIGEST-VALUE", "s"), digest);
  assert.ok(Number((await client.ask("MEMORY", "USAGE", "s")).slice(1)) > before + 300);
});

test("a stream with many pending entries is left to lazy freeing", async (t) => {
  const { client, server } = await startFixture(t);
  const { keyspace } = server.pyredis.server;
  for (let i = 1; i <= 3000; i++) client.send("XADD", "s", `${i}-0`, "f", "v");
  for (let i = 1; i <= 3000; i++) await client.readReply(5000);
  await client.ask("XGROUP", "CREATE", "s", "g", "0");
  for (let i = 0; i < 60; i++) {
    await client.ask("XREADGROUP", "GROUP", "g", `consumer ${i}`, "COUNT", 50, "STREAMS", "s", ">");
  }
  assert.match(await client.ask("XPENDING", "s", "g"), /^\*\[:3000, \$"1-0", \$"3000-0"/);
  assert.equal(await client.ask("UNLINK", "s"), ":1");
  // It may have been freed by now.
  assert.equal(keyspace.lazyFree.pendingObjects + keyspace.lazyFree.freedObjects, 1);
  keyspace.lazyFree.run(() => false);
});
