// Owns what the daemon tests share: a scratch directory, runs of programs to their end, and the certainty that every
// daemon a test has started is gone afterwards. Daemons are found by the pids their starters print or their
// pidfiles hold, never by name.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nativeProblem } from "#src/daemon/index.js";

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  stdin?: string;
  /** Further descriptors, from 3 on. */
  fds?: readonly (number | "ignore")[];
}

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../../..");
export const EXAMPLE = join(HERE, "fixtures/example-daemon.js");
// A safety net, far above what a loaded machine needs: nothing is expected to take this long.
const WAIT_MS = 60_000;

let canMakeNamespaces: boolean | undefined;

/** Some containers allow the one and not the other. */
function tryNamespaces(): boolean {
  const mount = ["mount", "--bind", tmpdir(), tmpdir()];
  const words = ["--pid", "--mount", "--fork", "--mount-proc", ...mount];
  return process.getuid?.() === 0 && spawnSync("unshare", words).status === 0;
}

function findLack(what: string): string | undefined {
  if (what === "root") return process.getuid?.() === 0 ? undefined : "needs root";
  if (what === "addon") return nativeProblem() === "" ? undefined : `needs the native addon: ${nativeProblem()}`;
  if (what === "namespaces") {
    canMakeNamespaces ??= tryNamespaces();
    return canMakeNamespaces ? undefined : "needs root and the right to make namespaces and mounts";
  }
  const places = (process.env.PATH ?? "").split(delimiter);
  return places.some((place) => existsSync(join(place, what))) ? undefined : `${what} is not installed`;
}

/** The options of a test that needs root, the addon, namespaces or a program: skipped, and why, where one is missing. */
export function needs(...wanted: ("root" | "addon" | "namespaces" | string)[]): { skip: string | false } {
  return { skip: wanted.map(findLack).find((lack) => lack !== undefined) ?? false };
}

export async function waitFor(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting for: ${what}`);
    await delay(25);
  }
}

/** The state letter of proc(5), or "" if there is no such process. */
export function processState(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.charAt(stat.lastIndexOf(")") + 2);
  } catch {
    return "";
  }
}

/** SIGKILL. Never to pid 0, which would be this test and its runner. */
export function killNow(pid: number): void {
  assert.ok(pid > 1, "there is no such process: its start has failed");
  process.kill(pid, "SIGKILL");
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

function listPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number);
}

export function isRunning(pid: number): boolean {
  return !["", "Z", "X"].includes(processState(pid));
}

export function listFds(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
}

export function readPs(pid: number, fields: string): string[] {
  const ps = spawnSync("ps", ["-o", fields.replaceAll(/(\w+)/g, "$1="), "-p", String(pid)], { encoding: "utf8" });
  return ps.stdout.trim().split(/\s+/);
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export class Lab {
  readonly home: string;
  readonly #pids = new Set<number>();

  constructor(t: TestContext) {
    this.home = mkdtempSync(join(tmpdir(), "pyredis-daemon-"));
    chmodSync(this.home, 0o755);
    t.after(() => this.#clean());
  }

  path(name: string): string {
    return join(this.home, name);
  }

  get pidfile(): string {
    return this.path("run/example.pid");
  }

  get log(): string {
    return readFileSync(this.path("example.log"), "utf8");
  }

  /** The pid in a pidfile; 0 if there is none. */
  pidIn(pidfile: string = this.pidfile): number {
    if (lstatSync(pidfile, { throwIfNoEntry: false })?.isFile() !== true) return 0;
    return Number(readFileSync(pidfile, "utf8").split("\n")[0]);
  }

  /** What is written beside the pidfile; empty if there is nothing. */
  state(pidfile: string = this.pidfile): StateFile {
    try {
      return JSON.parse(readFileSync(`${pidfile}.state`, "utf8"));
    } catch {
      return {};
    }
  }

  killNow(pidfile?: string): void {
    killNow(this.pidIn(pidfile));
  }

  write(name: string, text: string): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** From now on the process ends with the test at the latest. */
  track(pid: number): number {
    if (pid > 1) this.#pids.add(pid);
    return pid;
  }

  /** Runs a program to its end. Its stdout ends too, so a daemon that kept it open would hang the test. */
  async run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const child = spawn(file, args, {
      cwd: options.cwd ?? this.home,
      env: { ...process.env, PYREDIS_DAEMON_REGISTRY: this.path("registry"), ...options.env },
      stdio: ["pipe", "pipe", "pipe", ...(options.fds ?? [])],
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.stdin?.on("error", () => {}); // a program that never reads it
    child.stdin?.end(options.stdin ?? "");
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    for (const [, pid] of stdout.matchAll(/"pid":(\d+)|pid:? (\d+)/g)) if (pid !== undefined) this.track(Number(pid));
    return { code, stdout, stderr };
  }

  /** The same with standard output to a descriptor, which it closes. */
  async runInto(stdout: number, file: string, args: readonly string[]): Promise<Finished> {
    const env = { ...process.env, PYREDIS_DAEMON_REGISTRY: this.path("registry") };
    const child = spawn(file, args, { cwd: this.home, env, stdio: ["ignore", stdout, "pipe"] });
    closeSync(stdout);
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, stdout: "", stderr };
  }

  /** The example daemon's program, for a test that does something while it runs. */
  spawnExample(command: string, mode: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
    const all = { ...process.env, PYREDIS_DAEMON_REGISTRY: this.path("registry"), ...env };
    const child = spawn(process.execPath, [EXAMPLE, command, this.home, mode], { stdio: "ignore", env: all });
    this.track(child.pid ?? 0);
    return child;
  }

  /** The same as systemd starts it: SYSTEMD_EXEC_PID is the pid of the very process. */
  spawnService(command: string, mode: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
    const all = { ...process.env, PYREDIS_DAEMON_REGISTRY: this.path("registry"), ...env };
    const words = [process.execPath, EXAMPLE, command, this.home, mode];
    const script = 'SYSTEMD_EXEC_PID=$$ exec "$@"';
    const child = spawn("sh", ["-c", script, "sh", ...words], { stdio: "ignore", env: all });
    this.track(child.pid ?? 0);
    return child;
  }

  /** Runs the example daemon's program. */
  async example(command: string, mode = "ok", options: RunOptions = {}): Promise<Finished & { json: ExampleOutput }> {
    const finished = await this.run(process.execPath, [EXAMPLE, command, this.home, mode], options);
    this.track(this.pidIn());
    const json: ExampleOutput = JSON.parse(finished.stdout || "{}");
    return { ...finished, json };
  }

  /**
   * The package as an image or `npm install` has it, readable for every user wherever the checkout is. Gives its
   * directory.
   */
  installPackage(): string {
    const root = this.path("package");
    for (const part of ["package.json", "dist", "docker", "native/build/Release/pyredis.node"]) {
      if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(root, part), { recursive: true });
    }
    const { dependencies }: { dependencies: object } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    for (const name of Object.keys(dependencies)) {
      cpSync(join(ROOT, "node_modules", name), join(root, "node_modules", name), {
        recursive: true,
        dereference: true,
      });
    }
    return root;
  }

  /** A program of its own package, beside an installed pyredis: as a user of the library has it. Gives its path. */
  writeProgram(code: string, name = "program.mjs"): string {
    if (!existsSync(this.path("node_modules/pyredis"))) {
      mkdirSync(this.path("node_modules"), { recursive: true });
      symlinkSync(ROOT, this.path("node_modules/pyredis"));
      this.write("package.json", '{ "name": "example" }'); // or a package around this directory would be its own
    }
    return this.write(name, code);
  }

  /** A copy of the CLI, as modules, with the fake server in the place of the real one. */
  installCli(): string {
    const root = this.path("package");
    const code = join(root, "build/src");
    mkdirSync(join(code, "server"), { recursive: true });
    for (const folder of ["base", "cli", "daemon", "native", "config", "resp"]) {
      cpSync(join(ROOT, "build/src", folder), join(code, folder), { recursive: true });
    }
    for (const shared of ["native", "node_modules"]) symlinkSync(join(ROOT, shared), join(root, shared));
    cpSync(join(ROOT, "package.json"), join(root, "package.json"));
    const fake = join(HERE, "fixtures/fake-server.js");
    writeFileSync(join(code, "server/main.js"), `export { runServer } from ${JSON.stringify(fake)};\n`);
    return join(code, "cli/main.js");
  }

  async #clean(): Promise<void> {
    this.track(this.pidIn());
    // Not only what was tracked: the workers of a supervisor come and go, and one that is left would go on writing.
    await waitFor(`the end of all processes of ${this.home}`, () => {
      const left = [...this.#pids, ...listPids()].filter((pid) => isRunning(pid) && this.#isOurs(pid));
      for (const pid of left) killQuietly(pid);
      return left.length === 0;
    });
    rmSync(this.home, { recursive: true, force: true });
  }

  /**
   * A pid can have been recycled, or come out of a forged pidfile. Our processes have our directory in their words, or
   * as theirs (the server replaces its words by a title).
   */
  #isOurs(pid: number): boolean {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return words.includes(this.home) || readlinkSync(`/proc/${pid}/cwd`).startsWith(this.home);
    } catch {
      return false;
    }
  }
}

/** `<pidfile>.state`, as far as tests look into it. */
export interface StateFile {
  pid?: number;
  start?: string;
  state?: string;
  worker?: number;
  reason?: string;
  text?: string;
}

/** What the example prints: a result, a status or an error. */
export interface ExampleOutput {
  pid?: number;
  code?: string;
  message?: string;
  log?: string;
  outcome?: string;
  state?: string;
  reason?: string;
  end?: { code: number | null; signal: string | null; at: number | null; words: string };
  addresses?: string[];
  text?: string;
  worker?: number;
  restarts?: number;
  sent?: boolean;
  list?: { name: string; pid: number; memoryBytes: number; uptimeMs: number; addresses: string[] }[];
}
