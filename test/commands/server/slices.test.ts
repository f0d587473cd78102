// How long one piece of background work holds the loop: counted on a clock that every reading moves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "#src/server/clock.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";

const KEYS = 200_000;
/** What one look at some keys, or one step of freeing, is taken to last. */
const READING_US = 20;
const SLICE_MAX_US = 1_500;

/** Each reading of the monotonic clock takes time. */
class BusyClock extends ManualClock {
  #spentUs = 0;

  override nowUs(): number {
    this.#spentUs += READING_US;
    return super.nowUs() + this.#spentUs;
  }

  get spentUs(): number {
    return this.#spentUs;
  }
}

/** The longest tick until `isDone`, in µs. */
function tickUntil(server: InProcessServer, clock: BusyClock, isDone: () => boolean): number {
  let longestUs = 0;
  for (let ticks = 0; !isDone(); ticks++) {
    assert.ok(ticks < 100_000, "it comes to an end");
    const before = clock.spentUs;
    server.pyredis.server.cron.tick();
    longestUs = Math.max(longestUs, clock.spentUs - before);
  }
  return longestUs;
}

test("keys that all expire at once hold the loop for a millisecond at a time", async (t) => {
  const clock = new BusyClock();
  const server = await startInProcess({ clock, config: { "enable-debug-command": "yes" } });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  await client.ask("DEBUG", "PAUSE-CRON", 1);
  for (let i = 0; i < KEYS; i += 1000) {
    await client.pipeline(Array.from({ length: 1000 }, (_, k) => ["SET", `key:${i + k}`, "v", "PX", "1000"]));
  }
  clock.advance(2_000);
  await client.ask("DEBUG", "PAUSE-CRON", 0);
  const [db] = server.pyredis.server.keyspace.databases;
  const longestUs = tickUntil(server, clock, () => db?.size === 0);
  assert.ok(longestUs < SLICE_MAX_US, `${longestUs} µs`);
});

test("a database and a large value that are freed lazily hold the loop for a millisecond at a time", async (t) => {
  const clock = new BusyClock();
  const server = await startInProcess({ clock, config: { "enable-debug-command": "yes" } });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  await client.ask("DEBUG", "PAUSE-CRON", 1);
  await client.ask("DEBUG", "POPULATE", KEYS);
  for (let i = 0; i < 100; i++) {
    await client.ask("SADD", "set", ...Array.from({ length: 1000 }, (_, k) => `member:${i}:${k}`));
  }
  assert.equal(await client.ask("UNLINK", "set"), ":1");
  assert.equal(await client.ask("FLUSHALL", "ASYNC"), "+OK");
  await client.ask("DEBUG", "PAUSE-CRON", 0);
  const { lazyFree } = server.pyredis.server.keyspace;
  assert.ok(lazyFree.pendingObjects > KEYS / 2, `${lazyFree.pendingObjects}`);
  const longestUs = tickUntil(server, clock, () => !lazyFree.hasWork);
  assert.ok(longestUs < SLICE_MAX_US, `${longestUs} µs`);
});
