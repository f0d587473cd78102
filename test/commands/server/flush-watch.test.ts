// What FLUSHALL, FLUSHDB, SWAPDB, RENAME, MOVE and expiry do to WATCH: EXEC answers nil where what the client saw of a
// key has changed, and only there.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../../support/resp-client.js";
import { startFixture } from "../generic/fixture.js";

interface Case {
  readonly name: string;
  readonly before: readonly Command[];
  readonly change: readonly Command[];
  readonly fails: boolean;
  /** Active expiry off, and this much time between `before` and WATCH. */
  readonly late?: boolean;
}

const CASES: readonly Case[] = [
  { name: "FLUSHALL with the key", before: [["SET", "k", "v"]], change: [["FLUSHALL"]], fails: true },
  { name: "FLUSHALL ASYNC with the key", before: [["SET", "k", "v"]], change: [["FLUSHALL", "ASYNC"]], fails: true },
  { name: "FLUSHALL without the key", before: [["SET", "other", "v"]], change: [["FLUSHALL"]], fails: false },
  {
    name: "FLUSHDB of another database",
    before: [["SET", "k", "v"]],
    change: [["SELECT", "1"], ["SET", "k", "v"], ["FLUSHDB"], ["SELECT", "0"]],
    fails: false,
  },
  { name: "SWAPDB with the key here", before: [["SET", "k", "v"]], change: [["SWAPDB", "0", "1"]], fails: true },
  {
    name: "SWAPDB with the key there",
    before: [
      ["SELECT", "1"],
      ["SET", "k", "v"],
      ["SELECT", "0"],
    ],
    change: [["SWAPDB", "0", "1"]],
    fails: true,
  },
  { name: "SWAPDB without the key", before: [["SET", "other", "v"]], change: [["SWAPDB", "1", "0"]], fails: false },
  { name: "SWAPDB of others", before: [["SET", "k", "v"]], change: [["SWAPDB", "1", "2"]], fails: false },
  { name: "SWAPDB with itself", before: [["SET", "k", "v"]], change: [["SWAPDB", "0", "0"]], fails: false },
  { name: "RENAME away", before: [["SET", "k", "v"]], change: [["RENAME", "k", "l"]], fails: true },
  { name: "RENAME to it", before: [["SET", "l", "v"]], change: [["RENAME", "l", "k"]], fails: true },
  { name: "MOVE away", before: [["SET", "k", "v"]], change: [["MOVE", "k", "1"]], fails: true },
  { name: "EXPIRE", before: [["SET", "k", "v"]], change: [["EXPIRE", "k", "100"]], fails: true },
  { name: "COPY from it", before: [["SET", "k", "v"]], change: [["COPY", "k", "l"]], fails: false },
  {
    name: "an expired key flushed",
    before: [["SET", "k", "v", "PX", 1]],
    change: [["FLUSHALL"]],
    fails: false,
    late: true,
  },
  {
    name: "an expired key read",
    before: [["SET", "k", "v", "PX", 1]],
    change: [["GET", "k"]],
    fails: false,
    late: true,
  },
  {
    name: "an expired key deleted",
    before: [["SET", "k", "v", "PX", 1]],
    change: [["DEL", "k"]],
    fails: false,
    late: true,
  },
  {
    name: "an expired key set",
    before: [["SET", "k", "v", "PX", 1]],
    change: [["SET", "k", "w"]],
    fails: true,
    late: true,
  },
  {
    name: "an expired key swapped against nothing",
    before: [["SET", "k", "v", "PX", 1]],
    change: [["SWAPDB", "0", "1"]],
    fails: false,
    late: true,
  },
  {
    name: "nothing swapped against an expired key",
    before: [
      ["SELECT", "1"],
      ["SET", "k", "v", "PX", 1],
      ["SELECT", "0"],
    ],
    change: [
      ["SWAPDB", "0", "1"],
      ["GET", "k"],
    ],
    fails: false,
    late: true,
  },
  {
    name: "an expired key swapped against a live one",
    before: [
      ["SET", "k", "v", "PX", 1],
      ["SELECT", "1"],
      ["SET", "k", "v"],
      ["SELECT", "0"],
    ],
    change: [["SWAPDB", "0", "1"]],
    fails: true,
    late: true,
  },
];

for (const { name, before, change, fails, late } of CASES) {
  test(`WATCH and ${name}: EXEC ${fails ? "fails" : "runs"}`, async (t) => {
    const { client, server } = await startFixture(t);
    const other = await server.connect();
    t.after(() => other.close());
    server.pyredis.server.debug.activeExpire = false;
    await other.pipeline(before);
    if (late) server.clock.advance(2);
    await client.call("WATCH", "k");
    for (const reply of await other.pipeline(change)) assert.notEqual(reply.kind, "error");
    await client.pipeline([["MULTI"], ["PING"]]);
    assert.equal(await client.ask("EXEC"), fails ? "*nil" : "*[+PONG]");
  });
}
