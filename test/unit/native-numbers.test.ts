// What the addon is given as a number is one, whole and in range, or it is refused: NaN must not become descriptor 0, nor a
// number that is too large another process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nativeAddon, nativeProblem } from "#src/native/addon.js";
import { ClientMemory } from "#src/server/client-memory.js";
import { startInProcess } from "../support/in-process.js";

const addon = nativeAddon() as unknown as Record<string, (...args: unknown[]) => unknown> | undefined;
const skip = addon === undefined && `no addon here: ${nativeProblem()}`;

const NO_INTS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1.5,
  2 ** 31,
  2 ** 32 + 1,
  "1",
  undefined,
];
const NO_SIZES = [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 60, "1", undefined];

test("numbers that are none, or out of range, are refused by every function of the addon", { skip }, () => {
  assert.ok(addon !== undefined);
  const refused = (name: string, ...args: unknown[]): void =>
    assert.throws(() => addon[name]?.(...args), TypeError, `${name}(${args.map(String).join(", ")})`);
  for (const value of NO_INTS) {
    refused("lockFile", value, true);
    refused("markFatalSignals", value);
    refused("pidfdOpen", value);
    refused("pidfdSendSignal", value, 0);
    refused("processInfo", value);
    refused("replaceFd", value, 1_000_000);
    refused("sendDatagram", value, new Uint8Array(1));
    refused("setAffinity", 0, [value]);
  }
  for (const value of NO_SIZES) {
    refused("makeRegion", value);
    refused("releasePages", new ArrayBuffer(8), value, 0);
    refused("populatePages", new ArrayBuffer(8), 0, value);
    refused("suggestCollection", value);
  }
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -2, 0.5]) {
    refused("setLimit", "CORE", value, value);
    refused("findUser", value);
  }
});

test("maxmemory-clients takes no limit that is no number, and keeps the one it has", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const { clientMemory } = server.pyredis.server;
  assert.ok(clientMemory instanceof ClientMemory);
  for (const value of [Number.NaN, -1]) assert.throws(() => clientMemory.setLimit(value), RangeError);
  clientMemory.setLimit(Number.POSITIVE_INFINITY);
  clientMemory.setLimit(0);
});
