import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { RespClient } from "../../support/resp-client.js";
import { fmt } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";
import { ENCODINGS, type Fixture, startFixture } from "./fixture.js";

interface Lab extends Fixture {
  /** A new client that has sent a command and waits; returns when the server has it waiting. */
  block(...command: string[]): Promise<RespClient>;
}

async function startLab(t: TestContext, config: Record<string, string> = {}): Promise<Lab> {
  const fixture = await startFixture(t, config);
  const count = () =>
    [...fixture.server.pyredis.server.sessions.all].filter(({ waiting }) => waiting === "blocked").length;
  return {
    ...fixture,
    block: async (...command) => {
      const before = count();
      const further = await fixture.connect();
      await further.send(...command);
      await waitFor("a blocked client", () => count() === before + 1);
      return further;
    },
  };
}

const answer = async (client: RespClient): Promise<string> => fmt(await client.readReply(5000));

for (const [encoding, config] of ENCODINGS) {
  test(`waiting pops are served one by one from a ${encoding}, and reach others as plain pops`, async (t) => {
    const { block, expect, recorder } = await startLab(t, config);
    const first = await block("BZPOPMIN", "none", "z", "0");
    const second = await block("BZPOPMAX", "z", "0");
    const third = await block("BZMPOP", "0", "2", "none", "z", "MIN", "COUNT", "5");
    await expect(["ZADD z 2 b", ":1"]);
    assert.equal(await answer(first), '*[$"z", $"b", $"2"]');
    await expect(["ZADD z 1 a 2 b 3 c 4 d", ":4"]);
    assert.equal(await answer(second), '*[$"z", $"d", $"4"]');
    assert.equal(await answer(third), '*[$"z", *[*[$"a", $"1"], *[$"b", $"2"], *[$"c", $"3"]]]');
    await expect(["EXISTS z", ":0"]);
    assert.deepEqual(
      recorder.takeCommands().filter((line) => !/^(MULTI|EXEC)$/.test(line)),
      ["ZADD z 2 b", "ZPOPMIN z", "ZADD z 1 a 2 b 3 c 4 d", "ZPOPMAX z", "ZPOPMIN z 3"],
    );
  });
}

test("a blocking pop does not wait where there is a member", async (t) => {
  const { expect, recorder } = await startLab(t);
  await expect(["ZADD z 1 a 2 b 3 c 4 d", ":4"]);
  recorder.takeCommands();
  await expect(
    ["BZPOPMIN none z 0", '*[$"z", $"a", $"1"]'],
    ["BZPOPMAX z 0", '*[$"z", $"d", $"4"]'],
    ["BZMPOP 0 1 z MAX COUNT 1", '*[$"z", *[*[$"c", $"3"]]]'],
  );
  assert.deepEqual(recorder.takeCommands(), ["ZPOPMIN z", "ZPOPMAX z", "ZPOPMAX z 1"]);
});

test("a blocking pop gives up when its time is over, and at once in a transaction", async (t) => {
  const { block, server, expect } = await startLab(t);
  const waiting = await block("BZPOPMIN", "z", "0.5");
  const other = await block("BZMPOP", "0.5", "1", "z", "MAX");
  server.clock.advance(501);
  assert.equal(await answer(waiting), "*nil");
  assert.equal(await answer(other), "*nil");
  await expect(
    ["MULTI", "+OK"],
    ["BZPOPMIN z 0", "+QUEUED"],
    ["BZMPOP 0 1 z MIN", "+QUEUED"],
    ["EXEC", "*[*nil, *nil]"],
    ["BZPOPMIN z x", "-ERR timeout is not a float or out of range"],
    ["BZPOPMAX z -1", "-ERR timeout is negative"],
    ["BZMPOP -1 1 z MIN", "-ERR timeout is negative"],
    ["BZMPOP 0 0 z MIN", "-ERR numkeys should be greater than 0"],
    ["BZMPOP 0 1 z MID", "-ERR syntax error"],
    ["BZMPOP 0 1 z MIN COUNT 0", "-ERR count should be greater than 0"],
  );
});

test("a key of another type does not wake a pop; a stored or renamed sorted set does", async (t) => {
  const { block, expect } = await startLab(t);
  const waiting = await block("BZPOPMIN", "z", "0");
  await expect(["SET z text", "+OK"], ["DEL z", ":1"], ["ZADD other 1 a 2 b", ":2"], ["RENAME other z", "+OK"]);
  assert.equal(await answer(waiting), '*[$"z", $"a", $"1"]');
  const second = await block("BZPOPMIN", "d", "0");
  await expect(["ZUNIONSTORE d 1 z", ":1"]);
  assert.equal(await answer(second), '*[$"d", $"b", $"2"]');
});
