// The heap of deadlines against a list: order, places, pages that come and go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena, type Handle, NONE } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { DeadlineHeap, type HeapItems } from "#src/storage/deadline-heap.js";
import { Random } from "../support/random.js";

/** Items of 8 bytes: deadline and place, both u32. */
class Items implements HeapItems {
  readonly arena: Arena;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  create(deadline: number): Handle {
    const item = this.arena.alloc(8);
    this.setDeadline(item, deadline);
    return item;
  }

  deadline(item: Handle): number {
    return this.arena.window(item).view.getUint32(this.arena.offset(item), true);
  }

  setDeadline(item: Handle, deadline: number): void {
    this.arena.window(item).view.setUint32(this.arena.offset(item), deadline, true);
  }

  place(item: Handle): number {
    return this.arena.window(item).view.getUint32(this.arena.offset(item) + 4, true);
  }

  setPlace(item: Handle, place: number): void {
    this.arena.window(item).view.setUint32(this.arena.offset(item) + 4, place, true);
  }
}

function makeHeap() {
  const checks = new ArenaChecks();
  const arena = new Arena({ checks });
  const items = new Items(arena);
  return { checks, arena, items, heap: new DeadlineHeap(arena, items) };
}

test("the first of a heap is the earliest whatever is added, removed, changed and moved", () => {
  const { checks, arena, items, heap } = makeHeap();
  const random = new Random(7);
  const root = heap.create();
  const live: Handle[] = [];
  for (let step = 0; step < 30_000; step++) {
    // Grows past several pages, then shrinks to nothing, twice.
    const grows = Math.floor(step / 7500) % 2 === 0;
    const action = random.int(0, 9);
    const at = random.int(0, Math.max(0, live.length - 1));
    const item = live[at];
    if (item === undefined || action < (grows ? 6 : 2)) {
      const added = items.create(random.int(0, 5000));
      live.push(added);
      heap.add(root, added);
    } else if (action < 8) {
      heap.remove(root, item);
      arena.free(item);
      live.splice(at, 1);
    } else if (action === 8) {
      items.setDeadline(item, random.int(0, 5000));
      heap.update(root, item);
    } else {
      const moved = items.create(items.deadline(item));
      items.setPlace(moved, items.place(item));
      heap.replace(root, moved);
      arena.free(item);
      live[at] = moved;
    }
    assert.equal(heap.count(root), live.length);
    if (step % 50 !== 0) continue;
    const deadlines = live.map((one) => items.deadline(one));
    const first = heap.first(root);
    if (live.length === 0) assert.equal(first, NONE);
    else assert.equal(items.deadline(first), Math.min(...deadlines));
    for (const time of [0, 1, 2500, 5001]) {
      assert.equal(heap.countBefore(root, time), deadlines.filter((deadline) => deadline < time).length);
    }
  }
  const order: number[] = [];
  for (let first = heap.first(root); first !== NONE; first = heap.first(root)) {
    order.push(items.deadline(first));
    heap.remove(root, first);
    arena.free(first);
  }
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  heap.destroy(root);
  assert.equal(arena.blockCount, 0);
  checks.verify(arena);
});

test("a heap takes a page for each 1024 items, and gives it back", () => {
  const { arena, items, heap } = makeHeap();
  const root = heap.create();
  const added = Array.from({ length: 5000 }, (_, i) => items.create(i));
  const small = heap.byteLength(root);
  for (const item of added) heap.add(root, item);
  assert.ok(small <= 64, `${small} bytes for an empty heap`);
  assert.ok(heap.byteLength(root) < 5000 * 4 * 1.1, `${heap.byteLength(root)} bytes for 5000 items`);
  const full = arena.usedBytes;
  for (const item of added.slice(1)) heap.remove(root, item);
  assert.ok(heap.byteLength(root) <= 4096 + 64);
  assert.ok(arena.usedBytes < full);
  assert.equal(heap.first(root), added[0]);
});
