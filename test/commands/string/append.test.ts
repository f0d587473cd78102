import assert from "node:assert/strict";
import { test } from "node:test";
import { EffectsRecorder } from "../../support/effects-recorder.js";
import { startFixture } from "./fixture.js";

const TOO_LONG = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";

test("APPEND grows a value through all encodings, keeps its bytes and its deadline", async (t) => {
  const { client, encodingOf, deadlineOf } = await startFixture(t);
  assert.equal(await client.ask("APPEND", "k", "12"), ":2");
  assert.equal(encodingOf("k"), "int");
  await client.call("GETEX", "k", "EX", 100);
  const deadline = deadlineOf("k");
  let value = "12";
  for (const more of ["3", "", "\u0000\r\n", "b".repeat(40), "c".repeat(2002), "d", "e".repeat(70_000), "f"]) {
    value += more;
    assert.equal(await client.ask("APPEND", "k", more), `:${value.length}`);
    assert.equal(encodingOf("k"), value.length > 2048 ? "large" : "raw");
    assert.deepEqual(await client.call("GET", "k"), { kind: "bulk", bytes: Buffer.from(value) });
    assert.equal(deadlineOf("k"), deadline);
  }
  assert.equal(await client.ask("APPEND", "empty", ""), ":0");
  assert.equal(await client.ask("GET", "empty"), '$""');
  assert.equal(encodingOf("empty"), "embstr");
});

test("SETRANGE overwrites, grows, fills a gap with zeros, and answers the length", async (t) => {
  const { client, encodingOf } = await startFixture(t);
  const ask = (offset: number | string, value: string) => client.ask("SETRANGE", "k", offset, value);
  assert.equal(await ask(5, ""), ":0");
  assert.equal(await client.ask("GET", "k"), "$nil", "an empty value makes no key");
  assert.equal(await ask(2, "ab"), ":4");
  assert.equal(await client.ask("GET", "k"), '$"\\x00\\x00ab"');
  assert.equal(encodingOf("k"), "raw");
  assert.equal(await ask(1, "x"), ":4");
  assert.equal(await ask(9, ""), ":4");
  assert.equal(await ask(3, "yz"), ":5");
  assert.equal(await client.ask("GET", "k"), '$"\\x00xayz"');
  await client.call("SET", "k", "1234");
  assert.equal(await ask(1, ""), ":4");
  assert.equal(encodingOf("k"), "int");
  assert.equal(await ask(1, "9"), ":4");
  assert.equal(await client.ask("GET", "k"), '$"1934"');
  assert.equal(encodingOf("k"), "raw");
});

test("a gap is zero even where memory was used before", async (t) => {
  const { client } = await startFixture(t);
  for (const [length, offset] of [
    [10, 100],
    [10, 2040],
    [10, 5000],
    [3000, 3500],
    [3000, 200_000],
    [0, 5000],
  ] as const) {
    await client.call("SET", "waste", "w".repeat(300_000));
    await client.call("GETDEL", "waste");
    await client.call("SET", "k", "v".repeat(length));
    if (length === 0) await client.call("GETDEL", "k");
    assert.equal(await client.ask("SETRANGE", "k", offset, "end"), `:${offset + 3}`);
    const expected = Buffer.alloc(offset + 3);
    expected.write("v".repeat(length), 0);
    expected.write("end", offset);
    assert.deepEqual(await client.call("GET", "k"), { kind: "bulk", bytes: expected }, `${length} ${offset}`);
  }
});

test("APPEND and SETRANGE stop at proto-max-bulk-len, and change nothing", async (t) => {
  const { client } = await startFixture(t, { "proto-max-bulk-len": "1mb" });
  const megabyte = 1024 * 1024;
  await client.call("SET", "k", "x".repeat(megabyte - 1));
  assert.equal(await client.ask("APPEND", "k", "yz"), TOO_LONG);
  assert.equal(await client.ask("APPEND", "k", "y"), `:${megabyte}`);
  assert.equal(await client.ask("SETRANGE", "k", megabyte, "z"), TOO_LONG);
  assert.equal(await client.ask("SETRANGE", "k", megabyte - 1, "z"), `:${megabyte}`);
  assert.equal(await client.ask("SETRANGE", "none", megabyte, "z"), TOO_LONG);
  assert.equal(await client.ask("SETRANGE", "none", "9223372036854775807", "z"), TOO_LONG);
  assert.equal(await client.ask("GET", "none"), "$nil");
});

test("SETRANGE refuses an offset that is negative or no integer", async (t) => {
  const { client } = await startFixture(t);
  assert.equal(await client.ask("SETRANGE", "k", -1, "x"), "-ERR offset is out of range");
  assert.equal(await client.ask("SETRANGE", "k", -1, ""), "-ERR offset is out of range");
  for (const offset of ["", "x", "1.5", "9223372036854775808"]) {
    assert.equal(await client.ask("SETRANGE", "k", offset, "x"), "-ERR value is not an integer or out of range");
  }
});

test("APPEND and SETRANGE count, tell and propagate what they change", async (t) => {
  const { client, server } = await startFixture(t);
  const recorder = new EffectsRecorder(server);
  const cases: readonly (readonly [string[], string[], number])[] = [
    [["APPEND", "k", "v"], ["new k", "append k"], 1],
    [["APPEND", "k", ""], ["append k"], 1],
    [["SETRANGE", "k", "3", "v"], ["setrange k"], 1],
    [["SETRANGE", "k", "3", ""], [], 0],
    [["SETRANGE", "fresh", "0", ""], [], 0],
    [["SETRANGE", "fresh", "0", "v"], ["new fresh", "setrange fresh"], 1],
  ];
  for (const [command, events, dirty] of cases) {
    await client.call(...command);
    assert.deepEqual(recorder.takeEvents(), events, command.join(" "));
    assert.deepEqual(recorder.takeCommands(), dirty === 0 ? [] : [command.join(" ")]);
    assert.equal(recorder.takeDirty(), dirty, command.join(" "));
  }
});

test("LCS answers the subsequence, its length, or its ranges", async (t) => {
  const { client } = await startFixture(t);
  await client.call("MSET", "a", "ohmytext", "b", "mynewtext", "n", "12345", "empty", "");
  assert.equal(await client.ask("LCS", "a", "b"), '$"mytext"');
  assert.equal(await client.ask("LCS", "a", "b", "len"), ":6");
  const first = "*[*[:4, :7], *[:5, :8]";
  const second = "*[*[:2, :3], *[:0, :1]";
  assert.equal(await client.ask("LCS", "a", "b", "IDX"), `*[$"matches", *[${first}], ${second}]], $"len", :6]`);
  assert.equal(
    await client.ask("LCS", "a", "b", "IDX", "MINMATCHLEN", 4, "WITHMATCHLEN"),
    `*[$"matches", *[${first}, :4]], $"len", :6]`,
  );
  assert.equal(await client.ask("LCS", "a", "b", "IDX", "MINMATCHLEN", 9), '*[$"matches", *[], $"len", :6]');
  assert.equal(await client.ask("LCS", "a", "b", "MINMATCHLEN", -3), '$"mytext"');
  assert.equal(await client.ask("LCS", "n", "n"), '$"12345"');
  for (const other of ["empty", "none"]) {
    assert.equal(await client.ask("LCS", "a", other), '$""');
    assert.equal(await client.ask("LCS", other, "a", "LEN"), ":0");
    assert.equal(await client.ask("LCS", other, other, "IDX"), '*[$"matches", *[], $"len", :0]');
  }
});

test("LCS refuses options that are none, and strings whose table exceeds proto-max-bulk-len", async (t) => {
  const { client } = await startFixture(t, { "proto-max-bulk-len": "1mb" });
  assert.equal(await client.ask("LCS", "a", "b", "x"), "-ERR syntax error");
  assert.equal(await client.ask("LCS", "a", "b", "MINMATCHLEN"), "-ERR syntax error");
  assert.equal(await client.ask("LCS", "a", "b", "MINMATCHLEN", "x"), "-ERR value is not an integer or out of range");
  assert.equal(
    await client.ask("LCS", "a", "b", "LEN", "IDX"),
    "-ERR If you want both the length and indexes, please just use IDX.",
  );
  await client.call("MSET", "a", "x".repeat(511), "b", "y".repeat(511), "c", "y".repeat(512));
  assert.equal(await client.ask("LCS", "a", "b", "LEN"), ":0");
  assert.equal(
    await client.ask("LCS", "a", "c"),
    "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
  );
});

test("a value that no block can hold is refused, and the key stays as it was", async (t) => {
  const { client, server } = await startFixture(t, { "proto-max-bulk-len": "4gb" });
  const { arena } = server.pyredis.server.keyspace;
  await client.call("SET", "k", "v".repeat(50));
  const used = arena.usedBytes;
  for (const key of ["k", "none"]) {
    assert.match(await client.ask("SETRANGE", key, 3_000_000_000, "x"), /^-OOM /);
  }
  assert.equal(await client.ask("MGET", "k", "none"), `*[$"${"v".repeat(50)}", $nil]`);
  assert.equal(arena.usedBytes, used);
});
