// pyredis inside the test's own process, with a clock that only the test moves and with the poison mode on (the input
// buffer is overwritten after every command, so that a kept offset fails at once). The usual server of a test.
import { PyRedis } from "#src/index.js";
import { ManualClock } from "#src/server/clock.js";
import type { Logger } from "#src/server/logger.js";
import type { ArenaChecks } from "#src/storage/arena-checks.js";
import type { PageSource } from "#src/storage/page-source.js";
import { type ConnectOptions, RespClient } from "./resp-client.js";
import { type Config, readVersion, type TestServer } from "./test-server.js";

export interface InProcessOptions {
  readonly config?: Config;
  readonly clock?: ManualClock;
  readonly seed?: number;
  /** Off only for measuring. */
  readonly poison?: boolean;
  /** Checks every block of the arena: see arena-checks.ts. */
  readonly arenaChecks?: ArenaChecks;
  /** Where the data's memory comes from. */
  readonly pages?: PageSource;
  readonly log?: Logger;
}

export interface InProcessServer extends TestServer {
  readonly clock: ManualClock;
  readonly pyredis: PyRedis;
}

/** Listens on a free loopback port. The clock starts at the real time and stands still until `clock.advance`. */
export async function startInProcess(options: InProcessOptions = {}): Promise<InProcessServer> {
  const { config = {}, seed = 1, poison = true } = options;
  const clock = options.clock ?? makeClock();
  const pyredis = await PyRedis.create({
    config: { save: "", ...config },
    clock,
    seed,
    poison,
    port: 0,
    ...(options.arenaChecks === undefined ? {} : { arenaChecks: options.arenaChecks }),
    ...(options.pages === undefined ? {} : { pages: options.pages }),
    ...(options.log === undefined ? {} : { log: options.log }),
  });
  if (process.env.EAGER_CRON === "1") tickAfterEachStep(clock, pyredis);
  const { host, port } = pyredis;
  const connect = (asked: ConnectOptions = {}): Promise<RespClient> => RespClient.connect({ host, port, ...asked });
  return {
    name: "pyredis (in process)",
    host,
    port,
    clock,
    pyredis,
    connect,
    version: () => readVersion(connect),
    close: () => pyredis.close(),
  };
}

/**
 * EAGER_CRON=1 makes cron run right behind each step of the clock, as a busy machine may: what a test says of the time in
 * between must hold all the same, or it pauses what it does not mean (DEBUG SET-ACTIVE-EXPIRE 0).
 */
function tickAfterEachStep(clock: ManualClock, { server }: PyRedis): void {
  const advance = clock.advance.bind(clock);
  clock.advance = (ms) => {
    advance(ms);
    server.cron.tick();
  };
}

function makeClock(): ManualClock {
  const clock = new ManualClock();
  clock.set(Date.now());
  return clock;
}
