// The first output buffer of a client follows what the client gets: rbs and rbp of CLIENT LIST, DEBUG REPLYBUFFER.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST_BUFFER_BYTES, FIRST_BUFFER_MIN_BYTES } from "#src/resp/buffer-pool.js";
import { startInProcess } from "../../support/in-process.js";
import { textOf } from "../../support/resp-value.js";

async function start() {
  const server = await startInProcess({ config: { "enable-debug-command": "yes" } });
  const { cron, sessions } = server.pyredis.server;
  cron.stop();
  const client = await server.connect();
  const other = await server.connect();
  return {
    client,
    other,
    /** A tick of cron, so much later. */
    tick(ms: number): void {
      server.clock.advance(ms);
      cron.tick();
      assert.equal(sessions.count, 2, "one tick visits both");
    },
    async read(field: "rbs" | "rbp"): Promise<number> {
      return Number(new RegExp(` ${field}=(\\d+)`).exec(textOf(await client.call("CLIENT", "INFO")))?.[1]);
    },
    async counts(): Promise<readonly (string | undefined)[]> {
      const info = textOf(await other.call("INFO", "stats"));
      return ["shrinks", "expands"].map((name) => new RegExp(`reply_buffer_${name}:(\\d+)`).exec(info)?.[1]);
    },
    async close(): Promise<void> {
      await client.close();
      await other.close();
      await server.close();
    },
  };
}

test("the reply buffer of an idle client shrinks, and that of a busy one grows back", async (t) => {
  const lab = await start();
  t.after(() => lab.close());
  assert.equal(await lab.read("rbs"), FIRST_BUFFER_BYTES);
  assert.equal(await lab.client.ask("DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", 100), "+OK");
  lab.tick(101);
  lab.tick(101);
  assert.equal(await lab.read("rbs"), FIRST_BUFFER_MIN_BYTES);
  assert.deepEqual(await lab.counts(), ["2", "0"]);

  assert.equal(await lab.client.ask("DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "NEVER"), "+OK");
  await lab.client.ask("SET", "long", "x".repeat(32768));
  for (let bytes = FIRST_BUFFER_MIN_BYTES; bytes < FIRST_BUFFER_BYTES; bytes *= 2) {
    assert.equal(await lab.read("rbs"), bytes);
    await lab.client.ask("GET", "long");
    assert.equal(await lab.read("rbp"), bytes, "the peak is at most what the buffer had room for");
    lab.tick(1);
  }
  assert.equal(await lab.read("rbs"), FIRST_BUFFER_BYTES);
  assert.equal((await lab.counts())[1], "5", "four times this one, once the one that INFO was too long for");
  lab.tick(60_000);
  assert.equal(await lab.read("rbs"), FIRST_BUFFER_BYTES, "the peak is never forgotten");
});

test("the reply buffer stays as it is while resizing is off", async (t) => {
  const lab = await start();
  t.after(() => lab.close());
  assert.equal(await lab.client.ask("DEBUG", "REPLYBUFFER", "RESIZING", 0), "+OK");
  lab.tick(10_000);
  lab.tick(10_000);
  assert.equal(await lab.read("rbs"), FIRST_BUFFER_BYTES);
  assert.equal(await lab.client.ask("DEBUG", "REPLYBUFFER", "RESIZING", 1), "+OK");
  lab.tick(10_000);
  lab.tick(10_000);
  assert.equal(await lab.read("rbs"), FIRST_BUFFER_MIN_BYTES, "after the peak of five seconds ago is forgotten");
});
