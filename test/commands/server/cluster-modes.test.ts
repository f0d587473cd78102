// What a server that is in no cluster answers to clients that think it is.
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";

test("READONLY, READWRITE and ASKING are refused outside of a cluster", async (t) => {
  const { expect } = await startFixture(t);
  const refusal = "-ERR This instance has cluster support disabled";
  await expect(
    ["READONLY", refusal],
    ["READWRITE", refusal],
    ["ASKING", refusal],
    ["ASKING x", "-ERR wrong number of arguments for 'asking' command"],
  );
});

test("RESTORE-ASKING is RESTORE", async (t) => {
  const { client, expect } = await startFixture(t);
  await expect(["RESTORE-ASKING k 0 x", "-ERR DUMP payload version or checksum are wrong"], ["SET a 1", "+OK"]);
  const dumped = await client.call("DUMP", "a");
  if (dumped.kind !== "bulk") throw new Error("no dump");
  await client.call("RESTORE-ASKING", "k", "0", dumped.bytes);
  await expect(["GET k", '$"1"']);
});
