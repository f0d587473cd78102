import assert from "node:assert/strict";
import { test } from "node:test";
import { ENCODINGS, startFixture } from "./fixture.js";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER = "-ERR value is not an integer or out of range";
const SYNTAX = "-ERR syntax error";

for (const [encoding, config] of ENCODINGS) {
  test(`elements are pushed, read, changed and popped at both ends of a ${encoding}`, async (t) => {
    const { expect } = await startFixture(t, config);
    await expect(
      ["RPUSH l b c", ":2"],
      ["LPUSH l a 1", ":4"],
      ["RPUSH l 9223372036854775807", ":5"],
      ["OBJECT ENCODING l", `$"${encoding}"`],
      ["LLEN l", ":5"],
      ["LRANGE l 0 -1", '*[$"1", $"a", $"b", $"c", $"9223372036854775807"]'],
      ["LRANGE l -2 100", '*[$"c", $"9223372036854775807"]'],
      ["LRANGE l 3 1", "*[]"],
      ["LINDEX l 0", '$"1"'],
      ["LINDEX l -1", '$"9223372036854775807"'],
      ["LINDEX l 5", "$nil"],
      ["LSET l 2 B", "+OK"],
      ["LSET l -5 one", "+OK"],
      ["LSET l 5 x", "-ERR index out of range"],
      ["LINSERT l BEFORE B between", ":6"],
      ["LINSERT l after c between", ":7"],
      ["LINSERT l AFTER none x", ":-1"],
      ["LRANGE l 0 -1", '*[$"one", $"a", $"between", $"B", $"c", $"between", $"9223372036854775807"]'],
      ["LPOS l between", ":2"],
      ["LPOS l between RANK -1", ":5"],
      ["LPOS l between COUNT 0", "*[:2, :5]"],
      ["LREM l -1 between", ":1"],
      ["LREM l 0 none", ":0"],
      ["LPOP l", '$"one"'],
      ["RPOP l 2", '*[$"9223372036854775807", $"c"]'],
      ["LTRIM l 1 -1", "+OK"],
      ["LRANGE l 0 -1", '*[$"between", $"B"]'],
      ["LPOP l 10", '*[$"between", $"B"]'],
      ["EXISTS l", ":0"],
    );
  });

  test(`LMOVE rotates and moves the elements of a ${encoding}`, async (t) => {
    const { expect } = await startFixture(t, config);
    await expect(
      ["RPUSH l a b c d", ":4"],
      ["LMOVE l l LEFT RIGHT", '$"a"'],
      ["RPOPLPUSH l l", '$"a"'],
      ["LMOVE l m RIGHT LEFT", '$"d"'],
      ["LMOVE l m left right", '$"a"'],
      ["LRANGE l 0 -1", '*[$"b", $"c"]'],
      ["LRANGE m 0 -1", '*[$"d", $"a"]'],
      ["RPUSH single x", ":1"],
      ["RPOPLPUSH single single", '$"x"'],
      ["RPOPLPUSH single m", '$"x"'],
      ["EXISTS single", ":0"],
      ["LMOVE none m LEFT LEFT", "$nil"],
      ["LMOVE l m UP LEFT", SYNTAX],
      ["SET s v", "+OK"],
      ["LMOVE l s LEFT LEFT", WRONG_TYPE],
      ["LMOVE s l LEFT LEFT", WRONG_TYPE],
      ["LRANGE l 0 -1", '*[$"b", $"c"]'],
    );
  });
}

test("LPOS counts ranks, matches and compared elements from either end", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["RPUSH l a b c d 1 2 3 4 3 3 3", ":11"],
    ["LPOS l 3", ":6"],
    ["LPOS l 3 RANK 2", ":8"],
    ["LPOS l 3 RANK -2", ":9"],
    ["LPOS l 3 COUNT 2 RANK -1", "*[:10, :9]"],
    ["LPOS l 3 COUNT 0 MAXLEN 9", "*[:6, :8]"],
    ["LPOS l a RANK -1 MAXLEN 10", "$nil"],
    ["LPOS l a COUNT 1 RANK -1 MAXLEN 10", "*[]"],
    ["LPOS none a", "$nil"],
    ["LPOS none a COUNT 1", "*[]"],
    ["LPOS l 3 RANK 9223372036854775807", "$nil"],
    [
      "LPOS l 3 RANK 0",
      "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to " +
        "start from the end of the list",
    ],
    [
      "LPOS l 3 RANK -9223372036854775808",
      "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    ],
    ["LPOS l 3 RANK x", NOT_INTEGER],
    ["LPOS l 3 COUNT -1", "-ERR COUNT can't be negative"],
    ["LPOS l 3 COUNT x", "-ERR COUNT can't be negative"],
    ["LPOS l 3 MAXLEN -1", "-ERR MAXLEN can't be negative"],
    ["LPOS l 3 MAXLEN", SYNTAX],
    ["LPOS l 3 WHAT 1", SYNTAX],
  );
});

test("LMPOP takes from the first list that is there", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["RPUSH l a b c", ":3"],
    ["LMPOP 2 none l LEFT", '*[$"l", *[$"a"]]'],
    ["LMPOP 2 none l right COUNT 10", '*[$"l", *[$"c", $"b"]]'],
    ["LMPOP 2 none l LEFT", "*nil"],
    ["LMPOP 0 l LEFT", "-ERR numkeys should be greater than 0"],
    ["LMPOP x l LEFT", "-ERR numkeys should be greater than 0"],
    ["LMPOP 2 l LEFT", SYNTAX],
    ["LMPOP 1 l UP", SYNTAX],
    ["LMPOP 1 l LEFT COUNT", SYNTAX],
    ["LMPOP 1 l LEFT COUNT 0", "-ERR count should be greater than 0"],
    ["LMPOP 1 l LEFT COUNT 1 COUNT 1", SYNTAX],
    ["SET s v", "+OK"],
    ["RPUSH l a", ":1"],
    ["LMPOP 2 s l LEFT", WRONG_TYPE],
    ["LMPOP 2 l s LEFT", '*[$"l", *[$"a"]]'],
  );
});

test("missing keys, other types and bad numbers are answered in Redis's words", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["SET s v", "+OK"],
    ["LPUSHX none a", ":0"],
    ["RPUSHX none a b", ":0"],
    ["EXISTS none", ":0"],
    ["LLEN none", ":0"],
    ["LRANGE none 0 -1", "*[]"],
    ["LINDEX none x", "$nil"],
    ["LSET none 0 a", "-ERR no such key"],
    ["LINSERT none BEFORE a b", ":0"],
    ["LINSERT none UP a b", SYNTAX],
    ["LREM none 0 a", ":0"],
    ["LTRIM none 0 1", "+OK"],
    ["LPOP none", "$nil"],
    ["LPOP none 0", "*nil"],
    ["LPOP none -1", "-ERR value is out of range, must be positive"],
    ["LPOP none x", "-ERR value is out of range, must be positive"],
    ["LPOP none 1 2", "-ERR wrong number of arguments for 'lpop' command"],
    ["RPOPLPUSH none none", "$nil"],
    ["LRANGE none a 1", NOT_INTEGER],
    ["LTRIM none 0 1.5", NOT_INTEGER],
    ["LREM none x a", NOT_INTEGER],
    ...[
      ...["LPUSH s a", "RPUSH s a", "LPUSHX s a", "LLEN s", "LRANGE s 0 -1", "LINDEX s 0", "LSET s 0 a", "LPOP s"],
      ...[
        "LINSERT s BEFORE a b",
        "LREM s 0 a",
        "LTRIM s 0 1",
        "RPOP s 0",
        "LPOS s a",
        "BLPOP s 0",
        "BLMOVE s d LEFT LEFT 0",
      ],
    ].map((command) => [command, WRONG_TYPE] as const),
    ["RPUSH l a", ":1"],
    ["LPOP l 0", "*[]"],
    ["LINDEX l x", NOT_INTEGER],
    ["LSET l x b", NOT_INTEGER],
    ["RPUSHX l b", ":2"],
    ["LPUSHX l 0 -1", ":4"],
    ["LRANGE l 0 -1", '*[$"-1", $"0", $"a", $"b"]'],
  );
});

test("every change has its event, its count and its form for replicas", async (t) => {
  const { expect, recorder } = await startFixture(t);
  const changes: readonly (readonly [
    command: string,
    reply: string,
    events: string[],
    dirty: number,
    sent: string[],
  ])[] = [
    ["RPUSH l a b c", ":3", ["new l", "rpush l"], 3, ["RPUSH l a b c"]],
    ["LPUSHX l z", ":4", ["lpush l"], 1, ["LPUSHX l z"]],
    ["LSET l 0 y", "+OK", ["lset l"], 1, ["LSET l 0 y"]],
    ["LINSERT l AFTER y x", ":5", ["linsert l"], 1, ["LINSERT l AFTER y x"]],
    ["LINSERT l AFTER none x", ":-1", [], 0, []],
    ["LREM l 0 none", ":0", [], 0, []],
    ["LREM l 0 x", ":1", ["lrem l"], 1, ["LREM l 0 x"]],
    ["LTRIM l 0 -1", "+OK", ["ltrim l"], 0, []],
    ["LTRIM l 1 -2", "+OK", ["ltrim l"], 2, ["LTRIM l 1 -2"]],
    ["LMOVE l m LEFT RIGHT", '$"a"', ["new m", "rpush m", "lpop l"], 1, ["LMOVE l m LEFT RIGHT"]],
    ["RPOPLPUSH l m", '$"b"', ["lpush m", "rpop l", "del l"], 1, ["RPOPLPUSH l m"]],
    ["LMPOP 2 l m RIGHT COUNT 5", '*[$"m", *[$"a", $"b"]]', ["rpop m", "del m"], 2, ["RPOP m 2"]],
    ["RPUSH l 1 2 3 4", ":4", ["new l", "rpush l"], 4, ["RPUSH l 1 2 3 4"]],
    ["BLPOP none l 0", '*[$"l", $"1"]', ["lpop l"], 1, ["LPOP l"]],
    ["BRPOP l 0", '*[$"l", $"4"]', ["rpop l"], 1, ["RPOP l"]],
    ["BLMOVE l m LEFT LEFT 0", '$"2"', ["new m", "lpush m", "lpop l"], 1, ["LMOVE l m LEFT LEFT"]],
    ["BRPOPLPUSH l m 0", '$"3"', ["lpush m", "rpop l", "del l"], 1, ["RPOPLPUSH l m"]],
    ["BLMPOP 0 1 m LEFT COUNT 9", '*[$"m", *[$"3", $"2"]]', ["lpop m", "del m"], 2, ["LPOP m 2"]],
    ["RPUSH l a a", ":2", ["new l", "rpush l"], 2, ["RPUSH l a a"]],
    ["LREM l -5 a", ":2", ["lrem l", "del l"], 2, ["LREM l -5 a"]],
  ];
  for (const [command, reply, events, dirty, sent] of changes) {
    await expect([command, reply]);
    const misses = /^keymiss /;
    assert.deepEqual(
      recorder.takeEvents().filter((event) => !misses.test(event)),
      events,
      command,
    );
    assert.equal(recorder.takeDirty(), dirty, command);
    assert.deepEqual(recorder.takeCommands(), sent, command);
  }
});

test("nulls and nested replies under RESP3", async (t) => {
  const { connect } = await startFixture(t);
  const client = await connect({ resp: 3 });
  const answers = [
    [["LPOP", "none"], "_"],
    [["LPOP", "none", "1"], "_"],
    [["LINDEX", "none", "0"], "_"],
    [["LMPOP", "1", "none", "LEFT"], "_"],
    [["RPOPLPUSH", "none", "none"], "_"],
    [["LPOS", "none", "a"], "_"],
  ] as const;
  for (const [command, reply] of answers) assert.equal(await client.ask(...command), reply, command.join(" "));
});

test("a list changes its encoding where Redis does, both ways, and follows the configuration at once", async (t) => {
  const { client, expect } = await startFixture(t);
  const encoding = () => client.ask("OBJECT", "ENCODING", "l");
  const element = "x".repeat(1000);
  for (let i = 0; i < 8; i++) await client.ask("RPUSH", "l", element);
  assert.equal(await encoding(), '$"listpack"', "8,000 bytes of elements are within 8 KiB");
  await client.ask("RPUSH", "l", "x".repeat(200));
  assert.equal(await encoding(), '$"quicklist"');
  await client.ask("LPOP", "l", "7");
  assert.equal(await encoding(), '$"quicklist"', "two elements, but in two nodes");
  await client.ask("LPOP", "l");
  assert.equal(await encoding(), '$"listpack"');
  await expect(
    ["CONFIG SET list-max-listpack-size 3", "+OK"],
    ["DEL l", ":1"],
    ["RPUSH l a b c", ":3"],
    ["OBJECT ENCODING l", '$"listpack"'],
    ["LINSERT l BEFORE none x", ":-1"],
    ["OBJECT ENCODING l", '$"quicklist"'],
    ["LREM l 1 a", ":1"],
    ["OBJECT ENCODING l", '$"quicklist"'],
    ["LTRIM l 0 0", "+OK"],
    ["OBJECT ENCODING l", '$"listpack"'],
    ["LSET l 0 b", "+OK"],
    ["OBJECT ENCODING l", '$"listpack"'],
  );
});

test("elements larger than a node keep their bytes through every command", async (t) => {
  const { client } = await startFixture(t);
  const large = Buffer.alloc(20_000, "large");
  const other = Buffer.alloc(30_000, "other");
  const ask = (...words: (string | Buffer)[]) => client.ask(...words);
  assert.equal(await ask("RPUSH", "l", "a", large, "b", "c"), ":4");
  assert.equal(await ask("OBJECT", "ENCODING", "l"), '$"quicklist"');
  assert.equal(await ask("LPOS", "l", large), ":1");
  assert.equal(await ask("LINSERT", "l", "AFTER", large, other), ":5");
  assert.equal(await ask("LSET", "l", "-1", large), "+OK");
  const reply = await client.call("LRANGE", "l", "0", "-1");
  assert.ok(reply.kind === "array");
  const words = reply.items.map((item) => (item.kind === "bulk" ? item.bytes.toString() : item.kind));
  assert.deepEqual(words, ["a", large.toString(), other.toString(), "b", large.toString()]);
  assert.equal(await ask("LREM", "l", "0", large), ":2");
  assert.equal(await ask("LSET", "l", "1", "small"), "+OK");
  assert.equal(await ask("RPOPLPUSH", "l", "m"), '$"b"');
  assert.equal(await ask("LRANGE", "l", "0", "-1"), '*[$"a", $"small"]');
});

test("COPY, DUMP and RESTORE keep a list, its encoding and its order", async (t) => {
  const { client } = await startFixture(t, { "list-max-listpack-size": "4" });
  const large = "x".repeat(10_000);
  const lists = { small: ["a", "1"], long: ["a", "b", "c", "d", "e", "-7"], mixed: ["a", large, "b"] };
  for (const [key, words] of Object.entries(lists)) {
    await client.ask("RPUSH", key, ...words);
    const before = await client.ask("LRANGE", key, "0", "-1");
    const encoding = await client.ask("OBJECT", "ENCODING", key);
    const digest = await client.ask("DEBUG", "DIGEST-VALUE", key);
    assert.equal(await client.ask("COPY", key, "copy"), ":1");
    const dump = await client.call("DUMP", key);
    assert.ok(dump.kind === "bulk");
    assert.equal(await client.ask("DEL", key), ":1");
    assert.equal(await client.ask("RESTORE", key, "0", dump.bytes), "+OK");
    for (const name of [key, "copy"]) {
      assert.equal(await client.ask("LRANGE", name, "0", "-1"), before);
      assert.equal(await client.ask("OBJECT", "ENCODING", name), encoding);
      assert.equal(await client.ask("DEBUG", "DIGEST-VALUE", name), digest);
    }
    assert.match(await client.ask("MEMORY", "USAGE", key), /^:\d+$/);
    assert.equal(await client.ask("DEL", "copy"), ":1");
  }
});

test("RESTORE refuses every list that is cut or damaged, and keeps nothing of it", async (t) => {
  const { client } = await startFixture(t, { "list-max-listpack-size": "3" });
  await client.ask("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1");
  await client.ask("RPUSH", "l", "alpha", "2", "gamma", "delta", "5", "x".repeat(9000), "7");
  const dump = await client.call("DUMP", "l");
  assert.ok(dump.kind === "bulk");
  const footer = dump.bytes.subarray(-10);
  for (let length = 1; length < dump.bytes.length - 10; length += length < 80 ? 1 : 97) {
    const cut = Buffer.concat([dump.bytes.subarray(0, length), footer]);
    assert.equal(await client.ask("RESTORE", "r", "0", cut), "-ERR Bad data format", `cut to ${length}`);
  }
  let loaded = 0;
  for (let at = 1; at < 60; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xc3, 0xf0, 0xff]) {
      const damaged = Buffer.from(dump.bytes);
      damaged[at] = value;
      if ((await client.ask("RESTORE", "r", "0", damaged, "REPLACE")) !== "+OK") continue;
      loaded++;
      assert.match(await client.ask("LRANGE", "r", "0", "-1"), /^\*\[/);
      assert.match(await client.ask("LPOP", "r"), /^\$/);
    }
  }
  assert.ok(loaded > 0, "a changed byte inside of an element is no damage");
});
