// list-compress-depth: nodes far from both ends are compressed, and nobody can tell but by the memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";
import { intOf, itemsOf, textOf } from "../../support/resp-value.js";

const COUNT = 20_000;

function element(i: number): string {
  return `an element that compresses well, number ${i % 50}`;
}

test("inner nodes are compressed, and every way to read or change them works", async (t) => {
  const { client } = await startFixture(t, { "list-compress-depth": "1" });
  const model = Array.from({ length: COUNT }, (_, i) => element(i));
  for (let i = 0; i < COUNT; i += 1000) await client.call("RPUSH", "deep", ...model.slice(i, i + 1000));
  await client.ask("CONFIG", "SET", "list-compress-depth", 0);
  await client.ask("COPY", "deep", "copy");
  for (let i = 0; i < COUNT; i += 1000) await client.call("RPUSH", "plain", ...model.slice(i, i + 1000));

  const size = async (key: string): Promise<number> => intOf(await client.call("MEMORY", "USAGE", key, "SAMPLES", 0));
  const compressed = await size("deep");
  assert.ok(compressed < (await size("plain")) / 4, `${compressed} bytes`);
  assert.equal(await size("copy"), compressed);
  assert.equal(await client.ask("DEBUG", "DIGEST-VALUE", "deep"), await client.ask("DEBUG", "DIGEST-VALUE", "plain"));
  assert.match(await client.ask("DEBUG", "OBJECT", "deep"), /ql_compressed:1 /);
  assert.match(await client.ask("DEBUG", "OBJECT", "plain"), /ql_compressed:0 /);

  const read = async (): Promise<string[]> => itemsOf(await client.call("LRANGE", "deep", 0, -1)).map(textOf);
  assert.deepEqual(await read(), model);
  assert.equal(await client.ask("LINDEX", "deep", 10_000), `$"${model[10_000]}"`);
  await client.ask("LSET", "deep", 10_000, "changed");
  model[10_000] = "changed";
  await client.ask("LINSERT", "deep", "BEFORE", "changed", "inserted");
  model.splice(10_000, 0, "inserted");
  assert.equal(await client.ask("LPOS", "deep", "changed"), ":10001");
  assert.equal(await client.ask("LREM", "deep", 1, "inserted"), ":1");
  model.splice(10_000, 1);
  assert.equal(await client.ask("LTRIM", "deep", 3000, -3001), "+OK");
  model.splice(0, 3000);
  model.splice(-3000);
  assert.deepEqual(await read(), model);
  await client.ask("LINDEX", "plain", 0);
  assert.ok((await size("deep")) < compressed, "what was opened is compressed again");

  for (let i = 0; i < 9000; i += 500) {
    const popped = itemsOf(await client.call(i % 1000 === 0 ? "LPOP" : "RPOP", "deep", 500)).map(textOf);
    const expected = i % 1000 === 0 ? model.splice(0, 500) : model.splice(-500).reverse();
    assert.deepEqual(popped, expected);
  }
  assert.deepEqual(await read(), model);
});

test("a dump has compressed nodes as they are, and restores to the same list", async (t) => {
  const { client } = await startFixture(t, { "list-compress-depth": "2", rdbcompression: "no" });
  await client.call("RPUSH", "list", ...Array.from({ length: 3000 }, (_, i) => element(i)));
  const dump = await client.call("DUMP", "list");
  assert.ok(dump.kind === "bulk" && dump.bytes.length < 3000 * 20, "inner nodes are LZF without rdbcompression");
  assert.equal(await client.ask("RESTORE", "restored", 0, dump.bytes), "+OK");
  assert.equal(
    await client.ask("DEBUG", "DIGEST-VALUE", "restored"),
    await client.ask("DEBUG", "DIGEST-VALUE", "list"),
  );
  assert.equal(await client.ask("MEMORY", "USAGE", "restored"), await client.ask("MEMORY", "USAGE", "list"));
});
