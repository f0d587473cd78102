import assert from "node:assert/strict";
import { test } from "node:test";
import { ENCODINGS, startFixture } from "../sorted-set/fixture.js";

const SYNTAX = "-ERR syntax error";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const SICILY = "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 13.583333 37.316667 Agrigento";

for (const [encoding, config] of ENCODINGS) {
  test(`positions are added, read, hashed and measured in a ${encoding}`, async (t) => {
    const { expect } = await startFixture(t, config);
    await expect(
      [SICILY, ":3"],
      ["OBJECT ENCODING Sicily", `$"${encoding}"`],
      ["TYPE Sicily", "+zset"],
      ["ZSCORE Sicily Palermo", '$"3479099956230698"'],
      ["GEOPOS Sicily Palermo none", '*[*[$"13.36138933897018433", $"38.11555639549629859"], *nil]'],
      ["GEOPOS Sicily", "*[]"],
      ["GEOPOS none a b", "*[*nil, *nil]"],
      ["GEOHASH Sicily Palermo none Catania", '*[$"sqc8b49rny0", $nil, $"sqdtr74hyu0"]'],
      ["GEOHASH none a", "*[$nil]"],
      ["GEODIST Sicily Palermo Catania", '$"166274.1516"'],
      ["GEODIST Sicily Palermo Catania KM", '$"166.2742"'],
      ["GEODIST Sicily Palermo Catania mi", '$"103.3182"'],
      ["GEODIST Sicily Palermo Catania ft", '$"545518.8700"'],
      ["GEODIST Sicily Palermo Palermo", '$"0.0000"'],
      ["GEODIST Sicily Palermo none", "$nil"],
      ["GEODIST none Palermo Catania", "$nil"],
    );
  });

  test(`GEOADD takes the options of ZADD in a ${encoding}`, async (t) => {
    const { expect } = await startFixture(t, config);
    await expect(
      ["GEOADD g NX 1 1 a 2 2 b", ":2"],
      ["GEOADD g nx 3 3 a 3 3 c", ":1"],
      ["GEOADD g XX 4 4 b 4 4 d", ":0"],
      ["GEOADD g XX CH 5 5 b 5 5 d", ":1"],
      ["GEOADD g CH 5 5 b 6 6 c 7 7 e", ":2"],
      ["GEOADD none XX 1 1 a", ":0"],
      ["EXISTS none", ":0"],
      ["ZRANGE g 0 -1", '*[$"a", $"b", $"c", $"e"]'],
    );
  });

  test(`circles and boxes find members of a ${encoding}`, async (t) => {
    const { expect } = await startFixture(t, config);
    await expect(
      [SICILY, ":3"],
      [
        "GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHDIST WITHHASH",
        "*[" +
          '*[$"Catania", $"56.4413", :3479447370796909, *[$"15.08726745843887329", $"37.50266842333162032"]], ' +
          '*[$"Agrigento", $"130.4235", :3479030013248308, *[$"13.5833314061164856", $"37.31666804993816555"]], ' +
          '*[$"Palermo", $"190.4424", :3479099956230698, *[$"13.36138933897018433", $"38.11555639549629859"]]]',
      ],
      ["GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 400 400 km DESC", '*[$"Palermo", $"Agrigento", $"Catania"]'],
      ["GEOSEARCH Sicily BYBOX 200 100 km FROMMEMBER Agrigento", '*[$"Agrigento"]'],
      ["GEOSEARCH Sicily FROMMEMBER Agrigento BYRADIUS 100 km WITHDIST COUNT 1", '*[*[$"Agrigento", $"0.0000"]]'],
      ["GEOSEARCH Sicily FROMMEMBER Agrigento BYRADIUS 100 km COUNT 1 DESC", '*[$"Palermo"]'],
      ["GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 500 km COUNT 2", '*[$"Catania", $"Agrigento"]'],
      ["GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 1 m", "*[]"],
      ["GEOSEARCH none FROMLONLAT 15 37 BYRADIUS 1 m", "*[]"],
      ["GEOSEARCH none FROMMEMBER nobody BYRADIUS 1 m", "*[]"],
      ["GEORADIUS Sicily 15 37 100 mi", '*[$"Agrigento", $"Catania"]'],
      ["GEORADIUS_RO Sicily 15 37 100 mi DESC", '*[$"Agrigento", $"Catania"]'],
      ["GEORADIUSBYMEMBER Sicily Agrigento 100 km", '*[$"Agrigento", $"Palermo"]'],
      ["GEORADIUSBYMEMBER_RO Sicily Agrigento 100 km WITHHASH COUNT 1", '*[*[$"Agrigento", :3479030013248308]]'],
      ["GEORADIUSBYMEMBER none nobody not-a-radius km", "*[]"],
    );
  });

  test(`results of searches in a ${encoding} are stored`, async (t) => {
    const { expect, recorder } = await startFixture(t, config);
    await expect(
      [SICILY, ":3"],
      ["SET d text", "+OK"],
      ["GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 BYRADIUS 150 km", ":2"],
      ["ZRANGE d 0 -1 WITHSCORES", '*[$"Agrigento", $"3479030013248308", $"Catania", $"3479447370796909"]'],
      ["OBJECT ENCODING d", `$"${encoding}"`],
      ["GEOSEARCHSTORE d Sicily FROMMEMBER Palermo BYRADIUS 300 km STOREDIST", ":3"],
      [
        "ZRANGE d 0 -1 WITHSCORES",
        '*[$"Palermo", $"0", $"Agrigento", $"90.97775353799604", $"Catania", $"166.27415156960032"]',
      ],
      ["GEORADIUS Sicily 15 37 150 km STORE d", ":2"],
      ["GEORADIUS Sicily 15 37 300 km STORE d STOREDIST e COUNT 1 DESC", ":1"],
      ["ZCARD d", ":2"],
      ["ZRANGE e 0 -1", '*[$"Palermo"]'],
      ["GEORADIUSBYMEMBER Sicily Palermo 300 km STOREDIST Sicily", ":3"],
      ["ZSCORE Sicily Palermo", '$"0"'],
    );
    recorder.takeEvents();
    recorder.takeCommands();
    await expect(
      ["GEORADIUS none 0 0 1 m STORE d", ":0"],
      ["GEOSEARCHSTORE e none FROMMEMBER a BYRADIUS 1 m", ":0"],
      ["GEOSEARCHSTORE e none FROMMEMBER a BYRADIUS 1 m", ":0"],
      ["EXISTS d e", ":0"],
    );
    const changes = recorder.takeEvents().filter((event) => !event.startsWith("keymiss"));
    assert.deepEqual(changes, ["del d", "del e"]);
    assert.deepEqual(recorder.takeCommands(), [
      "GEORADIUS none 0 0 1 m STORE d",
      "GEOSEARCHSTORE e none FROMMEMBER a BYRADIUS 1 m",
    ]);
  });
}

test("changes are announced, counted and passed on as what others can repeat", async (t) => {
  const { client, recorder, expect } = await startFixture(t);
  const check = async (command: string, events: string[], commands: string[], dirty: number) => {
    await client.ask(...command.split(" "));
    const changes = recorder.takeEvents().filter((event) => !event.startsWith("keymiss"));
    assert.deepEqual([changes, recorder.takeCommands(), recorder.takeDirty()], [events, commands, dirty], command);
  };
  await check("GEOADD g CH 1 2 a 3 4 b", ["new g", "zadd g"], ["zadd g CH 3378080408407459 a 3379626039612548 b"], 2);
  await check("GEOADD g 1 2 a", [], [], 0);
  await check("GEOADD g NX 5 6 a", [], [], 0);
  const store = "GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1000 km";
  await check(store, ["new d", "geosearchstore d"], [store], 2);
  const radius = "GEORADIUS g 0 0 1000 km STORE d";
  await check(radius, ["georadiusstore d"], [radius], 2);
  await check("GEORADIUSBYMEMBER g a 1 m", [], [], 0);
  await expect(["DEL g d", ":2"]);
});

test("coordinates are doubles under RESP3, distances are strings", async (t) => {
  const { connect, expect } = await startFixture(t);
  await expect([SICILY, ":3"]);
  const client = await connect({ resp: 3 });
  assert.equal(
    await client.ask("GEOPOS", "Sicily", "Palermo", "x"),
    "*[*[,13.36138933897018433, ,38.11555639549629859], _]",
  );
  assert.equal(await client.ask("GEODIST", "Sicily", "Palermo", "Catania"), '$"166274.1516"');
  assert.equal(await client.ask("GEODIST", "Sicily", "Palermo", "x"), "_");
});

test("any score is a position", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["GEOADD m 180 85.05112878 corner -180 -85.05112878 other", ":2"],
    ["ZSCORE m corner", '$"13510798882111488"'],
    ["ZADD m -5.5 negative 1e300 huge -inf least", ":3"],
    [
      "GEOPOS m corner negative huge least",
      '*[*[$"180", $"85.0511287799999991"], *[$"180", $"85.0511287799999991"], ' +
        '*[$"-179.99999731779098511", $"-85.05112751263942528"], *[$"180", $"-85.05112751263942528"]]',
    ],
    ["GEOHASH m corner other", '*[$"bp05b5048p0", $"00bh0hbj200"]'],
  );
});

test("members beyond the antimeridian and at the map's ends are found as Redis finds them", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["GEOADD m 179.9 0 west -179.9 0 east 180 0 line 0 84.9 top 90 85 pole", ":5"],
    ["GEOSEARCH m FROMLONLAT 179.95 0 BYRADIUS 50 km ASC", '*[$"west", $"east"]'],
    ["GEOSEARCH m FROMLONLAT 0 85.05 BYRADIUS 2000 km ASC", '*[$"top", $"pole"]'],
    ["GEOSEARCH m FROMLONLAT 0 0 BYRADIUS 30000 km COUNT 1 DESC", '*[$"west"]'],
  );
});

test("errors come in Redis's order and words", async (t) => {
  const { expect } = await startFixture(t);
  const pair = "-ERR invalid longitude,latitude pair";
  await expect(
    ["SET text x", "+OK"],
    [SICILY, ":3"],
    ["GEOADD g NX XX 1 1 a", SYNTAX],
    ["GEOADD g NX CH XX", SYNTAX],
    ["GEOADD g 1 1 a 2", SYNTAX],
    ["GEOADD g NX CH NX", SYNTAX],
    ["GEOADD g x 1 a", "-ERR value is not a valid float"],
    ["GEOADD g 1 nan a", "-ERR value is not a valid float"],
    ["GEOADD g 200 10 a", `${pair} 200.000000,10.000000`],
    ["GEOADD g 180.0078125 -0 a", `${pair} 180.007812,-0.000000`],
    ["GEOADD g 180.0234375 1 a", `${pair} 180.023438,1.000000`],
    ["GEOADD g inf -1e18 a", `${pair} inf,-1000000000000000000.000000`],
    ["GEOADD text 1 1 a", WRONG_TYPE],
    ["EXISTS g", ":0"],
    ["GEOPOS text a", WRONG_TYPE],
    ["GEOHASH text a", WRONG_TYPE],
    ["GEODIST text a b", WRONG_TYPE],
    ["GEODIST text a b x", "-ERR unsupported unit provided. please use M, KM, FT, MI"],
    ["GEODIST text a b m x", SYNTAX],
    ["GEOSEARCH text FOO 1 2 3 4", WRONG_TYPE],
    ["GEORADIUS text x y z q", WRONG_TYPE],
    ["GEORADIUS Sicily x y 1 q", "-ERR value is not a valid float"],
    ["GEORADIUS Sicily 1 1 x q", "-ERR need numeric radius"],
    ["GEORADIUS Sicily 1 1 -1 q", "-ERR radius cannot be negative"],
    ["GEORADIUS Sicily 1 1 1 q", "-ERR unsupported unit provided. please use M, KM, FT, MI"],
    ["GEORADIUSBYMEMBER Sicily none x q", "-ERR could not decode requested zset member"],
    ["GEORADIUS Sicily 1 1 1 m FROMMEMBER Palermo", SYNTAX],
    ["GEORADIUS_RO Sicily 1 1 1 m STORE d", SYNTAX],
    ["GEORADIUS Sicily 1 1 1 m STORE", SYNTAX],
    [
      "GEORADIUS Sicily 1 1 1 m STORE d WITHDIST",
      "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
    ],
    ["GEORADIUS Sicily 1 1 1 m COUNT", SYNTAX],
    ["GEORADIUS Sicily 1 1 1 m COUNT x", "-ERR value is not an integer or out of range"],
    ["GEORADIUS Sicily 1 1 1 m COUNT 0", "-ERR COUNT must be > 0"],
    ["GEORADIUS Sicily 1 1 1 m ANY", "-ERR the ANY argument requires COUNT argument"],
    ["GEOSEARCH Sicily FROMMEMBER none BYRADIUS 1 m", "-ERR could not decode requested zset member"],
    ["GEOSEARCH Sicily FROMMEMBER Palermo BYBOX x 1 m", "-ERR need numeric width"],
    ["GEOSEARCH Sicily FROMMEMBER Palermo BYBOX 1 x m", "-ERR need numeric height"],
    ["GEOSEARCH Sicily FROMMEMBER Palermo BYBOX 1 -1 m", "-ERR height or width cannot be negative"],
    ["GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 1 m BYBOX 1 1 m", SYNTAX],
    ["GEOSEARCH Sicily FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 1 m", SYNTAX],
    ["GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 1 m STOREDIST", SYNTAX],
    [
      "geoSearch Sicily BYRADIUS 1 km ASC ASC ASC",
      "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geoSearch",
    ],
    [
      "GEOSEARCH Sicily FROMLONLAT 1 1 ASC ASC",
      "-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH",
    ],
    [
      "GEOSEARCHSTORE d Sicily FROMMEMBER Palermo BYRADIUS 1 m WITHCOORD",
      "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
    ],
    ["GEOADD g 1 1", "-ERR wrong number of arguments for 'geoadd' command"],
  );
});

test("the keys of a search are those that it reads and the one that it stores", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["COMMAND GETKEYS GEORADIUS a 1 2 3 m STORE b", '*[$"a", $"b"]'],
    ["COMMAND GETKEYS GEORADIUSBYMEMBER a m 3 m STOREDIST b", '*[$"a", $"b"]'],
    ["COMMAND GETKEYS GEORADIUS a 1 2 3 m", '*[$"a"]'],
    ["COMMAND GETKEYS GEOSEARCHSTORE d s FROMMEMBER a BYRADIUS 1 m", '*[$"d", $"s"]'],
  );
});
