import assert from "node:assert/strict";
import { test } from "node:test";
import { itemsOf, textOf } from "../../support/resp-value.js";
import { EXAMPLES, type Fixture, listTexts, range, startFixture } from "./fixture.js";

async function scanOnce(
  { client }: Fixture,
  cursor: string,
  ...options: readonly (string | number)[]
): Promise<{ next: string; found: string[] }> {
  const [next, found] = itemsOf(await client.call("SSCAN", "s", cursor, ...options));
  assert.ok(next !== undefined && found !== undefined);
  return { next: textOf(next), found: listTexts(found) };
}

test("SSCAN answers a small encoding as a whole, whatever the cursor and the count", async (t) => {
  const fixture = await startFixture(t);
  for (const [name, members] of EXAMPLES) {
    if (name === "hashtable") continue;
    await fixture.client.call("DEL", "s");
    await fixture.client.call("SADD", "s", ...members);
    for (const cursor of ["0", "17", "18446744073709551615"]) {
      const { next, found } = await scanOnce(fixture, cursor, "COUNT", 1);
      assert.deepEqual([next, found.sort()], ["0", [...members].sort()]);
    }
  }
});

test("SSCAN of a table answers every member that stays, while others come and go", async (t) => {
  const fixture = await startFixture(t);
  const { client } = fixture;
  await client.call("SADD", "s", ...range(1, 3000, "stay:"));
  const seen: string[] = [];
  let cursor = "0";
  let round = 0;
  do {
    const { next, found } = await scanOnce(fixture, cursor, "COUNT", 50);
    assert.ok(found.length < 250, "about as many as asked for");
    seen.push(...found);
    cursor = next;
    const others = range(1, 300, `come:${round % 10}:`);
    await client.call(round % 20 < 10 ? "SADD" : "SREM", "s", ...others);
    round++;
  } while (cursor !== "0");
  const stayed = seen.filter((member) => member.startsWith("stay:"));
  assert.deepEqual(stayed.sort(), range(1, 3000, "stay:").sort(), "each is answered, and once");
});

test("SSCAN matches patterns in every encoding", async (t) => {
  const fixture = await startFixture(t);
  for (const members of [range(1, 120), range(1, 120, "m"), range(1, 1200), range(1, 1200, "m")]) {
    await fixture.client.call("DEL", "s");
    await fixture.client.call("SADD", "s", ...members);
    for (const [pattern, matches] of [
      ["*1?", /1.$/],
      ["*", /./],
      ["m[5-7]*", /^m[5-7]/],
      ["", /^$/],
    ] as const) {
      const found: string[] = [];
      let cursor = "0";
      do {
        const step = await scanOnce(fixture, cursor, "match", pattern, "count", 100);
        found.push(...step.found);
        cursor = step.next;
      } while (cursor !== "0");
      assert.deepEqual(found.sort(), members.filter((member) => matches.test(member)).sort(), pattern);
    }
  }
});

test("SSCAN checks its cursor, the key and its options in this order", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SADD", "s", "a");
  await client.call("SET", "text", "v");
  const cases: readonly (readonly [call: string, reply: string])[] = [
    ["SSCAN s x", "-ERR invalid cursor"],
    ["SSCAN text x", "-ERR invalid cursor"],
    ["SSCAN none 0 COUNT x", '*[$"0", *[]]'],
    ["SSCAN text 0 COUNT x", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
    ["SSCAN s 0 COUNT x", "-ERR value is not an integer or out of range"],
    ["SSCAN s 0 COUNT 0", "-ERR syntax error"],
    ["SSCAN s 0 TYPE set", "-ERR syntax error"],
    ["SSCAN s 0 MATCH", "-ERR syntax error"],
    ["SSCAN s 0 NOVALUES", "-ERR NOVALUES option can only be used in HSCAN"],
  ];
  for (const [call, reply] of cases) assert.equal(await client.ask(...call.split(" ")), reply, call);
});
