/**
 * What the server process tells V8 and malloc before the commands get hot. main.ts calls it once; an embedded server
 * leaves the engine of its host alone.
 *
 * A command's way goes through some thirty small functions. V8 inlines by a budget of bytecode that a third of them
 * exhausts, and the rest are calls. With a larger one, in process and by user time a command: INCR 287 to 223 ns, GET 169
 * to 155 ns, RPUSH 579 to 458 ns, SADD 376 to 329 ns, ZADD 561 to 495 ns. Twice as much again gains nothing.
 *
 * V8 compiles and collects with four threads. Where they share a processor with this one (a container with one CPU) they
 * take four fifths of it while the commands get hot, and clients wait a tenth of a second. On Linux each thread has a nice
 * value of its own, setpriority(2): with 5 the threads get a quarter of what this one gets, and the longest waits of a
 * server with one processor come to half. More would starve the compiler.
 *
 * malloc keeps blocks of up to 32 MiB once it has seen such: 200 MB of replies to a slow reader stayed with the process.
 * Large ones mapped each by itself go back when they are freed; the pool keeps those that are used all the time.
 */
import { readdirSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { setFlagsFromString } from "node:v8";
import { nativeAddon } from "../native/addon.js";
import { NEXT_BUFFER_BYTES } from "../resp/buffer-pool.js";

const INLINING_FLAGS = ["--max-inlined-bytecode-size-cumulative=4000", "--max-inlined-bytecode-size=1000"];

const WORKER_NICENESS = 5;
const NICENESS_MAX = 19;

export function tuneEngine(): void {
  for (const flag of INLINING_FLAGS) setFlagsFromString(flag);
  nativeAddon()?.mapBlocksFrom(NEXT_BUFFER_BYTES);
  yieldToMainThread();
}

/** Elsewhere than on Linux threads have no nice values of their own, and all is left as it is. */
function yieldToMainThread(): void {
  for (const thread of listThreads()) {
    if (thread === process.pid) continue;
    try {
      setPriority(thread, Math.min(getPriority(thread) + WORKER_NICENESS, NICENESS_MAX));
    } catch {
      // It has ended meanwhile, or the system grants nobody a nice value.
    }
  }
}

function listThreads(): number[] {
  if (process.platform !== "linux") return [];
  try {
    return readdirSync("/proc/self/task").map(Number);
  } catch {
    return [];
  }
}
