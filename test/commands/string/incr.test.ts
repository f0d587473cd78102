import assert from "node:assert/strict";
import { test } from "node:test";
import { EffectsRecorder } from "../../support/effects-recorder.js";
import { startFixture } from "./fixture.js";

const NOT_INTEGER = "-ERR value is not an integer or out of range";
const NOT_FLOAT = "-ERR value is not a valid float";
const OVERFLOW = "-ERR increment or decrement would overflow";
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

test("INCR, DECR, INCRBY and DECRBY count from 0 and keep an integer", async (t) => {
  const { client, encodingOf } = await startFixture(t);
  assert.equal(await client.ask("INCR", "a"), ":1");
  assert.equal(await client.ask("DECR", "b"), ":-1");
  assert.equal(await client.ask("INCRBY", "c", 5), ":5");
  assert.equal(await client.ask("DECRBY", "d", 5), ":-5");
  assert.equal(await client.ask("DECRBY", "e", 0), ":0");
  assert.equal(await client.ask("MGET", "a", "b", "c", "d", "e"), '*[$"1", $"-1", $"5", $"-5", $"0"]');
  for (const key of ["a", "b", "c", "d", "e"]) assert.equal(encodingOf(key), "int");
});

test("sums are exact up to the ends of 64 bits, and an overflow changes nothing", async (t) => {
  const { client } = await startFixture(t);
  const edges = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 62n + 3n, MAX];
  const values = [...edges, ...edges.map((edge) => -edge), MIN];
  for (const value of values) {
    for (const step of values) {
      for (const [command, sum] of [
        ["INCRBY", value + step],
        ["DECRBY", value - step],
      ] as const) {
        await client.call("SET", "k", value);
        const fits = sum >= MIN && sum <= MAX;
        const overflow = command === "DECRBY" && step === MIN ? "-ERR decrement would overflow" : OVERFLOW;
        const expected = fits && !(command === "DECRBY" && step === MIN) ? `:${sum}` : overflow;
        assert.equal(await client.ask(command, "k", step), expected, `${value} ${command} ${step}`);
        assert.equal(await client.ask("GET", "k"), `$"${expected.startsWith(":") ? sum : value}"`);
      }
    }
  }
  assert.equal(await client.ask("INCRBY", "fresh", MIN), `:${MIN}`);
  assert.equal(await client.ask("DECR", "fresh"), OVERFLOW);
  assert.equal(await client.ask("INCRBY", "top", MAX), `:${MAX}`);
  assert.equal(await client.ask("INCR", "top"), OVERFLOW);
});

test("what is no canonical int64 cannot be incremented, nor be an increment", async (t) => {
  const { client } = await startFixture(t);
  for (const text of ["", " 1", "1 ", "+1", "01", "-0", "1.0", "1e3", "x", "9223372036854775808", "1".repeat(3000)]) {
    await client.call("SET", "k", text);
    assert.equal(await client.ask("INCR", "k"), NOT_INTEGER, text.slice(0, 30));
    assert.equal(await client.ask("DECRBY", "k", MAX), NOT_INTEGER, text.slice(0, 30));
    assert.equal(await client.ask("INCRBY", "none", text), NOT_INTEGER, text.slice(0, 30));
    assert.equal(await client.ask("DECRBY", "none", text), NOT_INTEGER, text.slice(0, 30));
  }
  assert.equal(await client.ask("GET", "none"), "$nil");
});

test("digits that are kept as text count as well, and become an integer", async (t) => {
  const { client, encodingOf } = await startFixture(t);
  await client.call("SET", "k", "1");
  await client.call("APPEND", "k", "0");
  assert.equal(encodingOf("k"), "raw");
  assert.equal(await client.ask("INCRBY", "k", 5), ":15");
  assert.equal(encodingOf("k"), "int");
  await client.call("SET", "k", "922337203685477580");
  await client.call("APPEND", "k", "6");
  assert.equal(await client.ask("INCR", "k"), `:${MAX}`);
});

test("a counter is changed where it stands: its record does not move, with a deadline or without", async (t) => {
  const { client, recordOf, deadlineOf, server } = await startFixture(t);
  for (const [key, ...options] of [["plain"], ["expiring", "EX", "100"]] as const) {
    await client.call("SET", key, "1", ...options);
    const record = recordOf(key);
    const deadline = deadlineOf(key);
    const used = server.pyredis.server.keyspace.arena.usedBytes;
    for (const step of [1n, 1000n, 2n ** 40n, MAX - 2n ** 41n, -MAX]) {
      await client.call("INCRBY", key, step);
      assert.equal(recordOf(key), record, `${key} ${step}`);
    }
    assert.equal(deadlineOf(key), deadline);
    assert.equal(server.pyredis.server.keyspace.arena.usedBytes, used);
  }
});

test("INCRBYFLOAT adds with 64 bits of mantissa and prints at most 17 digits behind the point", async (t) => {
  const { client } = await startFixture(t);
  const cases: readonly (readonly [string, string, string])[] = [
    ["1", "0.25", "1.25"],
    ["3.0e3", "200", "3200"],
    ["10.50", "0.1", "10.6"],
    ["17179869184", "1.5", "17179869185.5"],
    ["9223372036854775807", "0.5", "9223372036854775807.5"],
    ["0.1", "0.2", "0.3"],
    ["1", "-1.1", "-0.1"],
    ["1e-18", "0", "0"],
    ["-1e-18", "0", "0"],
    ["1e17", "0.1", "100000000000000000.1015625"],
    ["0x10", "0x.8", "16.5"],
  ];
  for (const [value, increment, sum] of cases) {
    await client.call("SET", "k", value);
    assert.equal(await client.ask("INCRBYFLOAT", "k", increment), `$"${sum}"`, `${value} + ${increment}`);
    assert.equal(await client.ask("GET", "k"), `$"${sum}"`);
  }
  await client.call("SET", "k", "1e4932");
  assert.equal(await client.ask("STRLEN", "k"), ":6");
  await client.call("INCRBYFLOAT", "k", "0");
  assert.equal(await client.ask("STRLEN", "k"), ":4933");
});

test("INCRBYFLOAT refuses what is no float, and sums that are not finite", async (t) => {
  const { client } = await startFixture(t);
  for (const text of ["", " 1", "1 ", "1,5", "nan", "1e5000", "1e-5000", "x", "1\u0000", "1".repeat(5200)]) {
    await client.call("SET", "k", text);
    assert.equal(await client.ask("INCRBYFLOAT", "k", 1), NOT_FLOAT, text.slice(0, 20));
    assert.equal(await client.ask("INCRBYFLOAT", "none", text), NOT_FLOAT, text.slice(0, 20));
  }
  const notFinite = "-ERR increment would produce NaN or Infinity";
  await client.call("SET", "k", "inf");
  for (const increment of ["1", "-inf", "+Infinity"]) {
    assert.equal(await client.ask("INCRBYFLOAT", "k", increment), notFinite);
  }
  await client.call("SET", "k", "1e4932");
  assert.equal(await client.ask("INCRBYFLOAT", "k", "1e4932"), notFinite);
  assert.equal(await client.ask("GET", "k"), '$"1e4932"');
});

test("INCRBYFLOAT keeps text, never an integer, and the deadline", async (t) => {
  const { client, encodingOf, deadlineOf } = await startFixture(t);
  await client.call("SET", "k", "5", "EX", 100);
  const deadline = deadlineOf("k");
  assert.equal(await client.ask("INCRBYFLOAT", "k", 1), '$"6"');
  assert.equal(encodingOf("k"), "embstr");
  assert.equal(deadlineOf("k"), deadline);
});

test("the INCR family tells incrby, INCRBYFLOAT goes out as the SET of its result", async (t) => {
  const { client, server } = await startFixture(t);
  const recorder = new EffectsRecorder(server);
  const cases: readonly (readonly [string[], string[], string[]])[] = [
    [["INCR", "k"], ["new k", "incrby k"], ["INCR k"]],
    [["DECR", "k"], ["incrby k"], ["DECR k"]],
    [["INCRBY", "k", "9223372036854775807"], ["incrby k"], ["INCRBY k 9223372036854775807"]],
    [["DECRBY", "k", "5"], ["incrby k"], ["DECRBY k 5"]],
    [["INCRBYFLOAT", "f", "0.5"], ["new f", "incrbyfloat f"], ["SET f 0.5 KEEPTTL"]],
    [["INCRBYFLOAT", "f", "0.25"], ["incrbyfloat f"], ["SET f 0.75 KEEPTTL"]],
  ];
  for (const [command, events, commands] of cases) {
    await client.call(...command);
    assert.deepEqual(recorder.takeEvents(), events, command.join(" "));
    assert.deepEqual(recorder.takeCommands(), commands, command.join(" "));
    assert.equal(recorder.takeDirty(), 1, command.join(" "));
  }
  await client.call("INCR", "f");
  assert.deepEqual([recorder.takeEvents(), recorder.takeCommands(), recorder.takeDirty()], [[], [], 0]);
});
