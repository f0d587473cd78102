// The hash commands without deadlines: replies, errors, encodings, effects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../../support/resp-value.js";
import { ENCODINGS, startFixture } from "./fixture.js";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER = "-ERR value is not an integer or out of range";

for (const [encoding, config] of ENCODINGS) {
  test(`fields are set, read, counted and deleted (${encoding})`, async (t) => {
    const { expect } = await startFixture(t, config);
    await expect(
      ["HSET h a 1", ":1"],
      ["HSET h a 2 b 3", ":1"],
      ["HMSET h c 4 d 5", "+OK"],
      ["OBJECT ENCODING h", `$"${encoding}"`],
      ["HSETNX h a 9", ":0"],
      ["HSETNX h e ''", ":1"],
      ["HGET h a", '$"2"'],
      ["HGET h e", '$""'],
      ["HGET h x", "$nil"],
      ["HMGET h a x b", '*[$"2", $nil, $"3"]'],
      ["HLEN h", ":5"],
      ["HEXISTS h e", ":1"],
      ["HEXISTS h x", ":0"],
      ["HSTRLEN h a", ":1"],
      ["HSTRLEN h x", ":0"],
      ["HDEL h a x b a", ":2"],
      ["HDEL h c d", ":2"],
      ["HGETALL h", '*[$"e", $""]'],
      ["HKEYS h", '*[$"e"]'],
      ["HVALS h", '*[$""]'],
      ["HDEL h e e", ":1"],
      ["EXISTS h", ":0"],
      ["TYPE h", "+none"],
    );
  });

  test(`RESP3 has a map and pairs (${encoding})`, async (t) => {
    const { connect } = await startFixture(t, config);
    const client = await connect({ resp: 3 });
    await client.call("HSET", "h", "a", "1");
    assert.equal(await client.ask("HGETALL", "h"), '%{$"a": $"1"}');
    assert.equal(await client.ask("HGETALL", "none"), "%{}");
    assert.equal(await client.ask("HKEYS", "h"), '*[$"a"]');
    assert.equal(await client.ask("HGET", "h", "x"), "_");
    assert.equal(await client.ask("HMGET", "none", "x"), "*[_]");
    assert.equal(await client.ask("HRANDFIELD", "h", 2, "WITHVALUES"), '*[*[$"a", $"1"]]');
    assert.equal(await client.ask("HRANDFIELD", "h", -1, "WITHVALUES"), '*[*[$"a", $"1"]]');
    assert.equal(await client.ask("HRANDFIELD", "none"), "_");
    assert.equal(await client.ask("HINCRBYFLOAT", "h", "a", "0.5"), '$"1.5"');
  });

  test(`HINCRBY and HINCRBYFLOAT add, and refuse what is no number (${encoding})`, async (t) => {
    const { expect, client } = await startFixture(t, config);
    await expect(
      ["HINCRBY h n 5", ":5"],
      ["HINCRBY h n -7", ":-2"],
      ["HGET h n", '$"-2"'],
      ["HSET h n 9223372036854775806", ":0"],
      ["HINCRBY h n 1", ":9223372036854775807"],
      ["HINCRBY h n 1", "-ERR increment or decrement would overflow"],
      ["HGET h n", '$"9223372036854775807"'],
      ["HINCRBY h n -9223372036854775808", ":-1"],
      ["HINCRBY h n x", NOT_INTEGER],
      ["HINCRBY h n 1.5", NOT_INTEGER],
      ["HINCRBY new n x", NOT_INTEGER],
      ["EXISTS new", ":0"],
      ["HSET h text abc blank ' float 1.5", ":3"],
      ["HINCRBY h text 1", "-ERR hash value is not an integer"],
      ["HINCRBY h float 1", "-ERR hash value is not an integer"],
      ["HINCRBYFLOAT h float 2.25", '$"3.75"'],
      ["HINCRBYFLOAT h n 1", '$"0"'],
      ["HINCRBYFLOAT h text 1", "-ERR hash value is not a float"],
      ["HINCRBYFLOAT h float x", "-ERR value is not a valid float"],
      ["HINCRBYFLOAT h float inf", "-ERR value is NaN or Infinity"],
      ["HINCRBYFLOAT h float nan", "-ERR value is not a valid float"],
      ["HINCRBYFLOAT other f 0.1", '$"0.1"'],
      ["HINCRBYFLOAT other f 0.2", '$"0.3"'],
    );
    // The longest field and sum that a listpack would not take.
    const field = "f".repeat(65);
    assert.equal(await client.ask("HINCRBY", "h", field, 1), ":1");
    assert.equal(await client.ask("OBJECT", "ENCODING", "h"), '$"hashtable"');
  });

  test(`HRANDFIELD draws each field as often as any other (${encoding})`, async (t) => {
    const { client } = await startFixture(t, config);
    const fields = Array.from({ length: 20 }, (_, i) => `f${i}`);
    await client.call("HSET", "h", ...fields.flatMap((field, i) => [field, String(i)]));
    const drawn = new Map<string, number>();
    const count = (name: string): void => void drawn.set(name, (drawn.get(name) ?? 0) + 1);
    const draw = async (...command: (string | number)[]): Promise<string[]> => {
      const reply = await client.call(...command);
      return "items" in reply ? reply.items.map(textOf) : [textOf(reply)];
    };
    for (let i = 0; i < 100; i++) {
      for (const field of await draw("HRANDFIELD", "h", -20)) count(field);
      // More than a third of them: a walk. Less, in a table: draws.
      for (const wanted of [15, 3]) {
        const some = await draw("HRANDFIELD", "h", wanted);
        assert.equal(new Set(some).size, wanted, "no field twice");
        for (const field of some) count(field);
      }
      for (const field of await draw("HRANDFIELD", "h")) count(field);
      for (const field of await draw("HRANDFIELD", "h", 1)) count(field);
    }
    assert.deepEqual([...drawn.keys()].sort(), [...fields].sort());
    // 100 rounds of 40 draws over 20 fields: 200 of each, give or take five standard deviations.
    for (const [field, times] of drawn) assert.ok(Math.abs(times - 200) < 70, `${field} ${times} times`);
    const all = await draw("HRANDFIELD", "h", 100, "WITHVALUES");
    assert.equal(all.length, 40);
    for (let i = 0; i < 40; i += 2) assert.equal(all[i], `f${all[i + 1]}`);
    assert.equal((await draw("HRANDFIELD", "h", -50, "withvalues")).length, 100);
  });

  test(`HSCAN gives every field once, with or without values (${encoding})`, async (t) => {
    const { client, expect } = await startFixture(t, config);
    const fields = Array.from({ length: 300 }, (_, i) => `f${i}`);
    await client.call("HSET", "h", ...fields.flatMap((field) => [field, `v${field}`]));
    for (const options of [[], ["NOVALUES"], ["COUNT", "7"], ["MATCH", "f*"], ["COUNT", "50", "novalues"]]) {
      const found: string[] = [];
      let cursor = "0";
      do {
        const reply = await client.call("HSCAN", "h", cursor, ...options);
        assert.ok("items" in reply);
        const [next, elements] = reply.items;
        assert.ok(next !== undefined && elements !== undefined && "items" in elements);
        cursor = textOf(next);
        const texts = elements.items.map(textOf);
        if (options.includes("NOVALUES") || options.includes("novalues")) found.push(...texts);
        else
          for (let i = 0; i < texts.length; i += 2)
            found.push(`${texts[i]}`) && assert.equal(texts[i + 1], `v${texts[i]}`);
      } while (cursor !== "0");
      assert.deepEqual(found.sort(), [...fields].sort(), options.join(" "));
    }
    await expect(
      ["HSCAN h 0 MATCH f29 COUNT 1000", '*[$"0", *[$"f29", $"vf29"]]'],
      ["HSCAN h x", "-ERR invalid cursor"],
      ["HSCAN h 0 COUNT 0", "-ERR syntax error"],
      ["HSCAN h 0 COUNT x", NOT_INTEGER],
      ["HSCAN h 0 FOO", "-ERR syntax error"],
      ["HSCAN none 0 FOO", '*[$"0", *[]]'],
    );
  });

  test(`changes are counted, announced and sent on as Redis does (${encoding})`, async (t) => {
    const { expect, recorder } = await startFixture(t, config);
    const told = (events: string[], commands: string[], dirty: number): void => {
      assert.deepEqual(recorder.takeEvents(), events);
      assert.deepEqual(recorder.takeCommands(), commands);
      assert.equal(recorder.takeDirty(), dirty);
    };
    await expect(["HSET h a 1 b 2", ":2"]);
    told(["new h", "hset h"], ["HSET h a 1 b 2"], 2);
    await expect(["HMSET h a 1", "+OK"]);
    told(["hset h"], ["HMSET h a 1"], 1);
    await expect(["HSETNX h a 1", ":0"]);
    told([], [], 0);
    await expect(["HSETNX h c 1", ":1"]);
    told(["hset h"], ["HSETNX h c 1"], 1);
    await expect(["HINCRBY h a 5", ":6"]);
    told(["hincrby h"], ["HINCRBY h a 5"], 1);
    await expect(["HINCRBYFLOAT h a 0.5", '$"6.5"']);
    told(["hincrbyfloat h"], ["HSET h a 6.5"], 1);
    await expect(["HDEL h x", ":0"]);
    told([], [], 0);
    await expect(["HDEL h a b x", ":2"]);
    told(["hdel h"], ["HDEL h a b x"], 2);
    await expect(["HGETDEL h FIELDS 2 c x", '*[$"1", $nil]']);
    told(["hdel h", "del h"], ["HDEL h c x"], 1);
    await expect(["HSET h a 1", ":1"], ["HDEL h a", ":1"]);
    told(["new h", "hset h", "hdel h", "del h"], ["HSET h a 1", "HDEL h a"], 2);
    await expect(["HGET h a", "$nil"]);
    told(["keymiss h"], [], 0);
  });
}

test("commands of the family refuse keys of other types, and wrong numbers of arguments", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("SET", "s", "1");
  const calls = [
    "HSET s a 1",
    "HMSET s a 1",
    "HSETNX s a 1",
    "HGET s a",
    "HMGET s a",
    "HGETALL s",
    "HKEYS s",
    "HVALS s",
  ];
  calls.push("HLEN s", "HSTRLEN s a", "HEXISTS s a", "HDEL s a", "HINCRBY s a 1", "HINCRBYFLOAT s a 1", "HSCAN s 0");
  calls.push("HRANDFIELD s", "HRANDFIELD s 2", "HEXPIRE s 1 FIELDS 1 a", "HTTL s FIELDS 1 a", "HPERSIST s FIELDS 1 a");
  calls.push("HGETDEL s FIELDS 1 a", "HGETEX s FIELDS 1 a", "HSETEX s FIELDS 1 a b");
  for (const call of calls) await expect([call, WRONG_TYPE]);
  for (const call of ["HSET h", "HSET h a", "HSET h a 1 b", "HMSET h a", "HMSET h a 1 b", "HGET h", "HDEL h", "HLEN"]) {
    const name = call.split(" ", 1)[0]?.toLowerCase();
    await expect([call, `-ERR wrong number of arguments for '${name}' command`]);
  }
  await expect(
    ["EXISTS h", ":0"],
    ["HRANDFIELD s x", NOT_INTEGER],
    ["HRANDFIELD none 1 FOO", "-ERR syntax error"],
    ["HRANDFIELD none 1 WITHVALUES x", "-ERR syntax error"],
    ["HRANDFIELD none 5", "*[]"],
    ["HRANDFIELD none", "$nil"],
    [
      "HRANDFIELD none -9223372036854775808",
      "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    ],
    ["HRANDFIELD none -9223372036854775807 WITHVALUES", "-ERR value is out of range"],
    ["HRANDFIELD none -9223372036854775807", "*[]"],
  );
  await client.call("HSET", "h", "a", "1");
  await expect(["HRANDFIELD h -9223372036854775807", "-ERR value is out of range"], ["HRANDFIELD h 0", "*[]"]);
});

test("the limits of the listpack decide about the encoding, live, under both names", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("CONFIG", "SET", "hash-max-ziplist-entries", "3", "hash-max-listpack-value", "5");
  await expect(
    ["HSET h a 1 b 2 c 3", ":3"],
    ["OBJECT ENCODING h", '$"listpack"'],
    ["HSET h c 33", ":0"],
    ["OBJECT ENCODING h", '$"listpack"'],
    ["HSET h d 4", ":1"],
    ["OBJECT ENCODING h", '$"hashtable"'],
    ["HDEL h b c d", ":3"],
    ["OBJECT ENCODING h", '$"hashtable"'],
    ["HSET v a 12345", ":1"],
    ["OBJECT ENCODING v", '$"listpack"'],
    ["HSET v a 123456", ":0"],
    ["OBJECT ENCODING v", '$"hashtable"'],
    ["HGETALL v", '*[$"a", $"123456"]'],
    ["HSET f abcdef 1", ":1"],
    ["OBJECT ENCODING f", '$"hashtable"'],
    // As many at once as do not fit, though they are one field.
    ["HSET r a 1 a 2 a 3 a 4", ":1"],
    ["OBJECT ENCODING r", '$"hashtable"'],
    ["HGETALL r", '*[$"a", $"4"]'],
  );
});

test("large fields and values come back as they were", async (t) => {
  const { client } = await startFixture(t);
  for (const length of [63, 64, 65, 126, 127, 128, 254, 255, 256, 4095, 4096, 70_000]) {
    const field = Buffer.alloc(length, "f");
    const value = Buffer.alloc(length, "\xff\0", "latin1");
    assert.equal(await client.ask("HSET", `k${length}`, field, value, "short", "v"), ":2");
    const reply = await client.call("HGET", `k${length}`, field);
    assert.ok(reply.kind === "bulk" && Buffer.from(reply.bytes).equals(value), `${length} bytes`);
    // Longer and shorter, in place or not.
    for (const other of [length + 1, length - 1, 0, length + 1000]) {
      await client.call("HSET", `k${length}`, field, Buffer.alloc(other, "o"));
      assert.equal(await client.ask("HSTRLEN", `k${length}`, field), `:${other}`);
    }
    assert.equal(await client.ask("HGET", `k${length}`, "short"), '$"v"');
  }
});

test("hashes of all encodings are copied, moved, dumped, measured and digested", async (t) => {
  for (const [encoding, config] of ENCODINGS) {
    const { client, expect } = await startFixture(t, config);
    await client.call("HSET", "h", ...Array.from({ length: 100 }, (_, i) => [`f${i}`, `${i}`]).flat());
    const digest = await client.ask("DEBUG", "DIGEST-VALUE", "h");
    await expect(
      ["COPY h c", ":1"],
      ["HDEL h f0", ":1"],
      ["HLEN c", ":100"],
      ["DEBUG DIGEST-VALUE c", digest],
      ["RENAME c r", "+OK"],
      ["DEBUG DIGEST-VALUE r", digest],
      ["OBJECT ENCODING r", `$"${encoding}"`],
      ["MOVE r 1", ":1"],
      ["SELECT 1", "+OK"],
      ["DEBUG DIGEST-VALUE r", digest],
    );
    const payload = await client.call("DUMP", "r");
    assert.ok(payload.kind === "bulk");
    assert.equal(await client.ask("RESTORE", "back", 0, payload.bytes), "+OK");
    await expect(["DEBUG DIGEST-VALUE back", digest], ["OBJECT ENCODING back", `$"${encoding}"`]);
    const usage = await client.call("MEMORY", "USAGE", "back");
    assert.ok(usage.kind === "int" && usage.value > 500n);
  }
});
