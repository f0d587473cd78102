// HGETDEL, HGETEX and HSETEX, which Redis has from 8.0 on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENCODINGS, type Fixture, startFixture } from "./fixture.js";

function told({ recorder }: Fixture, events: string[], commands: string[], dirty: number): void {
  // EXISTS and the like miss keys on the way.
  assert.deepEqual(
    recorder.takeEvents().filter((event) => !event.startsWith("keymiss")),
    events,
  );
  assert.deepEqual(recorder.takeCommands(), commands);
  assert.equal(recorder.takeDirty(), dirty);
}

function forget({ recorder }: Fixture): void {
  recorder.takeEvents();
  recorder.takeCommands();
  recorder.takeDirty();
}

for (const [encoding, config] of ENCODINGS) {
  test(`HGETDEL reads and deletes (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server, client } = fixture;
    await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await expect(["HSET h a 1 b 2 c 3 d 4", ":4"], ["HPEXPIRE h 5 FIELDS 1 b", "*[:1]"]);
    server.clock.advance(6);
    forget(fixture);
    await expect(["HGETDEL h FIELDS 3 a b x", '*[$"1", $nil, $nil]'], ["HLEN h", ":2"]);
    told(fixture, ["hexpired h", "hdel h"], ["MULTI", "HDEL h b", "HDEL h a b x", "EXEC"], 1);
    await expect(["HGETDEL h FIELDS 1 x", "*[$nil]"], ["HGETDEL none FIELDS 2 a b", "*[$nil, $nil]"]);
    told(fixture, [], [], 0);
    await expect(["HGETDEL h FIELDS 3 c c d", '*[$"3", $nil, $"4"]'], ["EXISTS h", ":0"]);
    told(fixture, ["hdel h", "del h"], ["HDEL h c c d"], 2);
    await expect(["HSET h a 1", ":1"], ["HPEXPIRE h 5 FIELDS 1 a", "*[:1]"]);
    server.clock.advance(6);
    forget(fixture);
    await expect(["HGETDEL h FIELDS 1 a", "*[$nil]"], ["EXISTS h", ":0"]);
    told(fixture, ["hexpired h", "del h"], ["HDEL h a"], 0);
  });

  test(`HGETEX reads, and sets or drops deadlines (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server, client } = fixture;
    const now = server.clock.nowMs();
    const seconds = Math.floor(now / 1000);
    await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await expect(["HSET h a 1 b 2 c 3", ":3"]);
    forget(fixture);
    await expect(["HGETEX h FIELDS 2 a x", '*[$"1", $nil]'], ["OBJECT ENCODING h", `$"${encoding}"`]);
    told(fixture, [], [], 0);
    await expect(["HGETEX h EX 100 FIELDS 2 a x", '*[$"1", $nil]'], ["HPTTL h FIELDS 2 a b", "*[:100000, :-1]"]);
    told(fixture, ["hexpire h"], [`HPEXPIREAT h ${now + 100_000} FIELDS 2 a x`], 1);
    await expect(
      ["HGETEX h PX 50 FIELDS 1 a", '*[$"1"]'],
      ["HPTTL h FIELDS 1 a", "*[:50]"],
      [`HGETEX h exat ${seconds + 10} FIELDS 1 a`, '*[$"1"]'],
      ["HEXPIRETIME h FIELDS 1 a", `*[:${seconds + 10}]`],
      [`HGETEX h PXAT ${now + 70} FIELDS 2 a b`, '*[$"1", $"2"]'],
      ["HPTTL h FIELDS 2 a b", "*[:70, :70]"],
    );
    forget(fixture);
    await expect(["HGETEX h PERSIST FIELDS 2 a c", '*[$"1", $"3"]'], ["HPTTL h FIELDS 2 a b", "*[:-1, :70]"]);
    told(fixture, ["hpersist h"], ["HPERSIST h FIELDS 2 a c"], 1);
    await expect(["HGETEX h PERSIST FIELDS 1 a", '*[$"1"]']);
    told(fixture, [], [], 0);
    // What has expired is absent, and gets no deadline.
    server.clock.advance(71);
    await expect(["HGETEX h EX 10 FIELDS 2 a b", '*[$"1", $nil]']);
    told(
      fixture,
      ["hexpired h", "hexpire h"],
      ["MULTI", "HDEL h b", `HPEXPIREAT h ${server.clock.nowMs() + 10_000} FIELDS 2 a b`, "EXEC"],
      1,
    );
    // A time that has passed deletes what it reads.
    await expect(["HGETEX h EXAT 1 FIELDS 2 a c", '*[$"1", $"3"]'], ["EXISTS h", ":0"]);
    told(fixture, ["hdel h", "del h"], ["MULTI", "HDEL h a", "HDEL h c", "EXEC"], 2);
    await expect(["HGETEX none EX 5 FIELDS 2 a b", "*[$nil, $nil]"], ["EXISTS none", ":0"]);
    told(fixture, [], [], 0);
  });

  test(`HSETEX sets fields with deadlines (${encoding})`, async (t) => {
    const fixture = await startFixture(t, config);
    const { expect, server, client } = fixture;
    const now = server.clock.nowMs();
    await client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await expect(["HSETEX h FIELDS 2 a 1 b 2", ":1"]);
    forget(fixture);
    await expect(["HSETEX h PX 500 FIELDS 2 b 3 c 4", ":1"], ["HPTTL h FIELDS 3 a b c", "*[:-1, :500, :500]"]);
    told(fixture, ["hset h", "hexpire h"], [`HSETEX h PXAT ${now + 500} FIELDS 2 b 3 c 4`], 2);
    await expect(["HSETEX h KEEPTTL FIELDS 2 b 5 d 6", ":1"], ["HPTTL h FIELDS 3 b c d", "*[:500, :500, :-1]"]);
    told(fixture, ["hset h"], ["HSETEX h KEEPTTL FIELDS 2 b 5 d 6"], 2);
    await expect(["HSETEX h FIELDS 1 b 7", ":1"], ["HPTTL h FIELDS 1 b", "*[:-1]"]);
    await expect([`HSETEX h PXAT ${now + 900} FIELDS 1 a 8`, ":1"], ["HPTTL h FIELDS 1 a", "*[:900]"]);
    forget(fixture);
    await expect(["HSETEX h EX 100 FXX FIELDS 2 a 1 x 2", ":0"], ["HSETEX h FNX FIELDS 2 x 1 a 2", ":0"]);
    told(fixture, [], [], 0);
    await expect(
      ["HSETEX h fxx keepttl FIELDS 2 a 9 b 9", ":1"],
      ["HPTTL h FIELDS 1 a", "*[:900]"],
      ["HSETEX h FNX EX 1 FIELDS 2 x 1 y 2", ":1"],
      ["HSETEX none FXX FIELDS 1 a 1", ":0"],
      ["EXISTS none", ":0"],
      ["HSETEX none FNX FIELDS 1 a 1", ":1"],
      ["HGET none a", '$"1"'],
    );
    // A time that has passed: the fields are set, and gone.
    await expect(["HSETEX p a FIELDS 1 a 1", "-ERR unknown argument: a"]);
    forget(fixture);
    await expect(["HSETEX p PXAT 1 FIELDS 2 a 1 b 2", ":1"], ["EXISTS p", ":0"]);
    told(fixture, ["new p", "hset p", "hdel p", "del p"], ["MULTI", "HDEL p a", "HDEL p b", "EXEC"], 2);
    // What has expired is absent for FNX and FXX.
    await expect(["HSETEX e PX 5 FIELDS 1 a 1", ":1"]);
    server.clock.advance(6);
    forget(fixture);
    await expect(["HSETEX e FXX FIELDS 1 a 2", ":0"], ["EXISTS e", ":0"]);
    told(fixture, ["hexpired e", "del e"], ["HDEL e a"], 0);
    await expect(["HSETEX e PX 5 FIELDS 1 a 1", ":1"]);
    server.clock.advance(6);
    await expect(["HSETEX e FNX FIELDS 1 a 2", ":1"], ["HTTL e FIELDS 1 a", "*[:-1]"]);
  });
}

test("arguments of HGETEX and HSETEX are refused in Redis's words", async (t) => {
  const { expect } = await startFixture(t);
  await expect(["HSET h a 1", ":1"]);
  const noFields = "-ERR Mandatory argument FIELDS is missing or not at the right position";
  const mismatch = "-ERR The `numfields` parameter must match the number of arguments";
  const getexArity = "-ERR wrong number of arguments for 'hgetex' command";
  const setexArity = "-ERR wrong number of arguments for 'hsetex' command";
  const oneExpiration = "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";
  await expect(
    ["HGETEX h FIELDS 1", getexArity],
    ["HGETEX h EX 1 FIELDS 1", getexArity],
    ["HGETEX h PERSIST FIELDS 1", getexArity],
    ["HGETEX h FOO 1 a", noFields],
    ["HGETEX h EX 1 PX 1 FIELDS 1 a", noFields],
    ["HGETEX h PERSIST FOO 1 a", noFields],
    ["HGETEX h FIELDS 0 a", "-ERR Number of fields must be a positive integer"],
    ["HGETEX h FIELDS 2 a", mismatch],
    ["HGETEX h EX x FIELDS 1 a", "-ERR value is not an integer or out of range"],
    ["HGETEX h PX -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0"],
    ["HGETEX h EX 281474976710656 FIELDS 1 a", "-ERR invalid expire time in 'hgetex' command"],
    ["HSETEX h FIELDS 1 a", setexArity],
    ["HSETEX h EX 1 FIELDS 1", setexArity],
    ["HSETEX h FIELDS 2 a 1", setexArity],
    ["HSETEX h FIELDS 1 a 1 b", setexArity],
    ["HSETEX h FIELDS 1 a 1 b 2", setexArity],
    ["HSETEX h FIELDS 0 a 1", "-ERR invalid number of fields"],
    ["HSETEX h FIELDS x a 1", "-ERR invalid number of fields"],
    ["HSETEX h FOO FIELDS 1 a 1", "-ERR unknown argument: FOO"],
    ["HSETEX h FXX FNX FIELDS 1 a 1", "-ERR Only one of FXX or FNX arguments can be specified"],
    ["HSETEX h EX 1 PX 1 FIELDS 1 a 1", oneExpiration],
    ["HSETEX h KEEPTTL EX 1 FIELDS 1 a 1", oneExpiration],
    ["HSETEX h EX x FIELDS 1 a 1", "-ERR value is not an integer or out of range"],
    ["HSETEX h PX -1 FIELDS 1 a 1", "-ERR invalid expire time, must be >= 0"],
    ["HSETEX h EXAT 281474976710656 FIELDS 1 a 1", "-ERR invalid expire time in 'hsetex' command"],
    ["HSETEX h FNX KEEPTTL FNX FNX", "-ERR Only one of FXX or FNX arguments can be specified"],
    ["HSETEX h FXX FIELDS 1 a PX", ":1"],
    ["HSETEX h FNX KEEPTTL a EX", "-ERR unknown argument: a"],
    ["HSETEX h EX 1 FNX EX", oneExpiration],
    ["HGET h a", '$"PX"'],
  );
});
