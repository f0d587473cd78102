// Owns what can be asked of, and done to, an instance from outside: its status and its end. Knows it only by its
// pidfile. Called by daemon.ts and the CLI.
import { DaemonError } from "./errors.js";
import { removeLaunchRecord } from "./launch-record.js";
import { removeStale, viewPidfile } from "./pidfile.js";
import type { PidfileRecord } from "./pidfile-record.js";
import { isAlive, type ProcessIdentity, probeProcess } from "./process-identity.js";
import { trySignal } from "./process-signal.js";
import { waitUntil } from "./wait.js";

/**
 * - running: ready and alive
 * - starting: alive, or held by a starter, and not ready yet
 * - dead: a pidfile is there, its daemon is not
 * - stopped: there is no pidfile
 * - unknown: the pidfile cannot be read or trusted; `reason` says why
 */
export type InstanceState = "running" | "starting" | "dead" | "stopped" | "unknown";

export interface InstanceStatus {
  state: InstanceState;
  pidfile: string;
  /** Of the live process only; undefined in every other state. */
  identity?: ProcessIdentity;
  addresses: readonly string[];
  logFile: string;
  /** Why the state is what it is, where that is not obvious. */
  reason: string;
  /** What the daemon says of itself. */
  text: string;
  name: string;
  /** When the process began, milliseconds since the epoch. */
  since?: number;
  /** Under a supervisor: the process that does the work, and how often it was restarted. */
  worker?: number;
  restarts?: number;
  /** Of several daemons that are one object's: each one's own. */
  instances?: readonly InstanceStatus[];
}

export interface StopResult {
  /** `killed`: only by SIGKILL. */
  outcome: "stopped" | "killed" | "not-running";
  pid?: number;
  /** Of several daemons that are one object's: each one's own. */
  instances?: readonly StopResult[];
}

export interface StopOptions {
  /** How long to wait after SIGTERM, in milliseconds. */
  timeoutMs: number;
  /** SIGKILL what does not end in time. */
  force: boolean;
}

/** After SIGKILL only the kernel's own work is left (freeing memory, a disk that does not answer). */
const KILL_WAIT_MS = 10_000;
/** How long a starter may take until its daemon has written its pid. */
const PID_WAIT_MS = 5000;

function describe(state: InstanceState, pidfile: string, reason: string, record?: PidfileRecord): InstanceStatus {
  const { addresses = [], logFile = "", name = "", text = "" } = record ?? {};
  const status: InstanceStatus = { state, pidfile, reason, addresses, logFile, name, text };
  if (record === undefined) return status;
  for (const key of ["since", "worker", "restarts"] as const) {
    const value = record[key];
    if (value !== undefined) status[key] = value;
  }
  return state === "running" || state === "starting" ? { ...status, identity: record.identity } : status;
}

/** What is known of the instance. Throws nothing that concerns the pidfile: see the state `unknown`. */
export function inspectInstance(pidfile: string): InstanceStatus {
  const view = viewPidfile(pidfile);
  if (view.kind === "absent") return describe("stopped", pidfile, "");
  if (view.kind === "distrusted") return describe("unknown", pidfile, view.why);
  const { text, locked } = view;
  if (text.kind === "record") {
    const liveness = probeProcess(text.record.identity);
    const said = text.record.reason ?? "";
    if (liveness === "alive") return describe(text.record.state, pidfile, said, text.record);
    const { pid } = text.record.identity;
    if (liveness === "hidden") return describe("unknown", pidfile, `pid ${pid} cannot be looked at`, text.record);
    if (locked) return describe("starting", pidfile, "its pidfile is locked by a starter", text.record);
    return describe("dead", pidfile, said || `pid ${pid} has ended without removing its pidfile`, text.record);
  }
  if (locked && text.kind === "empty") return describe("starting", pidfile, "its pidfile is locked by a starter");
  if (locked) return describe("unknown", pidfile, "the pidfile is locked by an unknown process");
  const what = text.kind === "foreign" ? `names pid ${text.pid}, which is not ours` : `is ${text.kind}`;
  return describe("dead", pidfile, `the pidfile ${what}`);
}

/** Removes what a daemon that did not end by itself has left behind. */
function tidy(pidfile: string): void {
  removeStale(pidfile, () => removeLaunchRecord(pidfile));
}

async function kill(identity: ProcessIdentity, pidfile: string): Promise<StopResult> {
  const { pid } = identity;
  trySignal(identity, "SIGKILL");
  if (!(await waitUntil(() => !isAlive(identity), KILL_WAIT_MS))) {
    throw new DaemonError("stop-timeout", `pid ${pid} does not end even after SIGKILL`, pid);
  }
  tidy(pidfile);
  return { outcome: "killed", pid };
}

/**
 * SIGTERM, a bounded wait, then SIGKILL if asked. Throws a DaemonError: `stop-timeout` if the daemon still runs,
 * `bad-pidfile`, `not-permitted`.
 */
export async function stopInstance(pidfile: string, options: StopOptions): Promise<StopResult> {
  let status = inspectInstance(pidfile);
  if (status.state === "starting" && status.identity === undefined) {
    await waitUntil(() => {
      status = inspectInstance(pidfile);
      return status.state !== "starting" || status.identity !== undefined;
    }, PID_WAIT_MS);
  }
  if (status.state === "unknown") throw new DaemonError("bad-pidfile", status.reason);
  const { identity } = status;
  if (identity === undefined) {
    if (status.state === "starting") throw new DaemonError("stop-timeout", "the daemon is starting and has no pid yet");
    tidy(pidfile);
    return { outcome: "not-running" };
  }
  const { pid } = identity;
  trySignal(identity, "SIGTERM");
  if (await waitUntil(() => !isAlive(identity), options.timeoutMs)) {
    tidy(pidfile);
    return { outcome: "stopped", pid };
  }
  if (options.force) return await kill(identity, pidfile);
  const seconds = options.timeoutMs / 1000;
  throw new DaemonError("stop-timeout", `pid ${pid} still runs ${seconds} s after SIGTERM (--force kills it)`, pid);
}

/** Sends a signal to exactly this daemon; false if it does not run. Throws `bad-pidfile` or `not-permitted`. */
export function signalInstance(pidfile: string, signal: NodeJS.Signals): boolean {
  const { state, identity, reason } = inspectInstance(pidfile);
  if (state === "unknown") throw new DaemonError("bad-pidfile", reason);
  return identity !== undefined && trySignal(identity, signal);
}
