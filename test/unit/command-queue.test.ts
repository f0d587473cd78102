import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "#src/commands/command.js";
import { COMMANDS } from "#src/commands/index.js";
import { Registry } from "#src/commands/registry.js";
import { Args } from "#src/resp/args.js";
import { CommandQueue } from "#src/server/command-queue.js";
import { Random } from "../support/random.js";

const registry = new Registry(COMMANDS);

function find(args: Args): Command {
  const command = registry.find(args);
  assert.ok(command !== null);
  return command;
}

function listWords(args: Args): string[] {
  return Array.from({ length: args.count }, (_, i) => args.text(i, 1e6) ?? "");
}

test("commands come back in order, whatever they are, however long", () => {
  const random = new Random(5);
  const queue = new CommandQueue();
  const expected: string[][] = [];
  for (let i = 0; i < 2_000; i++) {
    const words = [random.pick(["SET", "get", "PING", "MSET"])];
    for (let k = random.int(0, 5); k > 0; k--) words.push("x".repeat(random.oneIn(50) ? 300_000 : random.int(0, 40)));
    const args = Args.from(words);
    queue.add(find(args), args);
    expected.push(words);
  }
  assert.equal(queue.length, expected.length);
  const found: string[][] = [];
  queue.run((command, args) => {
    assert.equal(command, find(args));
    found.push(listWords(args));
  });
  assert.deepEqual(found, expected);
});

test("a queued PING takes 16 bytes, and the chunks little more than what is in them", () => {
  const queue = new CommandQueue();
  const ping = Args.from(["PING"]);
  const command = find(ping);
  for (let i = 0; i < 100_000; i++) queue.add(command, ping);
  assert.equal(queue.usedBytes, 1_600_000);
  assert.ok(queue.byteLength < 1.2 * queue.usedBytes, `${queue.byteLength}`);
});

test("a command that clears the queue while it runs keeps none of the others from running", () => {
  const queue = new CommandQueue();
  for (const word of ["a", "b", "c"]) {
    const args = Args.from(["GET", word]);
    queue.add(find(args), args);
  }
  const seen: string[] = [];
  queue.run((_command, args) => {
    seen.push(args.text(1, 1e6) ?? "");
    queue.clear();
  });
  assert.deepEqual(seen, ["a", "b", "c"]);
  assert.deepEqual([queue.length, queue.usedBytes, queue.byteLength], [0, 0, 0]);
});
