// Fields that expire: HEXPIRE and its relatives, HTTL and its, HPERSIST; lazy and active expiry; what goes out. The
// facts were learnt from redis-server 7.4.1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENCODINGS, type Fixture, startFixture } from "./fixture.js";

const NO_FIELDS = "-ERR Mandatory argument FIELDS is missing or not at the right position";
const MISMATCH = "-ERR The `numfields` parameter must match the number of arguments";
const NOT_INTEGER = "-ERR value is not an integer or out of range";

function told({ recorder }: Fixture, events: string[], commands: string[], dirty: number): void {
  // EXISTS and the like miss keys on the way.
  assert.deepEqual(
    recorder.takeEvents().filter((event) => !event.startsWith("keymiss")),
    events,
  );
  assert.deepEqual(recorder.takeCommands(), commands);
  assert.equal(recorder.takeDirty(), dirty);
}

async function statsOf({ client }: Fixture, name: string): Promise<string | undefined> {
  const reply = await client.call("INFO", "everything");
  assert.ok(reply.kind === "bulk");
  return new RegExp(`${name}[:=](\\d+)`).exec(reply.bytes.toString())?.[1];
}

for (const [encoding, config] of ENCODINGS) {
  test(`HEXPIRE and its relatives set deadlines that HTTL and its relatives tell (${encoding})`, async (t) => {
    const { expect, server } = await startFixture(t, config);
    const now = server.clock.nowMs();
    const seconds = Math.ceil(now / 1000);
    await expect(
      ["HSET h a 1 b 2 c 3 d 4", ":4"],
      ["HEXPIRE h 100 FIELDS 2 a x", "*[:1, :-2]"],
      ["HPEXPIRE h 1500 FIELDS 1 b", "*[:1]"],
      [`HEXPIREAT h ${seconds + 50} FIELDS 1 c`, "*[:1]"],
      ["OBJECT ENCODING h", encoding === "listpack" ? '$"listpackex"' : '$"hashtable"'],
      ["HTTL h FIELDS 4 a b d x", "*[:100, :2, :-1, :-2]"],
      ["HPTTL h FIELDS 2 a b", "*[:100000, :1500]"],
      ["HEXPIRETIME h FIELDS 2 b c", `*[:${Math.ceil((now + 1500) / 1000)}, :${seconds + 50}]`],
      ["HPEXPIRETIME h FIELDS 3 a b d", `*[:${now + 100_000}, :${now + 1500}, :-1]`],
      [`HPEXPIREAT h ${now + 7} FIELDS 1 d`, "*[:1]"],
      ["HPTTL h FIELDS 1 d", "*[:7]"],
      ["HPERSIST h FIELDS 3 a a x", "*[:1, :-1, :-2]"],
      ["HTTL h FIELDS 1 a", "*[:-1]"],
      ["HTTL none FIELDS 2 a b", "*[:-2, :-2]"],
      ["HEXPIRE none 5 FIELDS 2 a b", "*[:-2, :-2]"],
      ["HPERSIST none FIELDS 2 a b", "*[:-2, :-2]"],
      ["EXISTS none", ":0"],
    );
    server.clock.advance(600);
    await expect(["HTTL h FIELDS 1 b", "*[:1]"], ["HPTTL h FIELDS 1 b", "*[:900]"]);
  });

  test(`NX, XX, GT and LT decide field by field (${encoding})`, async (t) => {
    const { expect } = await startFixture(t, config);
    await expect(
      ["HSET h a 1 b 2 c 3", ":3"],
      ["HPEXPIRE h 1000 NX FIELDS 1 a", "*[:1]"],
      ["HPEXPIRE h 2000 nx FIELDS 2 a b", "*[:0, :1]"],
      ["HPEXPIRE h 3000 XX FIELDS 3 a b c", "*[:1, :1, :0]"],
      ["HPEXPIRE h 3000 GT FIELDS 3 a b c", "*[:0, :0, :0]"],
      ["HPEXPIRE h 3001 GT FIELDS 2 a c", "*[:1, :0]"],
      ["HPEXPIRE h 3000 LT FIELDS 3 a b c", "*[:1, :0, :1]"],
      ["HPTTL h FIELDS 3 a b c", "*[:3000, :3000, :3000]"],
      ["HPEXPIRE h 0 NX FIELDS 2 a x", "*[:0, :-2]"],
      ["HPEXPIRE h 0 LT FIELDS 1 a", "*[:2]"],
      ["HMGET h a b c", '*[$nil, $"2", $"3"]'],
    );
  });

  test(`a deadline that has passed deletes the field at once, and the key with its last one (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server } = fixture;
    await expect(["HSET h a 1 b 2 c 3", ":3"]);
    told(fixture, ["new h", "hset h"], ["HSET h a 1 b 2 c 3"], 3);
    await expect(["HEXPIREAT h 1 FIELDS 3 a x b", "*[:2, :-2, :2]"]);
    told(fixture, ["hdel h"], ["MULTI", "HDEL h a", "HDEL h b", "EXEC"], 2);
    await expect(["HPEXPIREAT h 0 FIELDS 1 c", "*[:2]"], ["EXISTS h", ":0"]);
    told(fixture, ["hdel h", "del h"], ["HDEL h c"], 1);
    await expect(["HSET h a 1", ":1"], [`HPEXPIREAT h ${server.clock.nowMs()} FIELDS 1 a`, "*[:2]"]);
    assert.equal(await statsOf(fixture, "expired_subkeys"), "4");
  });

  test(`changes of deadlines go out as HPEXPIREAT of the fields concerned, and HPERSIST (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server } = fixture;
    const now = server.clock.nowMs();
    await expect(["HSET h a 1 b 2 c 3", ":3"]);
    fixture.recorder.takeCommands();
    fixture.recorder.takeEvents();
    fixture.recorder.takeDirty();
    await expect(["HEXPIRE h 100 NX FIELDS 3 a x b", "*[:1, :-2, :1]"]);
    told(fixture, ["hexpire h"], [`HPEXPIREAT h ${now + 100_000} NX FIELDS 2 a b`], 2);
    await expect(["HPEXPIRE h 5 NX FIELDS 2 a x", "*[:0, :-2]"], ["HEXPIRE h 1 FIELDS 1 x", "*[:-2]"]);
    told(fixture, [], [], 0);
    await expect(["HPERSIST h FIELDS 3 a x c", "*[:1, :-2, :-1]"]);
    told(fixture, ["hpersist h"], ["HPERSIST h FIELDS 3 a x c"], 1);
    await expect(["HPERSIST h FIELDS 1 a", "*[:-1]"]);
    told(fixture, [], [], 0);
    // HSET drops the deadline; HINCRBY and HINCRBYFLOAT keep it.
    await expect(["HINCRBY h b 1", ":3"], ["HINCRBYFLOAT h b 0.5", '$"3.5"'], ["HPTTL h FIELDS 1 b", "*[:100000]"]);
    told(
      fixture,
      ["hincrby h", "hincrbyfloat h"],
      ["HINCRBY h b 1", "MULTI", "HSET h b 3.5", `HPEXPIREAT h ${now + 100_000} FIELDS 1 b`, "EXEC"],
      2,
    );
    await expect(["HSET h b 9", ":0"], ["HPTTL h FIELDS 1 b", "*[:-1]"]);
  });

  test(`a field that has expired is absent, and deleted when somebody asks for it (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server, client } = fixture;
    await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await expect(["HSET h a 1 b 2 c 3 d 4 e 5", ":5"], ["HPEXPIRE h 10 FIELDS 4 a b c d", "*[:1, :1, :1, :1]"]);
    server.clock.advance(10);
    await expect(["HGET h a", '$"1"']);
    server.clock.advance(1);
    fixture.recorder.takeEvents();
    fixture.recorder.takeCommands();
    fixture.recorder.takeDirty();
    await expect(
      ["HLEN h", ":5"],
      ["HTTL h FIELDS 1 a", "*[:-2]"],
      ["HPERSIST h FIELDS 1 a", "*[:-2]"],
      ["HGETALL h", '*[$"e", $"5"]'],
      ["HKEYS h", '*[$"e"]'],
      ["HVALS h", '*[$"5"]'],
      ["HSCAN h 0 COUNT 100", '*[$"0", *[$"e", $"5"]]'],
      ["HLEN h", ":5"],
    );
    told(fixture, [], [], 0);
    await expect(["HGET h a", "$nil"]);
    told(fixture, ["hexpired h"], ["HDEL h a"], 0);
    await expect(["HEXISTS h b", ":0"], ["HLEN h", ":3"]);
    told(fixture, ["hexpired h"], ["HDEL h b"], 0);
    await expect(["HMGET h c d e", '*[$nil, $nil, $"5"]']);
    told(fixture, ["hexpired h"], ["MULTI", "HDEL h c", "HDEL h d", "EXEC"], 0);
    await expect(["HPEXPIRE h 1 FIELDS 1 e", "*[:1]"]);
    server.clock.advance(2);
    fixture.recorder.takeEvents();
    fixture.recorder.takeCommands();
    await expect(["EXISTS h", ":1"], ["HSTRLEN h e", ":0"], ["EXISTS h", ":0"]);
    told(fixture, ["hexpired h", "del h"], ["HDEL h e"], 1);
    assert.equal(await statsOf(fixture, "expired_subkeys"), "5");
  });

  test(`writes count a field that has expired as absent, but for HSET, HDEL and HEXPIRE (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server, client } = fixture;
    const now = server.clock.nowMs();
    await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    const expire = async (key: string): Promise<void> => {
      await expect([`DEL ${key}`, ":0"], [`HSET ${key} a 1`, ":1"], [`EXPIRE ${key} 1000`, ":1"]);
      await expect([`HPEXPIRE ${key} 1 FIELDS 1 a`, "*[:1]"]);
      server.clock.advance(2);
      fixture.recorder.takeEvents();
      fixture.recorder.takeCommands();
      fixture.recorder.takeDirty();
    };
    await expire("i");
    await expect(["HINCRBY i a 5", ":5"], ["TTL i", ":-1"]);
    told(fixture, ["hexpired i", "del i", "new i", "hincrby i"], ["MULTI", "HDEL i a", "HINCRBY i a 5", "EXEC"], 1);
    await expire("n");
    await expect(["HSETNX n a 5", ":1"], ["HGET n a", '$"5"'], ["HTTL n FIELDS 1 a", "*[:-1]"]);
    told(fixture, ["hexpired n", "del n", "new n", "hset n"], ["MULTI", "HDEL n a", "HSETNX n a 5", "EXEC"], 1);
    await expire("f");
    await expect(["HINCRBYFLOAT f a 0.5", '$"0.5"']);
    told(fixture, ["hexpired f", "del f", "new f", "hincrbyfloat f"], ["MULTI", "HDEL f a", "HSET f a 0.5", "EXEC"], 1);
    await expire("s");
    await expect(["HSET s a 2", ":0"], ["HGET s a", '$"2"'], ["TTL s", ":1000"]);
    told(fixture, ["hset s"], ["HSET s a 2"], 1);
    await expire("d");
    await expect(["HDEL d a", ":1"]);
    told(fixture, ["hdel d", "del d"], ["HDEL d a"], 1);
    await expire("x");
    await expect(["HEXPIRE x 100 FIELDS 1 a", "*[:1]"], ["HGET x a", '$"1"']);
    told(fixture, ["hexpire x"], [`HPEXPIREAT x ${server.clock.nowMs() + 100_000} FIELDS 1 a`], 1);
    assert.ok(server.clock.nowMs() > now);
  });

  test(`HRANDFIELD deletes all that has expired before it draws (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server, client } = fixture;
    await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await expect(["HSET h a 1 b 2 c 3", ":3"], ["HPEXPIRE h 1 FIELDS 2 a b", "*[:1, :1]"]);
    server.clock.advance(2);
    fixture.recorder.takeEvents();
    await expect(["HRANDFIELD h 10 WITHVALUES", '*[$"c", $"3"]'], ["HLEN h", ":1"]);
    assert.deepEqual(fixture.recorder.takeEvents(), ["hexpired h"]);
    assert.equal(fixture.recorder.takeCommands().filter((command) => command.startsWith("HDEL h ")).length, 2);
    for (const call of ["HRANDFIELD h", "HRANDFIELD h 2"]) {
      await expect(["HSET h c 3", call === "HRANDFIELD h" ? ":0" : ":1"], ["HPEXPIRE h 1 FIELDS 1 c", "*[:1]"]);
      server.clock.advance(2);
      await expect([call, call === "HRANDFIELD h" ? "$nil" : "*[]"], ["EXISTS h", ":0"]);
    }
  });

  test(`cron deletes fields that are due, each as an HDEL of its own (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server, recorder } = fixture;
    const { cron } = server.pyredis.server;
    await expect(
      ["HSET h a 1 b 2 c 3", ":3"],
      ["HPEXPIRE h 10 FIELDS 2 a b", "*[:1, :1]"],
      ["HSET g a 1", ":1"],
      ["HPEXPIRE g 20 FIELDS 1 a", "*[:1]"],
      ["HSET stays a 1", ":1"],
      ["HEXPIRE stays 1000 FIELDS 1 a", "*[:1]"],
    );
    assert.equal(await statsOf(fixture, "subexpiry"), "3");
    recorder.takeEvents();
    recorder.takeCommands();
    recorder.takeDirty();
    cron.tick();
    told(fixture, [], [], 0);
    server.clock.advance(11);
    cron.tick();
    assert.deepEqual(recorder.takeEvents(), ["hexpired h"]);
    assert.deepEqual(recorder.takeCommands().sort(), ["HDEL h a", "HDEL h b"]);
    await expect(["HGETALL h", '*[$"c", $"3"]']);
    assert.equal(await statsOf(fixture, "subexpiry"), "2");
    server.clock.advance(10);
    cron.tick();
    told(fixture, ["hexpired g", "del g"], ["HDEL g a"], 0);
    await expect(["EXISTS g h stays", ":2"]);
    assert.equal(await statsOf(fixture, "subexpiry"), "1");
    assert.equal(await statsOf(fixture, "expired_subkeys"), "3");
  });

  test(`a watched hash whose field expires spoils the transaction (${encoding})`, async (t) => {
    const { expect, server, connect } = await startFixture(t, config);
    const other = await connect();
    await expect(["HSET h a 1 b 2", ":2"], ["HPEXPIRE h 5 FIELDS 1 a", "*[:1]"]);
    for (const provoke of [() => other.call("HGET", "h", "a"), () => server.pyredis.server.cron.tick()]) {
      await expect(["HPEXPIRE h 5 FIELDS 1 a", await other.ask("HPEXPIRE", "h", 5, "FIELDS", 1, "a")]);
      await expect(["WATCH h", "+OK"], ["MULTI", "+OK"], ["HGET h b", "+QUEUED"]);
      server.clock.advance(6);
      await provoke();
      await expect(["EXEC", "*nil"], ["HSET h a 1", ":1"]);
    }
  });

  test(`deadlines go along with COPY, RENAME, MOVE, SWAPDB and DUMP (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server, client } = fixture;
    const { cron } = server.pyredis.server;
    await expect(["HSET h a 1 b 2", ":2"], ["HPEXPIRE h 100 FIELDS 1 a", "*[:1]"]);
    const digest = await client.ask("DEBUG", "DIGEST-VALUE", "h");
    const payload = await client.call("DUMP", "h");
    assert.ok(payload.kind === "bulk");
    await expect(["COPY h c", ":1"], ["COPY h m", ":1"], ["RENAME h r", "+OK"], ["MOVE m 1", ":1"]);
    assert.equal(await client.ask("RESTORE", "back", 0, payload.bytes), "+OK");
    for (const key of ["c", "r", "back"]) {
      await expect([`HPTTL ${key} FIELDS 2 a b`, "*[:100, :-1]"], [`DEBUG DIGEST-VALUE ${key}`, digest]);
    }
    await expect(["SELECT 1", "+OK"], ["HPTTL m FIELDS 2 a b", "*[:100, :-1]"]);
    await expect(["SWAPDB 0 1", "+OK"], ["HPTTL c FIELDS 1 a", "*[:100]"], ["DBSIZE", ":3"]);
    // Active expiry finds them where they are now.
    server.clock.advance(101);
    cron.tick();
    for (const key of ["c", "r", "back"]) await expect([`HLEN ${key}`, ":1"]);
    await expect(["SELECT 0", "+OK"], ["HLEN m", ":1"], ["HSET h a 1", ":1"], ["HPEXPIRE h 5 FIELDS 1 a", "*[:1]"]);
    assert.equal(await statsOf(fixture, "subexpiry"), "1");
    await expect(["FLUSHDB ASYNC", "+OK"], ["HSET h a 1", ":1"]);
    server.clock.advance(10);
    cron.tick();
    await expect(["HGET h a", '$"1"']);
    // A payload whose field has expired by now: the field is there, and goes at once.
    assert.equal(await client.ask("RESTORE", "late", 0, payload.bytes), "+OK");
    await expect(["HLEN late", ":2"], ["HGET late a", "$nil"], ["HLEN late", ":1"]);
  });
}

test("the encodings turn into each other with their deadlines", async (t) => {
  const { expect, client, server } = await startFixture(t, { "hash-max-listpack-entries": "5" });
  const now = server.clock.nowMs();
  await expect(
    ["HSET h a 1 b 2 c 3", ":3"],
    // Even where no field is found.
    ["HEXPIRE h 10 FIELDS 1 none", "*[:-2]"],
    ["OBJECT ENCODING h", '$"listpackex"'],
    ["HPEXPIRE h 300 FIELDS 1 b", "*[:1]"],
    ["HPEXPIRE h 200 FIELDS 1 c", "*[:1]"],
    ["HGETALL h", '*[$"c", $"3", $"b", $"2", $"a", $"1"]'],
    ["HSET h d 4 e 5", ":2"],
    ["OBJECT ENCODING h", '$"listpackex"'],
    ["HSET h f 6", ":1"],
    ["OBJECT ENCODING h", '$"hashtable"'],
    ["HPEXPIRETIME h FIELDS 4 a b c f", `*[:-1, :${now + 300}, :${now + 200}, :-1]`],
    ["HPERSIST h FIELDS 2 b c", "*[:1, :1]"],
    ["OBJECT ENCODING h", '$"hashtable"'],
  );
  const length = 65;
  await expect(["HSET g a 1 b 2", ":2"], ["HPEXPIRE g 300 FIELDS 1 b", "*[:1]"]);
  assert.equal(await client.ask("HSET", "g", "c", "v".repeat(length)), ":1");
  await expect(["OBJECT ENCODING g", '$"hashtable"'], ["HPTTL g FIELDS 2 a b", "*[:-1, :300]"]);
  // Whatever made it a table, active expiry still finds it.
  const longField = "f".repeat(length);
  for (const [key, command] of [
    ["i", ["HINCRBY", "i", longField, "1"]],
    ["j", ["HINCRBYFLOAT", "j", longField, "1.5"]],
    ["n", ["HSETNX", "n", longField, "v"]],
    ["s", ["HSET", "s", longField, "v"]],
  ] as const) {
    await expect([`HSET ${key} a 1`, ":1"], [`HPEXPIRE ${key} 300 FIELDS 1 a`, "*[:1]"]);
    await client.call(...command);
    await expect([`OBJECT ENCODING ${key}`, '$"hashtable"'], [`HLEN ${key}`, ":2"]);
  }
  server.clock.advance(301);
  server.pyredis.server.cron.tick();
  for (const key of ["i", "j", "n", "s"]) await expect([`HLEN ${key}`, ":1"]);
});

test("arguments of the family are refused in Redis's words and order", async (t) => {
  const { expect } = await startFixture(t);
  await expect(["HSET h a 1", ":1"]);
  for (const name of ["HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT"]) {
    const range = `-ERR invalid expire time in '${name.toLowerCase()}' command`;
    const limit = name.startsWith("HP") ? 2 ** 46 : Math.ceil(2 ** 46 / 1000);
    await expect(
      [`${name} h 10 FIELDS 1`, `-ERR wrong number of arguments for '${name.toLowerCase()}' command`],
      [`${name} h x FIELDS 1 a`, NOT_INTEGER],
      [`${name} h 9223372036854775808 FIELDS 1 a`, NOT_INTEGER],
      [`${name} h -1 FIELDS 1 a`, "-ERR invalid expire time, must be >= 0"],
      [`${name} h ${limit} FIELDS 1 a`, range],
      [`${name} h 9223372036854775807 FIELDS 1 a`, range],
      [`${name} h 10 FIELD 1 a`, NO_FIELDS],
      [`${name} h 10 NX XX FIELDS 1 a`, NO_FIELDS],
      [`${name} h 10 FIELDS 0 a`, "-ERR Parameter `numFields` should be greater than 0"],
      [`${name} h 10 FIELDS x a`, "-ERR Parameter `numFields` should be greater than 0"],
      [`${name} h 10 FIELDS 2 a`, MISMATCH],
      [`${name} h 10 NX FIELDS 1 a b`, MISMATCH],
      [`${name} none 10 FIELDS 2 a`, MISMATCH],
    );
  }
  await expect(["HPEXPIREAT h 70368744177663 FIELDS 1 a", "*[:1]"]);
  await expect(["HPEXPIRETIME h FIELDS 1 a", "*[:70368744177663]"]);
  for (const name of ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME", "HPERSIST", "HGETDEL"]) {
    await expect(
      [`${name} h FIELDS 1`, `-ERR wrong number of arguments for '${name.toLowerCase()}' command`],
      [`${name} h FIELD 1 a`, NO_FIELDS],
      [`${name} h FIELDS 0 a`, "-ERR Number of fields must be a positive integer"],
      [`${name} h FIELDS -1 a`, "-ERR Number of fields must be a positive integer"],
      [`${name} h FIELDS x a`, "-ERR Number of fields must be a positive integer"],
      [`${name} h FIELDS 2 a`, MISMATCH],
      [`${name} none FIELDS 1 a b`, MISMATCH],
    );
  }
});
