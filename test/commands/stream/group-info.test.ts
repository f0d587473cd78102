// XINFO GROUPS, XINFO CONSUMERS and the groups of XINFO STREAM FULL; how far a group has read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_1, ENTRY_2, type Fixture, ofStream, startFixture, THREE, WRONG_TYPE } from "./group-fixture.js";

test("XINFO GROUPS lists the groups in the order of their names, as maps under RESP3", async (t) => {
  const { expect, connect } = await startFixture(t);
  await expect(
    ...THREE,
    ["XGROUP CREATE s b $ ENTRIESREAD 9", "+OK"],
    ["XGROUP CREATE s ab 2-0", "+OK"],
    ["XREADGROUP GROUP g c COUNT 1 STREAMS s >", ofStream(ENTRY_1)],
    [
      "XINFO GROUPS s",
      '*[*[$"name", $"ab", $"consumers", :0, $"pending", :0, $"last-delivered-id", $"2-0", $"entries-read", $nil, $"lag", $nil], ' +
        '*[$"name", $"b", $"consumers", :0, $"pending", :0, $"last-delivered-id", $"3-0", $"entries-read", :9, $"lag", :-6], ' +
        '*[$"name", $"g", $"consumers", :1, $"pending", :1, $"last-delivered-id", $"1-0", $"entries-read", :1, $"lag", :2]]',
    ],
    ["XGROUP DESTROY s b", ":1"],
    ["XGROUP DESTROY s g", ":1"],
  );
  const client = await connect({ resp: 3 });
  assert.equal(
    await client.ask("XINFO", "GROUPS", "s"),
    '*[%{$"name": $"ab", $"consumers": :0, $"pending": :0, $"last-delivered-id": $"2-0", $"entries-read": _, $"lag": _}]',
  );
  await expect(
    ["XGROUP DESTROY s ab", ":1"],
    ["XINFO GROUPS s", "*[]"],
    ["XINFO GROUPS none", "-ERR no such key"],
    ["SET text v", "+OK"],
    ["XINFO GROUPS text", WRONG_TYPE],
    ["XINFO GROUPS", "-ERR wrong number of arguments for 'xinfo|groups' command"],
  );
});

test("XINFO CONSUMERS tells when a consumer was seen, and when it last got something", async (t) => {
  const { expect, server, connect } = await startFixture(t);
  const consumers = (...rows: readonly [name: string, pending: number, idle: number, inactive: number][]) =>
    `*[${rows.map(([n, p, i, a]) => `*[$"name", $"${n}", $"pending", :${p}, $"idle", :${i}, $"inactive", :${a}]`).join(", ")}]`;
  await expect(...THREE, ["XGROUP CREATECONSUMER s g c", ":1"]);
  server.clock.advance(10);
  await expect(["XINFO CONSUMERS s g", consumers(["c", 0, 10, -1])]);
  await expect(["XREADGROUP GROUP g c COUNT 1 STREAMS s >", ofStream(ENTRY_1)]);
  server.clock.advance(20);
  // To read what is pending, to be in vain, and NOACK are no activity.
  await expect(
    ["XREADGROUP GROUP g c STREAMS s 0", ofStream(ENTRY_1)],
    ["XREADGROUP GROUP g b NOACK COUNT 1 STREAMS s >", ofStream(ENTRY_2)],
    ["XINFO CONSUMERS s g", consumers(["b", 0, 0, -1], ["c", 1, 0, 20])],
    ["XCLAIM s g a 0 7", "*[]"],
    ["XACK s g 1", ":1"],
  );
  server.clock.advance(5);
  await expect(["XINFO CONSUMERS s g", consumers(["a", 0, 5, -1], ["b", 0, 5, -1], ["c", 0, 5, 25])]);
  const client = await connect({ resp: 3 });
  await expect(["XGROUP CREATE s h $", "+OK"], ["XGROUP CREATECONSUMER s h x", ":1"]);
  assert.equal(
    await client.ask("XINFO", "CONSUMERS", "s", "h"),
    '*[%{$"name": $"x", $"pending": :0, $"idle": :0, $"inactive": :-1}]',
  );
  await expect(
    ["XINFO CONSUMERS s none", "-NOGROUP No such consumer group 'none' for key name 's'"],
    ["XINFO CONSUMERS none g", "-ERR no such key"],
    ["SET text v", "+OK"],
    ["XINFO CONSUMERS text g", WRONG_TYPE],
    ["XINFO CONSUMERS s", "-ERR wrong number of arguments for 'xinfo|consumers' command"],
  );
});

test("XINFO STREAM FULL shows groups and consumers with what is pending, up to COUNT of it", async (t) => {
  const { expect, client, connect, server } = await startFixture(t);
  await expect(
    ...THREE,
    ["XREADGROUP GROUP g c COUNT 2 STREAMS s >", ofStream(ENTRY_1, ENTRY_2)],
    ["XCLAIM s g b 0 2 JUSTID", '*[$"2-0"]'],
  );
  const now = server.clock.nowMs();
  const group = (limit: number): string => {
    const pending = [`*[$"1-0", $"c", :${now}, :1]`, `*[$"2-0", $"b", :${now}, :1]`].slice(0, limit).join(", ");
    const consumer = (name: string, id: string): string =>
      `*[$"name", $"${name}", $"seen-time", :${now}, $"active-time", :${now}, $"pel-count", :1, $"pending", ` +
      `*[*[$"${id}", :${now}, :1]]]`;
    return (
      `$"groups", *[*[$"name", $"g", $"last-delivered-id", $"2-0", $"entries-read", :2, $"lag", :1, $"pel-count", :2, ` +
      `$"pending", *[${pending}], $"consumers", *[${consumer("b", "2-0")}, ${consumer("c", "1-0")}]]]]`
    );
  };
  for (const [words, limit] of [
    [[], 10],
    [["COUNT", "1"], 1],
    [["COUNT", "0"], 9],
  ] as const) {
    const reply = await client.ask("XINFO", "STREAM", "s", "FULL", ...words);
    assert.ok(reply.endsWith(group(limit)), reply);
  }
  const modern = await connect({ resp: 3 });
  assert.match(await modern.ask("XINFO", "STREAM", "s", "FULL"), /\$"groups": \*\[%\{\$"name": \$"g", /);
});

/** Expects entries-read and lag of the groups of `x`, in order; null where unknown. */
async function expectProgress({ client }: Fixture, ...expected: readonly (readonly [number | null, number | null])[]) {
  const reply = await client.ask("XINFO", "GROUPS", "x");
  const found = [...reply.matchAll(/\$"entries-read", (\S+), \$"lag", ([^\]]+)/g)].map(([, read, lag]) =>
    [read, lag].map((text) => (text === "$nil" ? null : Number(text?.slice(1)))),
  );
  assert.deepEqual(found, expected);
}

async function add({ client }: Fixture, ...ids: readonly number[]): Promise<void> {
  for (const id of ids) assert.equal(await client.ask("XADD", "x", `${id}-0`, "f", "v"), `$"${id}-0"`);
}

async function readSome({ client }: Fixture, count: number, group = "g"): Promise<void> {
  await client.ask("XREADGROUP", "GROUP", group, "c", "COUNT", count, "STREAMS", "x", ">");
}

test("a group that reads a stream without gaps knows how far it is", async (t) => {
  const fixture = await startFixture(t);
  const { client } = fixture;
  await client.ask("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM");
  await expectProgress(fixture, [null, 0]);
  await add(fixture, 1, 2, 3, 4, 5);
  await expectProgress(fixture, [null, 5]);
  await readSome(fixture, 1);
  await expectProgress(fixture, [1, 4]);
  await readSome(fixture, 10);
  await expectProgress(fixture, [5, 0]);
  await add(fixture, 6);
  await expectProgress(fixture, [5, 1]);
  await client.ask("XGROUP", "SETID", "x", "g", "3");
  await expectProgress(fixture, [null, null]);
  await client.ask("XGROUP", "SETID", "x", "g", "$");
  await expectProgress(fixture, [null, 0]);
  await client.ask("XGROUP", "SETID", "x", "g", "9");
  await expectProgress(fixture, [null, null]);
});

test("a deleted entry ahead makes the lag unknown, until the group has passed it", async (t) => {
  const fixture = await startFixture(t);
  const { client } = fixture;
  await add(fixture, 1, 2, 3, 4, 5);
  await client.ask("XDEL", "x", "3");
  await client.ask("XGROUP", "CREATE", "x", "g", "0");
  await client.ask("XGROUP", "CREATE", "x", "h", "0");
  await expectProgress(fixture, [null, null], [null, null]);
  for (let i = 0; i < 3; i++) {
    await readSome(fixture, 1);
    await expectProgress(fixture, [null, null], [null, null]);
  }
  await readSome(fixture, 1);
  await expectProgress(fixture, [5, 0], [null, null]);
  await add(fixture, 6);
  await expectProgress(fixture, [5, 1], [null, null]);
  // Trimmed from the front, the gap is gone.
  await client.ask("XTRIM", "x", "MINID", "=", "4");
  await expectProgress(fixture, [5, 1], [null, 3]);
  await client.ask("XTRIM", "x", "MINID", "=", "5");
  await expectProgress(fixture, [5, 1], [null, 2]);
  await client.ask("XTRIM", "x", "MAXLEN", "0");
  await expectProgress(fixture, [5, 1], [null, 0]);
});

test("the numbers of XSETID count, up to 64 bits", async (t) => {
  const fixture = await startFixture(t);
  const { client, expect } = fixture;
  await add(fixture, 1, 2);
  await client.ask("XGROUP", "CREATE", "x", "g", "0");
  await client.ask("XSETID", "x", "7", "ENTRIESADDED", "100");
  await expectProgress(fixture, [null, 100 - 98]);
  await readSome(fixture, 1);
  await expectProgress(fixture, [99, 1]);
  await client.ask("XSETID", "x", "7", "ENTRIESADDED", "9223372036854775807", "MAXDELETEDID", "0-0");
  await client.ask("XGROUP", "SETID", "x", "g", "1", "ENTRIESREAD", "9223372036854775806");
  await expect([
    "XINFO GROUPS x",
    '*[*[$"name", $"g", $"consumers", :1, $"pending", :1, $"last-delivered-id", $"1-0", $"entries-read", :9223372036854775806, $"lag", :1]]',
  ]);
  await readSome(fixture, 1);
  await expect([
    "XINFO GROUPS x",
    '*[*[$"name", $"g", $"consumers", :1, $"pending", :2, $"last-delivered-id", $"2-0", $"entries-read", :9223372036854775807, $"lag", :0]]',
  ]);
});
