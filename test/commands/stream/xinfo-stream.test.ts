// XINFO STREAM. What it says of consumer groups is tested with them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";

const UNKNOWN = "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.";

test("XINFO STREAM tells of the numbers, and of the first and the last entry", async (t) => {
  const { client, connect } = await startFixture(t);
  for (const id of ["1-1", "2-2", "3-3", "4-4"]) await client.call("XADD", "s", id, "f", id);
  await client.call("XDEL", "s", "1-1", "3-3");
  const fields: readonly (readonly [name: string, value: string])[] = [
    ["length", ":2"],
    ["radix-tree-keys", ":1"],
    ["radix-tree-nodes", ":2"],
    ["last-generated-id", '$"4-4"'],
    ["max-deleted-entry-id", '$"3-3"'],
    ["entries-added", ":4"],
    ["recorded-first-entry-id", '$"2-2"'],
    ["groups", ":0"],
    ["first-entry", '*[$"2-2", *[$"f", $"2-2"]]'],
    ["last-entry", '*[$"4-4", *[$"f", $"4-4"]]'],
  ];
  const pairs = (separator: string): string =>
    fields.map(([name, value]) => `$"${name}"${separator}${value}`).join(", ");
  assert.equal(await client.ask("XINFO", "STREAM", "s"), `*[${pairs(", ")}]`);
  const modern = await connect({ resp: 3 });
  assert.equal(await modern.ask("XINFO", "STREAM", "s"), `%{${pairs(": ")}}`);
  await client.call("XTRIM", "s", "MAXLEN", "0");
  assert.match(
    await client.ask("XINFO", "STREAM", "s"),
    /"recorded-first-entry-id", \$"0-0".*"first-entry", \$nil, \$"last-entry", \$nil\]$/,
  );
  assert.match(await modern.ask("XINFO", "STREAM", "s"), /"first-entry": _, \$"last-entry": _\}$/);
});

test("XINFO STREAM FULL shows ten entries, or as many as COUNT says", async (t) => {
  const { client, connect } = await startFixture(t);
  for (let i = 1; i <= 12; i++) await client.call("XADD", "s", `${i}-1`, "f", "v");
  const shown = async (...options: readonly string[]): Promise<number> =>
    (await client.ask("XINFO", "STREAM", "s", "FULL", ...options)).match(/\$"\d+-1", \*\[\$"f"/g)?.length ?? 0;
  assert.equal(await shown(), 10);
  assert.equal(await shown("COUNT", "3"), 3);
  assert.equal(await shown("COUNT", "0"), 12);
  assert.equal(await shown("count", "-4"), 10);
  const modern = await connect({ resp: 3 });
  assert.match(
    await modern.ask("XINFO", "STREAM", "s", "full", "COUNT", "1"),
    /^%\{\$"length": :12, .*\$"entries": \*\[\*\[\$"1-1", \*\[\$"f", \$"v"\]\]\], \$"groups": \*\[\]\}$/,
  );
});

test("XINFO STREAM refuses other options, but looks at the key first", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("XADD", "s", "1-1", "f", "v");
  await client.call("SET", "text", "v");
  await expect(
    ["XINFO STREAM none FOO", "-ERR no such key"],
    ["XINFO STREAM text FOO", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
    ["XINFO STREAM s FOO", UNKNOWN],
    ["XINFO STREAM s FULL COUNT", UNKNOWN],
    ["XINFO STREAM s FULL FOO 1", UNKNOWN],
    ["XINFO STREAM s FULL COUNT 1 1", UNKNOWN],
    ["XINFO STREAM s FULL COUNT x", "-ERR value is not an integer or out of range"],
    ["XINFO STREAM", "-ERR wrong number of arguments for 'xinfo|stream' command"],
    ["XINFO", "-ERR wrong number of arguments for 'xinfo' command"],
    ["XINFO FOO", "-ERR unknown subcommand 'FOO'. Try XINFO HELP."],
  );
  assert.match(
    await client.ask("XINFO", "HELP"),
    /^\*\[\+XINFO <subcommand>.*\+CONSUMERS <key> <groupname>.*\+ {4}Print this help\.\]$/,
  );
});
