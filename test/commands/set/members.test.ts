// SADD, SREM, SMEMBERS, SISMEMBER, SMISMEMBER, SCARD and SMOVE.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXAMPLES, range, startFixture, WRONG_TYPE } from "./fixture.js";

test("each command refuses a wrong number of arguments under its own name", async (t) => {
  const { client } = await startFixture(t);
  const counts: Readonly<Record<string, readonly number[]>> = {
    sadd: [0, 1],
    srem: [0, 1],
    smembers: [0, 2],
    sismember: [1, 3],
    smismember: [0, 1],
    scard: [0, 2],
    smove: [2, 4],
    spop: [0],
    srandmember: [0],
    sinter: [0],
    sintercard: [0, 1],
    sinterstore: [0, 1],
    sunion: [0],
    sunionstore: [0, 1],
    sdiff: [0],
    sdiffstore: [0, 1],
    sscan: [0, 1],
  };
  for (const [name, wrong] of Object.entries(counts)) {
    for (const count of wrong) {
      const reply = await client.ask(name, ...Array.from({ length: count }, () => "1"));
      assert.equal(reply, `-ERR wrong number of arguments for '${name}' command`, `${name} with ${count}`);
    }
  }
});

test("each command refuses a key of another type", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "text", "v");
  await client.call("SADD", "set", "a");
  const calls = [
    ..."SADD text a|SREM text a|SMEMBERS text|SISMEMBER text a|SMISMEMBER text a|SCARD text|SMOVE text set a".split(
      "|",
    ),
    ..."SMOVE set text a|SMOVE set text none|SPOP text|SPOP text 1|SRANDMEMBER text|SRANDMEMBER text 1".split("|"),
    ..."SINTER text|SINTER set text|SINTER none text|SINTERCARD 2 none text|SINTERSTORE to none text".split("|"),
    ..."SUNION none text|SUNIONSTORE to text|SDIFF none text|SDIFFSTORE to set text|SSCAN text 0".split("|"),
  ];
  for (const call of calls) assert.equal(await client.ask(...call.split(" ")), WRONG_TYPE, call);
  assert.equal(await client.ask("SUNIONSTORE", "text", "set"), ":1", "a destination is replaced, whatever it is");
  assert.equal(await client.ask("SMOVE", "none", "set", "a"), ":0");
});

test("a missing key is an empty set", async (t) => {
  const { client, connect } = await startFixture(t);
  const calls: readonly (readonly [call: string, resp2: string, resp3: string])[] = [
    ["SREM none a", ":0", ":0"],
    ["SMEMBERS none", "*[]", "~[]"],
    ["SISMEMBER none a", ":0", ":0"],
    ["SMISMEMBER none a b", "*[:0, :0]", "*[:0, :0]"],
    ["SCARD none", ":0", ":0"],
    ["SPOP none", "$nil", "_"],
    ["SPOP none 3", "*[]", "~[]"],
    ["SRANDMEMBER none", "$nil", "_"],
    ["SRANDMEMBER none 3", "*[]", "*[]"],
    ["SRANDMEMBER none -3", "*[]", "*[]"],
    ["SINTER none none", "*[]", "~[]"],
    ["SINTERCARD 1 none", ":0", ":0"],
    ["SUNION none none", "*[]", "~[]"],
    ["SDIFF none none", "*[]", "~[]"],
    ["SINTERSTORE to none", ":0", ":0"],
    ["SUNIONSTORE to none none", ":0", ":0"],
    ["SDIFFSTORE to none", ":0", ":0"],
    ["SSCAN none 0", '*[$"0", *[]]', '*[$"0", *[]]'],
  ];
  const third = await connect({ resp: 3 });
  for (const [call, resp2, resp3] of calls) {
    assert.equal(await client.ask(...call.split(" ")), resp2, call);
    assert.equal(await third.ask(...call.split(" ")), resp3, call);
  }
  assert.equal(await client.ask("DBSIZE"), ":0");
});

test("sets of every encoding hold their members, whatever is in them", async (t) => {
  const { client, connect, encoding, members } = await startFixture(t);
  const third = await connect({ resp: 3 });
  for (const [name, wanted] of EXAMPLES) {
    assert.equal(await client.ask("SADD", name, ...wanted, ...wanted), `:${wanted.length}`);
    assert.equal(await encoding(name), name);
    assert.equal(await client.ask("SCARD", name), `:${wanted.length}`);
    assert.deepEqual(await members(name), [...wanted].sort());
    const asked = wanted.flatMap((member) => [member, `${member}?`]);
    const answer = `*[${wanted.map(() => ":1, :0").join(", ")}]`;
    assert.equal(await client.ask("SMISMEMBER", name, ...asked), answer);
    assert.equal(await third.ask("SMISMEMBER", name, ...asked), answer, "RESP3 has integers here too");
    assert.equal((await third.call("SMEMBERS", name)).kind, "set");
    for (const member of wanted) {
      assert.equal(await client.ask("SISMEMBER", name, member), ":1");
      assert.equal(await client.ask("SADD", name, member), ":0");
    }
    for (const other of ["01", "+1", " 1", "1.0", "-0", "9223372036854775809"]) {
      assert.equal(await client.ask("SISMEMBER", name, other), ":0", other);
      assert.equal(await client.ask("SREM", name, other), ":0", other);
    }
    assert.equal(await client.ask("SREM", name, "absent", ...wanted.slice(1)), `:${wanted.length - 1}`);
    assert.deepEqual(await members(name), [wanted[0]]);
    assert.equal(await client.ask("SREM", name, wanted[0] ?? "", "more"), ":1");
    assert.equal(await client.ask("EXISTS", name), ":0", "a set goes with its last member");
  }
});

test("SADD and SREM tell one event, the deletion, and how much has changed", async (t) => {
  const { client, recorder } = await startFixture(t);
  const take = (): unknown[] => [recorder.takeEvents(), recorder.takeCommands(), recorder.takeDirty()];
  await client.call("SADD", "s", "a", "b", "a", "c");
  assert.deepEqual(take(), [["new s", "sadd s"], ["SADD s a b a c"], 3]);
  await client.call("SADD", "s", "a", "d");
  assert.deepEqual(take(), [["sadd s"], ["SADD s a d"], 1]);
  await client.call("SADD", "s", "a");
  assert.deepEqual(take(), [[], [], 0]);
  await client.call("SREM", "s", "a", "x", "b");
  assert.deepEqual(take(), [["srem s"], ["SREM s a x b"], 2]);
  await client.call("SREM", "s", "x");
  assert.deepEqual(take(), [[], [], 0]);
  await client.call("SREM", "s", "c", "d", "e");
  assert.deepEqual(take(), [["srem s", "del s"], ["SREM s c d e"], 2]);
  await client.call("SREM", "s", "c");
  assert.deepEqual(take(), [[], [], 0]);
});

test("a change fails the transaction of a watcher, and one that changes nothing does not", async (t) => {
  const { client, connect } = await startFixture(t);
  const watcher = await connect();
  await client.call("SADD", "s", "a", "b");
  for (const [command, fails] of [
    ["SADD s a", false],
    ["SADD s c", true],
    ["SREM s x", false],
    ["SREM s c", true],
    ["SMOVE s s a", false],
    ["SMOVE s other a", true],
    ["SPOP s", true],
  ] as const) {
    await watcher.call("WATCH", "s");
    await client.call(...command.split(" "));
    await watcher.call("MULTI");
    await watcher.call("PING");
    assert.equal(await watcher.ask("EXEC"), fails ? "*nil" : "*[+PONG]", command);
  }
});

test("SMOVE moves a member, creates its destination and deletes its source", async (t) => {
  const { client, encoding, members, recorder } = await startFixture(t);
  const take = (): unknown[] => [recorder.takeEvents(), recorder.takeCommands(), recorder.takeDirty()];
  await client.call("SADD", "from", "1", "2", "x");
  await client.call("SADD", "to", "2", "y");
  take();
  assert.equal(await client.ask("SMOVE", "from", "to", "absent"), ":0");
  assert.equal(await client.ask("SMOVE", "from", "from", "absent"), ":0");
  assert.equal(await client.ask("SMOVE", "from", "from", "x"), ":1");
  assert.deepEqual(take(), [[], [], 0]);
  assert.equal(await client.ask("SMOVE", "from", "to", "x"), ":1");
  assert.deepEqual(take(), [["srem from", "sadd to"], ["SMOVE from to x"], 2]);
  assert.equal(await client.ask("SMOVE", "from", "to", "2"), ":1", "the destination has it already");
  assert.deepEqual(take(), [["srem from"], ["SMOVE from to 2"], 1]);
  assert.equal(await client.ask("SMOVE", "from", "new", "1"), ":1");
  assert.deepEqual(take(), [["srem from", "del from", "new new", "sadd new"], ["SMOVE from new 1"], 2]);
  assert.deepEqual([await members("from"), await members("to"), await members("new")], [[], ["2", "x", "y"], ["1"]]);
  assert.equal(await encoding("new"), "intset");
  assert.equal(await client.ask("SMOVE", "to", "new", "y"), ":1");
  assert.equal(await encoding("new"), "listpack");
});

test("the encoding follows the limits, as they are at the time of the change", async (t) => {
  const { client, encoding } = await startFixture(t);
  const limit = (name: string, value: number): Promise<string> =>
    client.ask("CONFIG", "SET", `set-max-${name}`, String(value));
  await client.call("SADD", "s", ...range(1, 512));
  assert.equal(await encoding("s"), "intset");
  await client.call("SADD", "s", "513");
  assert.equal(await encoding("s"), "hashtable", "an intset that grows too long never becomes a listpack");
  await client.call("SREM", "s", ...range(5, 513));
  assert.equal(await encoding("s"), "hashtable", "removals do not change the encoding");
  await client.call("DEL", "s");
  await client.call("SADD", "s", ...range(1, 127));
  await client.call("SADD", "s", "x");
  assert.equal(await encoding("s"), "listpack");
  await client.call("SADD", "s", "y");
  assert.equal(await encoding("s"), "hashtable");
  await client.call("DEL", "s");
  await client.call("SADD", "s", ...range(1, 128));
  await client.call("SADD", "s", "x");
  assert.equal(await encoding("s"), "hashtable", "an intset as long as a listpack may be");
  await client.call("DEL", "s");
  await client.call("SADD", "s", "x".repeat(64));
  assert.equal(await encoding("s"), "listpack");
  await client.call("SADD", "s", "x".repeat(65));
  assert.equal(await encoding("s"), "hashtable");

  await limit("listpack-value", 3);
  await client.call("SADD", "wide", "-1000");
  assert.equal(await encoding("wide"), "intset");
  await client.call("SADD", "wide", "x");
  assert.equal(await encoding("wide"), "hashtable", "the integers' texts count too");
  await limit("listpack-entries", 2);
  await client.call("SADD", "few", "a", "b");
  assert.equal(await encoding("few"), "listpack");
  await client.call("SADD", "few", "a", "b");
  assert.equal(await encoding("few"), "listpack");
  await client.call("SADD", "few", "a", "b", "a");
  assert.equal(await encoding("few"), "hashtable", "as many arguments as that make room in advance");
  await limit("intset-entries", 2);
  await client.call("SADD", "integers", "1", "2");
  assert.equal(await encoding("integers"), "intset");
  await client.call("SADD", "integers", "1", "2", "1");
  assert.equal(await encoding("integers"), "hashtable");
  await client.call("SADD", "none", "1", "2", "3");
  assert.equal(await encoding("none"), "hashtable");
  await limit("listpack-entries", 9);
  await client.call("SADD", "rather", "1", "2", "3");
  assert.equal(await encoding("rather"), "listpack", "too many for an intset, not for a listpack");
  await limit("intset-entries", 0);
  await client.call("SADD", "zero", "1");
  assert.equal(await encoding("zero"), "listpack");
});

test("a set in a listpack or intset of many members works as the small ones do", async (t) => {
  const { client, encoding, members } = await startFixture(t, {
    "set-max-listpack-entries": "5000",
    "set-max-intset-entries": "5000",
    "set-max-listpack-value": "1000",
  });
  for (const [name, wanted] of [
    ["intset", range(-2000, 2000, "")],
    ["listpack", [...range(1, 2000, "member:"), "v".repeat(1000)]],
  ] as const) {
    await client.call("SADD", "s", ...wanted);
    assert.equal(await encoding("s"), name);
    assert.deepEqual(await members("s"), [...wanted].sort());
    await client.call("SREM", "s", ...wanted.slice(5));
    assert.deepEqual(await members("s"), wanted.slice(0, 5).sort());
    await client.call("DEL", "s");
  }
});
