// Commands that draw as often as a negative count says: they neither stop the server nor outgrow a client's limit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startInProcess } from "../../support/in-process.js";

const COMMANDS = [
  ["HRANDFIELD", "h"],
  ["SRANDMEMBER", "s"],
  ["ZRANDMEMBER", "z"],
] as const;

test("a negative count that would take too long is refused, or cut by the limit of output", async () => {
  const server = await startInProcess({});
  const client = await server.connect();
  try {
    await client.call("HSET", "h", "a", "b");
    await client.call("SADD", "s", "a");
    await client.call("ZADD", "z", "1", "a");
    for (const [command, key] of COMMANDS) {
      assert.equal(await client.ask(command, key, "-999999999"), "-ERR value is out of range");
      assert.equal(await client.ask(command, key, "-2"), '*[$"a", $"a"]');
    }
    await client.call("CONFIG", "SET", "client-output-buffer-limit", "normal 1000000 0 0");
    for (const [command, key] of COMMANDS) {
      const greedy = await server.connect();
      greedy.send(command, key, "-999999999");
      await greedy.waitForClose();
      await greedy.close();
    }
    assert.equal(await client.ask("PING"), "+PONG");
  } finally {
    await client.close();
    await server.close();
  }
});
