import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "#src/base/queue.js";

test("a queue gives back in order what it was given, however it is filled and emptied", () => {
  const queue = new Queue<number>();
  const model: number[] = [];
  for (let step = 0; step < 5000; step++) {
    if ((step * 7919) % 10 < (step < 2500 ? 6 : 4)) {
      queue.push(step);
      model.push(step);
    } else {
      assert.equal(queue.shift(), model.shift());
    }
    assert.equal(queue.length, model.length);
    assert.equal(queue.at(0), model[0]);
    assert.equal(queue.at(model.length - 1), model.at(-1));
  }
  queue.clear();
  assert.equal(queue.length, 0);
  assert.equal(queue.shift(), undefined);
});

test("taking the first of many costs no move of the others", () => {
  const queue = new Queue<number>();
  for (let i = 0; i < 300_000; i++) queue.push(i);
  const before = process.cpuUsage();
  for (let i = 0; i < 300_000; i++) assert.equal(queue.shift(), i);
  // Moving them takes tens of seconds.
  assert.ok(process.cpuUsage(before).user < 3e6);
});
