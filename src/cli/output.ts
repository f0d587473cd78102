// Owns what becomes of a command's output that cannot be written. A reader that has gone away (`pyredis logs | head`)
// has had enough; a full disk is a failure, which the exit code must tell.
import { setImmediate } from "../base/timers.js";

// As exit-codes.ts has them: the way to the server loads nothing of the daemon library.
const EXIT_OK = 0;
const EXIT_FAILED = 1;

let failure: NodeJS.ErrnoException | undefined;

function keepFailure(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") failure ??= error;
}

/** Neither must turn into a crash, least of all of a server. */
export function watchOutput(): void {
  process.stdout.on("error", keepFailure);
  process.stderr.on("error", () => {});
}

function endWith(code: number): never {
  if (failure === undefined) process.exit(code);
  process.stderr.write(`pyredis: cannot write to standard output: ${failure.message}\n`);
  process.exit(code === EXIT_OK ? EXIT_FAILED : code);
}

/** Ends the process when all output is written: open handles must not keep it, and nothing in the queue must be lost. */
export function endAfterOutput(code: number): void {
  process.stdout.write("", () => setImmediate(endWith, code));
}

/** Ends the process if nobody can get its output any more; for commands that go on until somebody stops them. */
export function endWhenUnread(): void {
  process.stdout.on("error", () => endWith(EXIT_OK));
}
