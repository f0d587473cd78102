import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_GROUP_TO_READ, ofStream, startFixture, THREE, WRONG_TYPE } from "./group-fixture.js";

const NEEDS_KEY =
  "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option " +
  "to create an empty stream automatically.";

function syntax(subcommand: string): string {
  return `-ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try XGROUP HELP.`;
}

test("XGROUP CREATE makes a group behind an ID, behind the last entry, or on a stream that it makes", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(
    ...THREE,
    ["XGROUP CREATE s new $", "+OK"],
    ["XGROUP CREATE s two 2", "+OK"],
    ["XREADGROUP GROUP new c STREAMS s >", "*nil"],
    ["XREADGROUP GROUP two c STREAMS s >", ofStream('*[$"3-0", *[$"c", $"3"]]')],
    ["XGROUP CREATE none g 0-0 MKSTREAM", "+OK"],
    ["XLEN none", ":0"],
    ["TYPE none", "+stream"],
  );
  assert.deepEqual(
    recorder.takeEvents().filter((event) => event.startsWith("xgroup-create ")),
    ["xgroup-create s", "xgroup-create s", "xgroup-create s", "xgroup-create none"],
  );
  recorder.takeCommands();
  recorder.takeDirty();
  await expect(["XGROUP CREATE s more 5-5 MKSTREAM ENTRIESREAD 3", "+OK"]);
  assert.deepEqual(recorder.takeCommands(), ["XGROUP CREATE s more 5-5 MKSTREAM ENTRIESREAD 3"]);
  assert.equal(recorder.takeDirty(), 1);
});

test("XGROUP CREATE refuses a group that is there, a key that is not, and what makes no sense", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(...THREE, ["SET text v", "+OK"]);
  recorder.takeDirty();
  await expect(
    ["XGROUP CREATE s g $", "-BUSYGROUP Consumer Group name already exists"],
    ["XGROUP CREATE none g $", NEEDS_KEY],
    ["XGROUP CREATE text g $", WRONG_TYPE],
    ["XGROUP CREATE text g $ MKSTREAM", WRONG_TYPE],
    ["XGROUP CREATE s h -", "-ERR Invalid stream ID specified as stream command argument"],
    ["XGROUP CREATE s h 1-x", "-ERR Invalid stream ID specified as stream command argument"],
    ["XGROUP CREATE none h 1-x MKSTREAM", "-ERR Invalid stream ID specified as stream command argument"],
    ["EXISTS none", ":0"],
    ["XGROUP CREATE s h 1 NOPE", syntax("CREATE")],
    ["XGROUP CREATE s h 1 ENTRIESREAD", syntax("CREATE")],
    ["XGROUP CREATE s h 1 ENTRIESREAD 1 ENTRIESREAD 1", syntax("CREATE")],
    ["XGROUP CREATE s h 1 ENTRIESREAD x", "-ERR value is not an integer or out of range"],
    ["XGROUP CREATE s h 1 ENTRIESREAD -2", "-ERR value for ENTRIESREAD must be positive or -1"],
    ["XGROUP CREATE s h", "-ERR wrong number of arguments for 'xgroup|create' command"],
    ["XGROUP", "-ERR wrong number of arguments for 'xgroup' command"],
    ["XGROUP NOPE s", "-ERR unknown subcommand 'NOPE'. Try XGROUP HELP."],
  );
  assert.equal(recorder.takeDirty(), 0);
});

test("XGROUP SETID lets a group read again, or skip; - and + are the ends", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(...THREE, ["XGROUP SETID s g $", "+OK"], ["XREADGROUP GROUP g c STREAMS s >", "*nil"]);
  recorder.takeCommands();
  recorder.takeEvents();
  await expect(
    ["XGROUP SETID s g - ENTRIESREAD 9007199254740993", "+OK"],
    ["XGROUP SETID s g 2", "+OK"],
    ["XREADGROUP GROUP g c STREAMS s >", ofStream('*[$"3-0", *[$"c", $"3"]]')],
    ["XGROUP SETID s g +", "+OK"],
    ["XADD s 4-0 d 4", '$"4-0"'],
    ["XREADGROUP GROUP g c STREAMS s >", "*nil"],
    ["XGROUP SETID s h 0", "-NOGROUP No such consumer group 'h' for key name 's'"],
    ["XGROUP SETID none g 0", NEEDS_KEY],
    ["XGROUP SETID s g (1", "-ERR Invalid stream ID specified as stream command argument"],
    ["XGROUP SETID s g 0 MKSTREAM", syntax("SETID")],
    ["XGROUP SETID s g 0 ENTRIESREAD 1 ENTRIESREAD 2", syntax("SETID")],
  );
  assert.deepEqual(recorder.takeCommands().slice(0, 2), [
    "XGROUP SETID s g - ENTRIESREAD 9007199254740993",
    "XGROUP SETID s g 2",
  ]);
  assert.equal(recorder.takeEvents()[0], "xgroup-setid s");
});

test("XGROUP DESTROY removes a group with all that is pending in it", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(...THREE, ["XREADGROUP GROUP g c COUNT 1 STREAMS s >", ofStream('*[$"1-0", *[$"a", $"1"]]')]);
  recorder.takeEvents();
  recorder.takeDirty();
  await expect(
    ["XGROUP DESTROY s g", ":1"],
    ["XGROUP DESTROY s g", ":0"],
    ["XREADGROUP GROUP g c STREAMS s >", NO_GROUP_TO_READ],
    ["XINFO GROUPS s", "*[]"],
    ["XGROUP DESTROY none g", NEEDS_KEY],
    ["SET text v", "+OK"],
    ["XGROUP DESTROY text g", WRONG_TYPE],
  );
  assert.equal(recorder.takeEvents()[0], "xgroup-destroy s");
  // SET is the other one.
  assert.equal(recorder.takeDirty(), 2);
});

test("XGROUP CREATECONSUMER and DELCONSUMER tell whether there is a change, and what was pending", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(...THREE);
  recorder.takeEvents();
  recorder.takeDirty();
  recorder.takeCommands();
  await expect(
    ["XGROUP CREATECONSUMER s g c", ":1"],
    ["XGROUP CREATECONSUMER s g c", ":0"],
    ["XGROUP DELCONSUMER s g none", ":0"],
    ["XGROUP CREATECONSUMER s h c", "-NOGROUP No such consumer group 'h' for key name 's'"],
    ["XGROUP DELCONSUMER s h c", "-NOGROUP No such consumer group 'h' for key name 's'"],
    ["XGROUP CREATECONSUMER none g c", NEEDS_KEY],
    ["XGROUP DELCONSUMER none g c", NEEDS_KEY],
  );
  assert.deepEqual(recorder.takeEvents(), ["xgroup-createconsumer s"]);
  assert.deepEqual(recorder.takeCommands(), ["XGROUP CREATECONSUMER s g c"]);
  assert.equal(recorder.takeDirty(), 1);
  await expect(
    ["XREADGROUP GROUP g c COUNT 2 STREAMS s >", ofStream('*[$"1-0", *[$"a", $"1"]]', '*[$"2-0", *[$"b", $"2"]]')],
    ["XREADGROUP GROUP g d STREAMS s >", ofStream('*[$"3-0", *[$"c", $"3"]]')],
  );
  recorder.takeEvents();
  await expect(["XGROUP DELCONSUMER s g c", ":2"], ["XPENDING s g", '*[:1, $"3-0", $"3-0", *[*[$"d", $"1"]]]']);
  assert.deepEqual(recorder.takeEvents(), ["xgroup-delconsumer s"]);
});

test("only an XGROUP CREATE that makes the stream is a change to those who watch it", async (t) => {
  const { expect, connect } = await startFixture(t);
  const watcher = await connect();
  const fails = async (...lines: readonly (readonly [string, string])[]): Promise<boolean> => {
    assert.equal(await watcher.ask("WATCH", "s"), "+OK");
    await expect(...lines);
    assert.equal(await watcher.ask("MULTI"), "+OK");
    assert.equal(await watcher.ask("PING"), "+QUEUED");
    return (await watcher.ask("EXEC")) === "*nil";
  };
  assert.equal(await fails(["XGROUP CREATE s g 0 MKSTREAM", "+OK"]), true);
  await expect(["XADD s 1-0 a 1", '$"1-0"']);
  const one = ofStream('*[$"1-0", *[$"a", $"1"]]');
  assert.equal(
    await fails(
      ["XGROUP CREATE s h 0", "+OK"],
      ["XGROUP SETID s h $", "+OK"],
      ["XGROUP CREATECONSUMER s g b", ":1"],
      ["XREADGROUP GROUP g c STREAMS s >", one],
      ["XCLAIM s g b 0 1 JUSTID", '*[$"1-0"]'],
      ["XACK s g 1", ":1"],
      ["XGROUP DELCONSUMER s g b", ":0"],
      ["XGROUP DESTROY s g", ":1"],
    ),
    false,
  );
});

test("XGROUP HELP lists the subcommands", async (t) => {
  const { client } = await startFixture(t);
  assert.match(await client.ask("XGROUP", "HELP"), /^\*\[\+XGROUP <subcommand> .* \+DESTROY <key> <groupname>, /);
  assert.equal(await client.ask("XGROUP", "HELP", "me"), "-ERR wrong number of arguments for 'xgroup|help' command");
});
