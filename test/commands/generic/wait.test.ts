// WAIT and WAITAOF, while there are neither replicas nor an AOF.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";
import { fmt } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";

test("WAIT and WAITAOF answer at once where nothing is asked for, and in a transaction", async (t) => {
  const { client, expect } = await startFixture(t);
  await expect(["WAIT 0 0", ":0"], ["WAIT -1 1000", ":0"], ["WAITAOF 0 0 0", "*[:0, :0]"]);
  await client.pipeline([["MULTI"], ["WAIT", "3", "0"], ["WAITAOF", "0", "3", "0"]]);
  await expect(["EXEC", "*[:0, *[:0, :0]]"]);
});

test("they wait for the time given, and nobody has confirmed then", async (t) => {
  const { client, connect, server } = await startFixture(t);
  const other = await connect();
  for (const [command, reply] of [
    [["WAIT", "1", "100"], ":0"],
    [["WAITAOF", "0", "1", "100"], "*[:0, :0]"],
  ] as const) {
    client.send(...command);
    await waitFor("the client to block", async () =>
      (await other.ask("INFO", "clients")).includes("blocked_clients:1\\r\\n"),
    );
    assert.equal(client.unreadReplies.length, 0);
    server.clock.advance(101);
    server.pyredis.server.cron.tick();
    assert.equal(fmt(await client.readReply()), reply);
  }
});

test("CLIENT UNBLOCK ends the wait", async (t) => {
  const { client, connect } = await startFixture(t);
  const other = await connect();
  const id = (await client.ask("CLIENT", "ID")).slice(1);
  for (const [how, reply] of [
    ["TIMEOUT", ":0"],
    ["ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK"],
  ] as const) {
    client.send("WAIT", "1", "0");
    await waitFor("the unblocking", async () => (await other.ask("CLIENT", "UNBLOCK", id, how)) === ":1");
    assert.equal(fmt(await client.readReply()), reply);
  }
});

test("they refuse what makes no sense", async (t) => {
  const { expect } = await startFixture(t);
  const number = "-ERR value is not an integer or out of range";
  const oneOrZero = "-ERR value is out of range, value must between 0 and 1";
  await expect(
    ["WAIT 0", "-ERR wrong number of arguments for 'wait' command"],
    ["WAIT x 0", number],
    ["WAIT 0 x", "-ERR timeout is not an integer or out of range"],
    ["WAIT 0 -1", "-ERR timeout is negative"],
    ["WAIT 0 9223372036854775807", "-ERR timeout is out of range"],
    ["WAITAOF x 0 0", number],
    ["WAITAOF 2 0 0", oneOrZero],
    ["WAITAOF -1 0 0", oneOrZero],
    ["WAITAOF 0 -1 0", "-ERR value is out of range, must be positive"],
    ["WAITAOF 0 x 0", "-ERR value is out of range, must be positive"],
    ["WAITAOF 0 0 -1", "-ERR timeout is negative"],
    ["WAITAOF 1 0 0", "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."],
  );
});
