// Keys of requests, for every way to begin and to go on that a specification knows.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandSpec, KeySpec } from "#src/commands/define.js";
import { keyAfter, keyAt, keyCount, keyRange } from "#src/commands/define.js";
import { findKeys, hasKeys, KeyList, summarizeKeys } from "#src/commands/key-specs.js";
import { Args } from "#src/resp/args.js";

function makeSpec(keys: readonly KeySpec[], more: Partial<CommandSpec> = {}): CommandSpec {
  return { name: "x", group: "generic", since: "1.0.0", complexity: "", summary: "", arity: -1, keys, ...more };
}

/** The keys of a request in words; null when it makes no sense. */
function keysOf(keys: readonly KeySpec[], request: string, more: Partial<CommandSpec> = {}): string[] | null {
  const args = Args.from(request.split(" "));
  const found = new KeyList();
  return findKeys(makeSpec(keys, more), args, found) ? found.indexes.map((i) => args.text(i, 1000) ?? "") : null;
}

test("a range goes to an argument counted from its first key, or from the end, in steps", () => {
  assert.deepEqual(keysOf([keyAt(1, "RO")], "get a b"), ["a"]);
  assert.deepEqual(keysOf([keyRange(1, -1, 1, "RO")], "mget a b c"), ["a", "b", "c"]);
  assert.deepEqual(keysOf([keyRange(1, -1, 2, "OW")], "mset a 1 b 2"), ["a", "b"]);
  assert.deepEqual(keysOf([keyRange(1, -2, 1, "RO")], "blpop a b 0"), ["a", "b"]);
  assert.equal(keysOf([keyAt(2, "RO")], "x a"), null);
});

test("a count is an argument in front of the keys", () => {
  assert.deepEqual(keysOf([keyCount(1, "RO")], "x 2 a b c"), ["a", "b"]);
  assert.equal(keysOf([keyCount(1, "RO")], "x 3 a b"), null);
  assert.equal(keysOf([keyCount(1, "RO")], "x -1 a b"), null);
  assert.equal(keysOf([keyCount(1, "RO")], "x two a b"), null);
  assert.equal(keysOf([keyCount(1, "RO")], "x 1443677133621497600 a"), null);
});

test("a keyword is looked for from an argument on, forwards or backwards; without it there are no keys", () => {
  const optional = [keyAt(1, "RO"), keyAfter("STORE", 2, "OW")];
  assert.deepEqual(keysOf(optional, "x a store b"), ["a", "b"]);
  assert.deepEqual(keysOf(optional, "x a other b"), ["a"]);
  assert.deepEqual(keysOf(optional, "x a b store"), ["a"]);
  assert.deepEqual(keysOf([keyAfter("KEYS", -2, "RO")], "x 1 2 keys a"), ["a"]);
});

test("a limit takes that part of what is left: the streams of XREAD", () => {
  const streams: KeySpec = {
    flags: ["RO"],
    begin: { keyword: "STREAMS", startFrom: 1 },
    find: { lastKey: -1, step: 1, limit: 2 },
  };
  assert.deepEqual(keysOf([streams], "xread count 2 streams a b 0 0"), ["a", "b"]);
});

test("the command's own function comes where the specifications cannot tell, or flags vary", () => {
  const unknown: KeySpec = { flags: ["RO"], begin: { unknown: true }, find: { unknown: true } };
  const own: Partial<CommandSpec> = {
    findKeys(args, found) {
      if (args.count < 3) return false;
      found.push(2, ["RM"]);
      return true;
    },
  };
  assert.deepEqual(keysOf([keyAt(1, "RO"), unknown], "x a b", own), ["b"]);
  assert.equal(keysOf([keyAt(1, "RO"), unknown], "x a", own), null);
  assert.equal(keysOf([keyAt(1, "RO"), unknown], "x a"), null);
  assert.deepEqual(keysOf([keyAt(1, "RW", "variable_flags")], "x a b", own), ["b"]);
  assert.deepEqual(keysOf([keyAt(1, "RW", "incomplete")], "x a b", own), ["b"]);
});

test("an argument that is no key, such as a channel, is left out", () => {
  assert.equal(hasKeys(makeSpec([keyAt(1, "not_key")])), false);
  assert.equal(keysOf([keyAt(1, "not_key")], "spublish c m"), null);
  assert.deepEqual(keysOf([keyAt(1, "not_key"), keyAt(2, "RO")], "x c k"), ["k"]);
});

test("old clients get first, last and step, and are told where that is not all", () => {
  const range = (first: number, last: number, step: number, movable = false) => ({ first, last, step, movable });
  assert.deepEqual(summarizeKeys([]), range(0, 0, 0));
  assert.deepEqual(summarizeKeys([keyAt(1, "RO")]), range(1, 1, 1));
  assert.deepEqual(summarizeKeys([keyRange(1, -1, 2, "OW")]), range(1, -1, 2));
  assert.deepEqual(summarizeKeys([keyAt(1, "RO"), keyAt(2, "RO")]), range(1, 2, 1));
  assert.deepEqual(summarizeKeys([keyAt(1, "OW"), keyRange(2, -1, 1, "RO")]), range(1, -1, 1));
  assert.deepEqual(summarizeKeys([keyAt(1, "OW"), keyAt(3, "RO")]), range(1, 1, 1, true));
  assert.deepEqual(summarizeKeys([keyCount(1, "RO")]), range(0, 0, 0, true));
  assert.deepEqual(summarizeKeys([keyAt(1, "RO"), keyAfter("STORE", 2, "OW")]), range(1, 1, 1, true));
  assert.deepEqual(summarizeKeys([keyAt(1, "RW", "incomplete")]), range(1, 1, 1, true));
});
