// Server processes of tests and of the benchmark: started, watched, and ended by their own handle on every way out,
// so that neither a failed assertion nor Ctrl-C leaves one behind.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor, withTimeout } from "./wait-for.js";

const MAX_OUTPUT_CHARS = 64 * 1024;
const running = new Set<ChildProcess>();
const directories = new Set<string>();
let isWatchingExit = false;

/** `exit` covers normal ends and uncaught errors; the signals are those a runner or a terminal sends. */
function watchExit(): void {
  if (isWatchingExit) return;
  isWatchingExit = true;
  process.on("exit", cleanUp);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      cleanUp();
      process.kill(process.pid, signal);
    });
  }
}

function cleanUp(): void {
  for (const child of running) child.kill("SIGKILL");
  for (const directory of directories) removeTestDirectory(directory);
}

/** A fresh directory that goes with this process at the latest. */
export function makeTestDirectory(): string {
  watchExit();
  const directory = mkdtempSync(join(tmpdir(), "pyredis-test-"));
  directories.add(directory);
  return directory;
}

export function removeTestDirectory(directory: string): void {
  directories.delete(directory);
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Has `child` killed when this process ends before it, in whatever way short of SIGKILL. */
export function endWithUs(child: ChildProcess): void {
  watchExit();
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
}

export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A child whose output is kept (its last 64 Ki characters) for error messages. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #label: string;
  readonly #ended: Promise<void>;
  #output = "";

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.#label = [command, ...args].join(" ");
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    endWithUs(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-MAX_OUTPUT_CHARS);
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", (error) => {
        this.#output += `${error.message}\n`;
        resolve();
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`not started: ${this.#label}\n${this.#output}`);
    return this.#child.pid;
  }

  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return running.has(this.#child);
  }

  /** The exit code, or null while it runs and after a signal. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  /** Waits until `isReady` holds; a process that ends before that fails at once, with its output. */
  async waitUntilReady(isReady: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
    const check = async (): Promise<boolean> => !this.isRunning || (await isReady());
    await waitFor(`${this.#label} to answer`, check, { timeoutMs, intervalMs: 20 });
    if (!this.isRunning) throw new Error(`ended before it was ready: ${this.#label}\n${this.#output}`);
  }

  async waitForExit(timeoutMs = 60_000): Promise<void> {
    await withTimeout(`${this.#label} has not ended`, timeoutMs, this.#ended);
  }

  /** SIGTERM, and SIGKILL for one that does not end within the bound. */
  async stop(timeoutMs = 30_000): Promise<void> {
    this.kill("SIGTERM");
    const killTimer = setTimeout(() => this.kill("SIGKILL"), timeoutMs);
    await this.#ended;
    clearTimeout(killTimer);
  }
}

/** A loopback port that was free a moment ago. Another process may take it first: starters then try again. */
export async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}
