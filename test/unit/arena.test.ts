import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena, ArenaFullError } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { CLASS_BYTES, findSizeClass, SLAB_BLOCK_MAX_BYTES } from "#src/storage/size-classes.js";
import { Random } from "../support/random.js";

/** Small windows: 4 MiB of each are used, so that a test reaches many of them with little memory. */
const SMALL_WINDOW_PAGES = 1024;

interface Block {
  readonly handle: number;
  readonly bytes: number;
  readonly stamp: number;
}

/** Writes a pattern over the whole block that depends on its stamp: an overlap of two blocks shows. */
function fill(arena: Arena, block: Block): void {
  const at = arena.offset(block.handle);
  arena.window(block.handle).bytes.fill(block.stamp, at, at + block.bytes);
}

function assertIntact(arena: Arena, block: Block, length: number, seed: number): void {
  const at = arena.offset(block.handle);
  const bytes = arena.window(block.handle).bytes.subarray(at, at + length);
  for (const byte of bytes) assert.equal(byte, block.stamp, `seed ${seed}: block ${block.handle} was overwritten`);
}

function pickSize(random: Random): number {
  const kind = random.int(0, 9);
  if (kind < 6) return 1 + random.int(0, 299);
  if (kind < 9) return 1 + random.int(0, 8999);
  return 1 + random.int(0, 299999);
}

test("blocks never overlap, keep their bytes, and are accounted exactly, through random use of many windows", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const checks = new ArenaChecks();
  const arena = new Arena({ checks, pagesPerWindow: SMALL_WINDOW_PAGES });
  const blocks: Block[] = [];
  let stamp = 0;
  for (let step = 0; step < 20_000; step++) {
    const action = random.int(0, 9);
    if (action < 5 || blocks.length === 0) {
      const bytes = pickSize(random);
      const block = { handle: arena.alloc(bytes), bytes, stamp: stamp++ & 255 };
      assert.ok(arena.sizeOf(block.handle) >= bytes);
      assert.equal(arena.sizeOf(block.handle), arena.roundUp(bytes));
      fill(arena, block);
      blocks.push(block);
    } else {
      const at = random.int(0, blocks.length - 1);
      const block = blocks[at];
      assert.ok(block);
      assertIntact(arena, block, block.bytes, seed);
      if (action < 9 || blocks.length > 800) {
        arena.free(block.handle);
        blocks[at] = blocks[blocks.length - 1] as Block;
        blocks.pop();
      } else {
        const bytes = pickSize(random);
        const keep = Math.min(bytes, block.bytes);
        const moved = { ...block, handle: arena.realloc(block.handle, keep, bytes), bytes };
        assertIntact(arena, moved, keep, seed);
        fill(arena, moved);
        blocks[at] = moved;
      }
    }
  }
  checks.verify(arena);
  assert.ok(arena.windows.length > 1, `seed ${seed}: only one window was used`);
  for (const block of blocks) {
    assertIntact(arena, block, block.bytes, seed);
    arena.free(block.handle);
  }
  assert.equal(arena.usedBytes, 0);
  assert.equal(arena.blockCount, 0);
});

test("freed pages are joined and used again: the arena does not grow when the same load comes back", () => {
  const arena = new Arena({ pagesPerWindow: SMALL_WINDOW_PAGES });
  const cycle = (): void => {
    const handles: number[] = [];
    for (let i = 0; i < 40; i++) handles.push(arena.alloc(10_000 + i * 1000), arena.alloc(8 * (i + 1)));
    for (const handle of handles) arena.free(handle);
  };
  for (let i = 0; i < 10; i++) cycle();
  const tops = arena.windows.map((window) => window.top);
  for (let i = 0; i < 200; i++) cycle();
  assert.deepEqual(
    arena.windows.map((window) => window.top),
    tops,
  );
});

test("a large block grows in place while the pages behind it are free", () => {
  const arena = new Arena();
  const block = arena.alloc(100_000);
  arena.window(block).bytes.fill(7, arena.offset(block), arena.offset(block) + 100_000);
  assert.equal(arena.realloc(block, 100_000, 1_000_000), block);
  const behind = arena.alloc(50_000);
  const moved = arena.realloc(block, 100_000, 3_000_000);
  assert.notEqual(moved, block);
  assert.equal(arena.window(moved).bytes[arena.offset(moved) + 99_999], 7);
  arena.free(behind);
  arena.free(moved);
  assert.equal(arena.usedBytes, 0);
});

test("an arena whose address space is used up says so, and goes on serving what it has", () => {
  const arena = new Arena({ maxWindows: 2, pagesPerWindow: 64 });
  const handles: number[] = [];
  assert.throws(() => {
    for (let i = 0; i < 1000; i++) handles.push(arena.alloc(8192));
  }, ArenaFullError);
  assert.ok(handles.length > 40);
  for (const handle of handles) arena.free(handle);
  assert.equal(arena.usedBytes, 0);
  assert.doesNotThrow(() => arena.alloc(8192));
  assert.throws(() => arena.alloc(1024 * 4096), ArenaFullError);
});

test("the debug mode refuses a second free", () => {
  const arena = new Arena({ checks: new ArenaChecks() });
  const block = arena.alloc(64);
  arena.free(block);
  assert.throws(() => arena.free(block), /not in use/);
});

test("size classes waste at most an eighth, and each size has the smallest class that holds it", () => {
  for (let bytes = 1; bytes <= SLAB_BLOCK_MAX_BYTES; bytes++) {
    const sizeClass = findSizeClass(bytes);
    const size = CLASS_BYTES[sizeClass] ?? 0;
    assert.ok(size >= bytes);
    assert.ok((CLASS_BYTES[sizeClass - 1] ?? 0) < bytes, `${bytes} fits a smaller class than ${size}`);
    if (bytes > 64) assert.ok(size <= (bytes * 9) / 8 + 1, `${bytes} is given ${size}`);
  }
});
