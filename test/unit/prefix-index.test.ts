import assert from "node:assert/strict";
import { test } from "node:test";
import { PrefixIndex } from "#src/base/prefix-index.js";
import { Random } from "../support/random.js";

interface Entry {
  readonly prefix: string;
}

function listPrefixesOf(index: PrefixIndex<Entry>, key: string): string[] {
  const found: string[] = [];
  index.forEachPrefixOf(key, ({ prefix }) => found.push(prefix));
  return found;
}

test("the prefixes of a key are found, the longest first, the empty one too", () => {
  const index = new PrefixIndex<Entry>();
  for (const prefix of ["user:", "", "user:1", "users", "v", "user:10:x", "u"]) index.add({ prefix });
  assert.deepEqual(listPrefixesOf(index, "user:10"), ["user:1", "user:", "u", ""]);
  assert.deepEqual(listPrefixesOf(index, "zebra"), [""]);
  assert.deepEqual(listPrefixesOf(index, ""), [""]);
  assert.deepEqual(listPrefixesOf(new PrefixIndex<Entry>(), "a"), []);
});

test("an index of any prefixes answers as a look at each of them would, while they come and go", () => {
  const random = new Random(4);
  const index = new PrefixIndex<Entry>();
  const entries = new Map<string, Entry>();
  const draw = (): string => Array.from({ length: random.int(0, 6) }, () => random.pick(["a", "b", "\xff"])).join("");
  for (let round = 0; round < 5_000; round++) {
    const prefix = draw();
    const known = entries.get(prefix);
    if (known === undefined) {
      const entry = { prefix };
      entries.set(prefix, entry);
      index.add(entry);
    } else if (random.oneIn(2)) {
      entries.delete(prefix);
      index.remove(known);
    }
    assert.equal(index.size, entries.size);
    const key = draw();
    const expected = [...entries.keys()].filter((other) => key.startsWith(other)).sort((a, b) => b.length - a.length);
    assert.deepEqual(listPrefixesOf(index, key), expected);
    assert.equal(index.find(key), entries.get(key));
  }
});

test("an overlap is found on either side", () => {
  const index = new PrefixIndex<Entry>();
  for (const prefix of ["foo", "bar:", "z"]) index.add({ prefix });
  assert.equal(index.findOverlap("fo")?.prefix, "foo");
  assert.equal(index.findOverlap("foobar")?.prefix, "foo");
  assert.equal(index.findOverlap("bar"), index.find("bar:"));
  assert.equal(index.findOverlap("")?.prefix, "bar:");
  assert.equal(index.findOverlap("ba;"), undefined);
  assert.equal(index.findOverlap("y"), undefined);
});
