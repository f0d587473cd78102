import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import type { PageSource } from "#src/storage/page-source.js";
import { PAGE_BYTES } from "#src/storage/window.js";
import { Random } from "../support/random.js";

const SMALL_WINDOW_PAGES = 1024;
const KEPT = 0xa5;

/** Plain buffers whose released ranges are filled with zeros, as the system does. */
class TestPages implements PageSource {
  releasedBytes = 0;
  windows = 0;
  refuses = false;

  allocate(bytes: number): ArrayBuffer {
    this.windows++;
    return new ArrayBuffer(bytes);
  }

  readonly release = (buffer: ArrayBuffer, start: number, byteLength: number): boolean => {
    if (this.refuses) return false;
    assert.equal(start % PAGE_BYTES, 0);
    assert.equal(byteLength % PAGE_BYTES, 0);
    new Uint8Array(buffer, start, byteLength).fill(0);
    this.releasedBytes += byteLength;
    return true;
  };
}

function fill(arena: Arena, handle: number): void {
  const at = arena.offset(handle);
  arena.window(handle).bytes.fill(KEPT, at, at + arena.sizeOf(handle));
}

function assertKept(arena: Arena, handle: number, seed: number): void {
  const at = arena.offset(handle);
  const bytes = arena.window(handle).bytes.subarray(at, at + arena.sizeOf(handle));
  assert.ok(
    bytes.every((byte) => byte === KEPT),
    `seed ${seed}: a page of block ${handle} was given back`,
  );
}

test("free pages go back in slices of any size, and no page of a block in use does", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const pages = new TestPages();
  const checks = new ArenaChecks();
  const arena = new Arena({ pages, pagesPerWindow: SMALL_WINDOW_PAGES, checks });
  const blocks: number[] = [];
  for (let step = 0; step < 20_000; step++) {
    const isGrowing = Math.floor(step / 2000) % 2 === 0;
    if (blocks.length === 0 || random.int(0, 9) < (isGrowing ? 7 : 3)) {
      const handle = arena.alloc(random.int(0, 9) < 6 ? random.int(1, 8192) : random.int(8193, 200_000));
      fill(arena, handle);
      blocks.push(handle);
    } else {
      const at = random.int(0, blocks.length - 1);
      const handle = blocks[at] ?? 0;
      assertKept(arena, handle, seed);
      arena.free(handle);
      blocks[at] = blocks.at(-1) ?? 0;
      blocks.pop();
    }
    if (random.int(0, 20) === 0) arena.release.step(random.int(1, 300));
    assert.equal(arena.residentBytes, arena.pageBytes + arena.freeResidentBytes, `seed ${seed}`);
  }
  assert.ok(pages.releasedBytes > 0);
  for (const handle of blocks) assertKept(arena, handle, seed);
  arena.release.releaseAll();
  assert.equal(arena.freeResidentBytes, 0, `seed ${seed}`);
  assert.equal(arena.residentBytes, arena.pageBytes);
  for (const handle of blocks) {
    assertKept(arena, handle, seed);
    arena.free(handle);
  }
  checks.verify(arena);
  arena.release.releaseAll();
  assert.equal(arena.residentBytes, 0, "an empty arena takes nothing, not even a slab a class");
});

test("pages that went back are handed out again, and counted again", () => {
  const arena = new Arena({ pages: new TestPages(), pagesPerWindow: 256 });
  const first = arena.alloc(100 * PAGE_BYTES);
  const guard = arena.alloc(PAGE_BYTES * 3);
  arena.free(first);
  arena.release.releaseAll();
  assert.equal(arena.residentBytes, 3 * PAGE_BYTES);
  const second = arena.alloc(40 * PAGE_BYTES);
  assert.equal(second, first);
  assert.equal(arena.residentBytes, 43 * PAGE_BYTES);
  arena.free(second);
  assert.equal(arena.freeResidentBytes, 40 * PAGE_BYTES);
  assert.equal(arena.sizeOf(guard), 3 * PAGE_BYTES);
});

test("an empty window is renewed, whichever it is, and serves again", () => {
  const pages = new TestPages();
  const arena = new Arena({ pages, pagesPerWindow: 64, maxWindows: 3 });
  const blocks = [1, 2, 3].map(() => arena.alloc(60 * PAGE_BYTES));
  assert.deepEqual(
    blocks.map((handle) => arena.window(handle).index),
    [0, 1, 2],
  );
  for (const empty of [1, 0, 2]) {
    const before = arena.windows[empty];
    arena.free(blocks[empty] ?? 0);
    arena.release.releaseAll();
    assert.notEqual(arena.windows[empty], before);
    const again = arena.alloc(60 * PAGE_BYTES);
    assert.equal(arena.window(again).index, empty);
    blocks[empty] = again;
  }
  assert.equal(pages.windows, 6);
  assert.throws(() => arena.alloc(60 * PAGE_BYTES), /no room/);
});

test("without a way to release pages, an empty window goes whole, and others keep what they have", () => {
  const arena = new Arena({ pagesPerWindow: 64 });
  const first = arena.alloc(60 * PAGE_BYTES);
  const second = arena.alloc(50 * PAGE_BYTES);
  const small = arena.alloc(5 * PAGE_BYTES);
  assert.equal(arena.window(second).index, 1);
  arena.free(first);
  arena.free(second);
  arena.release.releaseAll();
  assert.equal(arena.residentBytes, 55 * PAGE_BYTES, "the second window has a block in use");
  arena.free(small);
  arena.release.releaseAll();
  assert.equal(arena.residentBytes, 0);
});

test("without a way to release pages, a window of which little is in use gets a fresh buffer with the same bytes", () => {
  const checks = new ArenaChecks();
  const arena = new Arena({ checks });
  const blocks = [100, 9000, 3000, 100_000, 8].map((bytes) => arena.alloc(bytes));
  const large = arena.alloc(50 * 1024 * 1024);
  blocks.push(arena.alloc(20_000), arena.alloc(500));
  for (const handle of blocks) fill(arena, handle);
  const [first = 0] = blocks;
  const before = arena.window(first).bytes;
  arena.release.releaseAll();
  assert.equal(arena.window(first).bytes, before, "nothing would be gained yet");
  arena.free(large);
  arena.release.releaseAll();
  assert.notEqual(arena.window(first).bytes, before);
  assert.ok(arena.residentBytes < 1024 * 1024, `${arena.residentBytes} bytes`);
  for (const handle of blocks) assertKept(arena, handle, 0);
  const again = arena.alloc(10 * 1024 * 1024);
  fill(arena, again);
  for (const handle of [...blocks, again]) {
    assertKept(arena, handle, 0);
    arena.free(handle);
  }
  checks.verify(arena);
});

test("a system that refuses is asked once, and the pages still count as resident", () => {
  const pages = new TestPages();
  const arena = new Arena({ pages, pagesPerWindow: 256 });
  const block = arena.alloc(100 * PAGE_BYTES);
  arena.alloc(3 * PAGE_BYTES);
  arena.free(block);
  pages.refuses = true;
  arena.release.releaseAll();
  assert.equal(arena.release.canRelease, false);
  assert.equal(arena.freeResidentBytes, 100 * PAGE_BYTES);
});
