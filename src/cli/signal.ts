// Owns `pyredis reload`, `reopen` and `signal`: a signal to exactly the process that the pidfile means.
import { constants } from "node:os";
import { describeSuggestion } from "../base/suggest.js";
import { inspectInstance, signalInstance } from "../daemon/index.js";
import { EXIT_NOT_RUNNING, EXIT_OK, UsageError } from "./exit-codes.js";
import { findInstance } from "./server-instance.js";

const SIGNALS: ReadonlyMap<string, NodeJS.Signals> = new Map(
  Object.keys(constants.signals).map((name) => [name, name as NodeJS.Signals]),
);

/** One that begins with the same letter: SIG alone is half of a short name. */
function suggestSignal(upper: string): string {
  const full = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  return describeSuggestion(
    full,
    [...SIGNALS.keys()].filter((name) => name[3] === full[3]),
  );
}

/** `HUP`, `SIGHUP` or `sighup`. */
export function readSignal(text: string): NodeJS.Signals {
  const upper = text.toUpperCase();
  const signal = SIGNALS.get(upper) ?? SIGNALS.get(`SIG${upper}`);
  if (signal === undefined) throw new UsageError(`${text} is no signal's name${suggestSignal(upper)}`);
  return signal;
}

/** `done` completes the sentence "pyredis-6379 (pid 4711) …". */
export function sendSignal(serverArgs: readonly string[], signal: NodeJS.Signals, done: string): number {
  const { name, pidfile } = findInstance(serverArgs);
  const pid = inspectInstance(pidfile).identity?.pid;
  if (!signalInstance(pidfile, signal)) {
    process.stderr.write(`pyredis: ${name} is not running (pidfile ${pidfile})\n`);
    return EXIT_NOT_RUNNING;
  }
  process.stdout.write(`${name} (pid ${pid}) ${done}\n`);
  return EXIT_OK;
}
