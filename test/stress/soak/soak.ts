// The soak: random commands over all types against a server in debug mode (arena checks and poisoned input buffers),
// with blocking clients, transactions, expiry, eviction and thresholds that move. Every so often the whole dataset is
// walked; at the end FLUSHALL must give all memory back. The same seed sends the same commands.
import { randomInt } from "node:crypto";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import { type Command, fmtCommand, type RespClient } from "../../support/resp-client.js";
import { fmt, intOf, type Reply } from "../../support/resp-value.js";
import { checkDataset } from "../../support/structure/dataset-check.js";
import { waitFor } from "../../support/wait-for.js";
import { Blocker } from "./blockers.js";
import { DISTURBANCES } from "./disturbances.js";
import { DATABASES, Draw, type Recipe } from "./draw.js";
import { FAMILIES } from "./families/index.js";
import { TickingClock } from "./ticking-clock.js";

const WALKS_MIN = 3;
const BATCH_COMMANDS = 50;
const BLOCKERS = 6;
/** More data than this, and keys are evicted: every walk has to see all of it. */
const DATA_MAX_BYTES = 24 * 2 ** 20;
/** And now and then without need. */
const WALKS_PER_EVICTION = 25;
const EVICTED_SHARE = 0.4;
const PHASE_BATCHES = 300;
/** A batch that takes longer waits for something. */
const SLOW_BATCH_MS = 50;
const COMPARED_KEYS = 4;
/** Beside the data, so that nothing else changes it. */
const COPY_KEY = "copy-of-a-key";

export interface SoakOptions {
  readonly seed?: number;
  readonly durationMs: number;
  /** How many batches lie between two walks over the dataset; 1 finds the batch that does the damage. */
  readonly checkEvery?: number;
  /** Told now and then how it goes. */
  readonly onProgress?: (text: string) => void;
}

export interface SoakResult {
  readonly seed: number;
  readonly commands: number;
  readonly walks: number;
  /** Rounds of defragmentation that came to their end, and blocks that moved in all. */
  readonly defrag: { readonly rounds: number; readonly movedBlocks: number };
  /** Names of the commands that have been called and have succeeded at least once. */
  readonly succeeded: ReadonlySet<string>;
  /** Names by group of commands that the server has and the soak knows a family for. */
  readonly missing: readonly string[];
}

/** Throws what it finds, with the seed in the message. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const seed = options.seed ?? randomInt(2 ** 31);
  const run = await Soak.start(seed, options);
  try {
    return await run.run();
  } catch (error) {
    throw new Error(`${run.describe()}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await run.close();
  }
}

class Soak {
  readonly #seed: number;
  readonly #options: SoakOptions;
  readonly #server: InProcessServer;
  readonly #client: RespClient;
  readonly #checks: ArenaChecks;
  readonly #clock: TickingClock;
  readonly #draw: Draw;
  readonly #bugs: string[];
  readonly #emptyBytes: number;
  #blockers: Blocker[] = [];
  #recipes: Recipe[];
  #batch: Command[] = [];
  #batches = 0;
  #commands = 0;
  #walks = 0;
  #rounds = 0;

  private constructor(
    seed: number,
    options: SoakOptions,
    server: InProcessServer,
    client: RespClient,
    checks: ArenaChecks,
    clock: TickingClock,
    bugs: string[],
  ) {
    this.#seed = seed;
    this.#options = options;
    this.#server = server;
    this.#client = client;
    this.#checks = checks;
    this.#clock = clock;
    this.#bugs = bugs;
    this.#draw = new Draw(seed);
    this.#emptyBytes = server.pyredis.server.keyspace.arena.usedBytes;
    this.#recipes = FAMILIES.flatMap(({ recipes }) => recipes);
  }

  static async start(seed: number, options: SoakOptions): Promise<Soak> {
    const checks = new ArenaChecks();
    const clock = new TickingClock();
    const bugs: string[] = [];
    const server = await startInProcess({
      seed,
      clock,
      arenaChecks: checks,
      config: { "enable-debug-command": "yes", databases: String(DATABASES) },
      log: (_level, text) => {
        if (text.includes("BUG")) bugs.push(text);
      },
    });
    // Cron ticks between the batches, and not when a timer happens to fire.
    server.pyredis.server.cron.stop();
    const client = await server.connect({ timeoutMs: 60_000 });
    return new Soak(seed, options, server, client, checks, clock, bugs);
  }

  describe(): string {
    const last = this.#batch.map((command) => fmtCommand(command, 30)).join(" | ");
    return `soak: seed ${this.#seed}, batch ${this.#batches}, after ${this.#commands} commands; the last were ${last}`;
  }

  async run(): Promise<SoakResult> {
    const { durationMs, checkEvery = 40, onProgress } = this.#options;
    for (let i = 0; i < BLOCKERS; i++) this.#blockers.push(await Blocker.connect(this.#server));
    // Each recipe once, so that even a short run knows of a command that has none.
    this.#batch = this.#recipes.map(([, make]) => make(this.#draw));
    await this.#runCommands();
    const startMs = performance.now();
    let reportedMs = startMs;
    // On a busy machine the time alone would end it before anything was looked at.
    while (performance.now() - startMs < durationMs || this.#walks < WALKS_MIN) {
      await this.#runBatch();
      if (++this.#batches % checkEvery > 0) continue;
      await this.#walk();
      if (performance.now() - reportedMs < 10_000) continue;
      reportedMs = performance.now();
      onProgress?.(`${Math.round((reportedMs - startMs) / 1000)} s: ${this.#describeState()}`);
    }
    await this.#walk();
    await this.#end();
    return this.#summarize();
  }

  async close(): Promise<void> {
    await this.#client.close();
    for (const blocker of this.#blockers) await blocker.close();
    await this.#server.close();
  }

  async #runBatch(): Promise<void> {
    const draw = this.#draw;
    if (draw.oneIn(10)) this.#clock.advance(draw.oneIn(10) ? draw.int(0, 60_000) : draw.int(0, 500));
    draw.nowMs = this.#clock.nowMs();
    draw.isGrowing = Math.floor(this.#batches / PHASE_BATCHES) % 2 === 0;
    if (draw.oneIn(4)) this.#server.pyredis.server.cron.tick();
    this.#defragment();
    this.#batch = [];
    for (const blocker of this.#blockers) {
      const command = draw.oneIn(3) ? await blocker.takeTurn(draw) : null;
      if (command !== null) this.#batch.push(command);
    }
    while (this.#batch.length < BATCH_COMMANDS) this.#addCommands();
    await this.#runCommands();
  }

  /** Some steps of a round that is always under way: every block that it meets moves, or those of sparse slabs only. */
  #defragment(): void {
    const { keyspace, defrag } = this.#server.pyredis.server;
    const { walk } = defrag;
    const draw = this.#draw;
    if (!walk.isRunning) {
      keyspace.arena.relocatesAll = draw.oneIn(2);
      walk.blocksAtOnce = draw.oneIn(2) ? 1000 : draw.int(1, 40);
      walk.begin();
    }
    let steps = draw.int(0, 60);
    if (!walk.run(() => steps-- <= 0)) return;
    this.#rounds++;
    if (draw.oneIn(4)) keyspace.arena.release.step(draw.int(1, 5000));
  }

  async #runCommands(): Promise<void> {
    for (const [i, reply] of (await this.#sendBatch()).entries()) this.#judge(this.#batch[i], reply);
    this.#commands += this.#batch.length;
  }

  /** A FLUSHALL that leaves the work to lazy freeing waits for it, and so for cron. */
  async #sendBatch(): Promise<Reply[]> {
    const ticks = setInterval(() => this.#server.pyredis.server.cron.tick(), SLOW_BATCH_MS);
    try {
      return await this.#client.pipeline(this.#batch);
    } finally {
      clearInterval(ticks);
    }
  }

  #addCommands(): void {
    const draw = this.#draw;
    const make = (): Command => draw.weighted(this.#recipes)(draw);
    if (draw.oneIn(60)) {
      this.#batch.push(draw.weighted(DISTURBANCES)(draw));
    } else if (draw.oneIn(50)) {
      if (draw.oneIn(3)) this.#batch.push(["WATCH", draw.anyKey()], make());
      this.#batch.push(["MULTI"], ...draw.list(0, 6, make), [draw.oneIn(6) ? "DISCARD" : "EXEC"]);
    } else {
      this.#batch.push(make());
    }
  }

  #judge(command: Command | undefined, reply: Reply): void {
    if (this.#bugs.length > 0) throw new Error(this.#bugs.join("\n"));
    // Not even in EXEC's reply, so the text decides.
    const text = reply.kind === "error" || command?.[0] === "EXEC" ? fmt(reply) : "";
    if (text.includes("ERR internal error")) throw new Error(`${fmtCommand(command ?? [])} answered ${text}`);
  }

  /** Walks the dataset, compares some keys with what comes of their dumps, and sees that it does not grow for ever. */
  async #walk(): Promise<void> {
    const { keyspace } = this.#server.pyredis.server;
    this.#walks++;
    checkDataset(keyspace, this.#checks);
    for (let i = 0; i < COMPARED_KEYS; i++) await this.#compareDump();
    if (keyspace.arena.usedBytes > DATA_MAX_BYTES || this.#walks % WALKS_PER_EVICTION === 0) await this.#evict();
  }

  /** RESTORE of a DUMP, and COPY, make values of the same digest. */
  async #compareDump(): Promise<void> {
    const client = this.#client;
    const key = await client.call("RANDOMKEY");
    if (key.kind !== "bulk") return;
    // A look at the key, so that what has expired is gone in all three.
    await client.pipeline([
      ["HLEN", key.bytes],
      ["HGETALL", key.bytes],
    ]);
    const dump = await client.call("DUMP", key.bytes);
    if (dump.kind !== "bulk") return;
    const expected = await client.ask("DEBUG", "DIGEST-VALUE", key.bytes);
    const deadline = Math.max(0, intOf(await client.call("PEXPIRETIME", key.bytes)));
    for (const make of [
      ["RESTORE", COPY_KEY, deadline, dump.bytes, "REPLACE", "ABSTTL"],
      ["COPY", key.bytes, COPY_KEY, "REPLACE"],
    ]) {
      const done = await client.ask(...make);
      const digest = await client.ask("DEBUG", "DIGEST-VALUE", COPY_KEY);
      await client.ask("UNLINK", COPY_KEY);
      if (digest === expected) continue;
      throw new Error(`${make[0]} of ${key.bytes} answered ${done}: its digest is ${digest}, not ${expected}`);
    }
  }

  /** Lets the policy in force take keys for a while; what it must not take goes with FLUSHALL. */
  async #evict(): Promise<void> {
    const { server } = this.#server.pyredis;
    const { keyspace } = server;
    const limit = Math.ceil(server.usedMemory - EVICTED_SHARE * (keyspace.arena.usedBytes - this.#emptyBytes));
    await this.#client.ask("CONFIG", "SET", "maxmemory", limit);
    await this.#runBatch();
    await this.#client.ask("CONFIG", "SET", "maxmemory", 0);
    keyspace.lazyFree.run(() => false);
    if (keyspace.arena.usedBytes > DATA_MAX_BYTES) await this.#client.ask("FLUSHALL", "ASYNC");
  }

  async #end(): Promise<void> {
    const { server } = this.#server.pyredis;
    for (const blocker of this.#blockers) await blocker.close();
    this.#blockers = [];
    await waitFor("the blocked clients to leave", () => server.sessions.count === 1);
    this.#batch = [["FLUSHALL"]];
    await this.#sendBatch();
    checkDataset(server.keyspace, this.#checks);
    const leaked = server.keyspace.arena.usedBytes - this.#emptyBytes;
    if (leaked !== 0) throw new Error(`${leaked} bytes of the arena were not given back`);
    if (server.effects.watches.size > 1) throw new Error(`${server.effects.watches.size} keys are still watched`);
  }

  #describeState(): string {
    const { keyspace, stats } = this.#server.pyredis.server;
    const encodings = new Map<string, number>();
    for (const db of keyspace.databases) {
      keyspace.scan.forEach(db.keys, (record) => {
        const name = keyspace.typeOperations(keyspace.records.type(record)).encodingName(record);
        encodings.set(name, (encodings.get(name) ?? 0) + 1);
      });
    }
    return (
      `${this.#commands} commands, ${this.#walks} walks; ${Math.round(keyspace.arena.usedBytes / 1024)} KiB, ` +
      `expired ${keyspace.expiredKeys} keys, ${keyspace.expiredFields} fields, evicted ${stats.evictedKeys}; ` +
      [...encodings].map(([name, count]) => `${name} ${count}`).join(" ")
    );
  }

  #summarize(): SoakResult {
    const { registry } = this.#server.pyredis.server;
    const succeeded = new Set<string>();
    const missing: string[] = [];
    for (const command of registry.listAll()) {
      if (command.calls > command.failedCalls) succeeded.add(command.fullName);
      const family = FAMILIES.find(({ group }) => group === command.spec.group);
      const isContainer = command.run === null;
      if (family === undefined || isContainer || command.calls > 0) continue;
      if (family.elsewhere?.[command.fullName] === undefined) missing.push(command.fullName);
    }
    const { hits } = this.#server.pyredis.server.defrag.walk.mover;
    const defrag = { rounds: this.#rounds, movedBlocks: hits };
    return { seed: this.#seed, commands: this.#commands, walks: this.#walks, defrag, succeeded, missing };
  }
}
