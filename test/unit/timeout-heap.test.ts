import assert from "node:assert/strict";
import { test } from "node:test";
import { NOT_TIMED, type Timed, TimeoutHeap } from "#src/server/timeout-heap.js";
import { Random } from "../support/random.js";

class Entry implements Timed {
  readonly deadline: number;
  place = NOT_TIMED;

  constructor(deadline: number) {
    this.deadline = deadline;
  }
}

test("the soonest entry is always first, through random additions and removals", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const heap = new TimeoutHeap<Entry>();
  const model: Entry[] = [];
  for (let step = 0; step < 5000; step++) {
    if (model.length === 0 || random.int(0, 99) < 55) {
      const entry = new Entry(random.int(0, 200));
      heap.add(entry);
      model.push(entry);
    } else {
      const at = random.int(0, model.length - 1);
      const [entry] = model.splice(at, 1);
      assert.ok(entry);
      heap.remove(entry);
      assert.equal(entry.place, NOT_TIMED);
      heap.remove(entry);
    }
    assert.equal(heap.size, model.length, `seed ${seed}`);
    const soonest = Math.min(...model.map(({ deadline }) => deadline));
    assert.equal(heap.soonest?.deadline ?? Number.POSITIVE_INFINITY, soonest, `seed ${seed}, step ${step}`);
  }
  const order: number[] = [];
  for (let entry = heap.soonest; entry !== null; entry = heap.soonest) {
    order.push(entry.deadline);
    heap.remove(entry);
  }
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
});
