import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena, NONE } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { NameList } from "#src/storage/name-list.js";
import { Random } from "../support/random.js";

const NAME_AT = 12;

class Lab {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly names = new NameList(this.arena, NAME_AT);
  list = NONE;

  search(name: Buffer): number {
    return this.names.search(this.list, viewOf(name), 0, name.length);
  }

  add(name: Buffer): boolean {
    const index = this.search(name);
    if (index >= 0) return false;
    const block = this.names.createBlock(viewOf(name), 0, name.length);
    this.list = this.names.insert(this.list, -1 - index, block);
    return true;
  }

  remove(name: Buffer): boolean {
    const index = this.search(name);
    if (index < 0) return false;
    const block = this.names.block(this.list, index);
    this.list = this.names.remove(this.list, index);
    this.arena.free(block);
    return true;
  }

  get all(): string[] {
    const { names, list, arena } = this;
    return Array.from({ length: names.count(list) }, (_, i) => {
      const block = names.block(list, i);
      const start = names.nameStart(block);
      return Buffer.from(arena.window(block).bytes.subarray(start, start + names.nameLength(block))).toString("latin1");
    });
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

test("names are kept in the order of their bytes, a shorter one in front of what it begins", () => {
  const lab = new Lab();
  for (const name of ["b", "", "ab", "a", "\xff", "a\0", "abc"])
    assert.equal(lab.add(Buffer.from(name, "latin1")), true);
  assert.equal(lab.add(Buffer.from("ab")), false);
  assert.deepEqual(lab.all, ["", "a", "a\0", "ab", "abc", "b", "\xff"]);
  assert.equal(lab.names.find(lab.list, viewOf(Buffer.from("aa")), 0, 2), NONE);
});

test("a name list does what a sorted set of strings does, and gives its memory back", () => {
  const random = new Random(7);
  const lab = new Lab();
  let model: string[] = [];
  for (let round = 0; round < 6000; round++) {
    const name = Buffer.from(
      random.weighted([
        [3, random.integer()],
        [1, random.value(300).toString("latin1")],
      ]),
      "latin1",
    );
    const text = name.toString("latin1");
    // It grows, and shrinks again.
    if (random.oneIn(3) === round < 3000) {
      assert.equal(lab.remove(name), model.includes(text));
      model = model.filter((other) => other !== text);
    } else {
      assert.equal(lab.add(name), !model.includes(text));
      if (!model.includes(text)) model.push(text);
    }
    if (round % 500 === 0) assert.deepEqual(lab.all, [...model].sort(compareBytes));
  }
  for (const text of model) assert.equal(lab.remove(Buffer.from(text, "latin1")), true);
  assert.equal(lab.list, NONE);
  assert.equal(lab.arena.usedBytes, 0);
});

test("a list that has lost most of its names takes little memory", () => {
  const lab = new Lab();
  const names = Array.from({ length: 5000 }, (_, i) => Buffer.from(`name ${i}`));
  for (const name of names) lab.add(name);
  const full = lab.names.sizeOf(lab.list);
  for (const name of names.slice(0, 4900)) lab.remove(name);
  assert.ok(lab.names.sizeOf(lab.list) < full / 8);
  assert.equal(lab.all.length, 100);
  for (const name of names) lab.remove(name);
  assert.equal(lab.arena.usedBytes, 0);
});

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, "latin1"), Buffer.from(b, "latin1"));
}
