import assert from "node:assert/strict";
import { test } from "node:test";
import type { Channel } from "#src/pubsub/channel.js";
import { ChannelTable } from "#src/pubsub/channel-table.js";
import { KeyHash } from "#src/storage/hash.js";
import { Random } from "../support/random.js";

function viewOf(name: string): DataView {
  const bytes = Uint8Array.from(name, (char) => char.charCodeAt(0));
  return new DataView(bytes.buffer);
}

function add(table: ChannelTable, name: string): Channel {
  return table.findOrAdd(viewOf(name), 0, name.length);
}

function find(table: ChannelTable, name: string): Channel | null {
  return table.find(viewOf(name), 0, name.length);
}

function makeTable(holdsPatterns = false): ChannelTable {
  const hash = new KeyHash(1, 2);
  return new ChannelTable((view, start, length) => hash.hash(view, start, length), holdsPatterns);
}

test("a table knows exactly the names of a model, while it grows and shrinks", () => {
  const random = new Random(7);
  const table = makeTable();
  const model = new Map<string, Channel>();
  for (const share of [0.9, 0.1, 0.7, 0.05]) {
    for (let step = 0; step < 5000; step++) {
      const name = `channel ${random.int(0, 3000)}`;
      const known = model.get(name);
      assert.equal(find(table, name), known ?? null);
      if (random.float() < share) {
        const channel = add(table, name);
        assert.equal(channel, known ?? channel);
        model.set(name, channel);
      } else if (known !== undefined) {
        table.remove(known);
        model.delete(name);
      }
      assert.equal(table.count, model.size);
    }
    assert.deepEqual([...table.listNames()].sort(), [...model.keys()].sort());
  }
});

test("a table gives its buckets back when its channels go", () => {
  const table = makeTable();
  const empty = table.bucketCount;
  const channels = Array.from({ length: 20_000 }, (_, i) => add(table, `channel ${i}`));
  assert.ok(table.bucketCount >= 20_000);
  for (const channel of channels) table.remove(channel);
  assert.equal(table.bucketCount, empty);
  assert.deepEqual([...table.listNames()], []);
});

test("names of one hash are told apart by their bytes", () => {
  const table = new ChannelTable(() => 5, false);
  const names = ["a", "b", "ab", "", "\0", "\0\0", "\xff", "é"];
  const channels = names.map((name) => add(table, name));
  for (const [i, name] of names.entries()) assert.equal(find(table, name), channels[i]);
  for (const channel of channels.slice(2, 5)) table.remove(channel);
  assert.deepEqual(
    names.map((name) => find(table, name) !== null),
    [true, true, false, false, false, true, true, true],
  );
});

test("only patterns keep their bytes, and in memory of their own", () => {
  const view = viewOf("xp*x");
  const pattern = makeTable(true).findOrAdd(view, 1, 3);
  assert.equal(makeTable(false).findOrAdd(view, 1, 3).pattern, null);
  view.setUint8(1, 0);
  assert.deepEqual(pattern.pattern, Uint8Array.from([0x70, 0x2a]));
  assert.equal(pattern.name, "p*");
});

test("the table only throws on a channel that is not in it", () => {
  const table = makeTable();
  const channel = add(table, "a");
  table.remove(channel);
  assert.throws(() => table.remove(channel), /not in its table/);
});
