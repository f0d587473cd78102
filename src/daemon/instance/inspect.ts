// Owns what can be asked of, and done to, an instance from outside: its status and its end. Knows it only by its
// pidfile and what lies beside that. Called by daemon.ts and the CLI.
import { DaemonError } from "../errors.js";
import { waitUntil } from "../wait.js";
import { instanceName, removeLeftovers } from "./claim.js";
import { describeEnd, inferEnd } from "./ending.js";
import { describeHolders, viewLock } from "./lock.js";
import { type PidfileContent, readPidfile } from "./pidfile.js";
import { isAlive, type ProcessIdentity, probeProcess } from "./process-identity.js";
import { trySignal } from "./process-signal.js";
import { type InstanceEnd, type InstanceRecord, readState, type Watcher } from "./state-file.js";

/**
 * - running: ready and alive
 * - starting: alive, or held by a starter, and not ready yet
 * - dead: it has ended, and not in order: `end` says how
 * - stopped: it does not run, and there is nothing to tell
 * - unknown: its files cannot be read or trusted; `reason` says why
 */
export type InstanceState = "running" | "starting" | "dead" | "stopped" | "unknown";

export interface InstanceStatus {
  state: InstanceState;
  pidfile: string;
  /** Of the live process only; undefined in every other state. */
  identity?: ProcessIdentity;
  addresses: readonly string[];
  logFile: string;
  /** Why the state is what it is, where that is not obvious; of a dead one how it ended. */
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
  /** Not detached: the service manager that watches it, or "foreground". */
  watcher?: Watcher;
  /** Nobody asked for its files: a list does not keep it when it is dead. */
  isPassing?: boolean;
  /** Of a dead one. */
  end?: InstanceEnd;
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

function describe(state: InstanceState, pidfile: string, reason: string, record?: InstanceRecord): InstanceStatus {
  const { addresses = [], logFile = "", name, text = "" } = record ?? {};
  const status: InstanceStatus = {
    state,
    pidfile,
    reason,
    addresses,
    logFile,
    name: instanceName(pidfile, name),
    text,
  };
  if (record === undefined) return status;
  for (const key of ["since", "worker", "restarts"] as const) {
    const value = record[key];
    if (value !== undefined) status[key] = value;
  }
  if (record.watcher !== undefined) status.watcher = record.watcher;
  if (record.isPassing === true) status.isPassing = true;
  return state === "running" || state === "starting" ? { ...status, identity: record.identity } : status;
}

function describeDead(pidfile: string, record: InstanceRecord, mark: string): InstanceStatus {
  const end = record.end ?? inferEnd(record, mark);
  if (end.code === 0) return describe("stopped", pidfile, "");
  const reason = [record.reason ?? "", describeEnd(record, end)].filter((text) => text !== "").join("; ");
  return { ...describe("dead", pidfile, reason, record), end };
}

function readPidfileQuietly(pidfile: string): PidfileContent {
  try {
    return readPidfile(pidfile);
  } catch (error) {
    if (error instanceof DaemonError) return { kind: "other", why: error.message };
    throw error;
  }
}

/** What is known of the instance. Throws nothing that concerns its files: see the state `unknown`. */
export function inspectInstance(pidfile: string): InstanceStatus {
  const state = readState(pidfile);
  if (state.kind === "distrusted" || state.kind === "other") return describe("unknown", pidfile, state.why);
  if (state.kind === "record") {
    const { record } = state;
    const liveness = probeProcess(record.identity);
    if (liveness === "alive") return describe(record.state, pidfile, record.reason ?? "", record);
    const { pid } = record.identity;
    if (liveness === "hidden") return describe("unknown", pidfile, `pid ${pid} cannot be looked at`, record);
    const { isHeld, mark } = viewLock(pidfile);
    if (isHeld) return { ...describe("starting", pidfile, "a start is under way"), logFile: record.logFile };
    return describeDead(pidfile, record, mark);
  }
  if (viewLock(pidfile).isHeld) return describe("starting", pidfile, "a start is under way");
  const content = readPidfileQuietly(pidfile);
  switch (content.kind) {
    case "absent":
      return describe("stopped", pidfile, "");
    case "empty":
      return describe("dead", pidfile, "the pidfile is empty");
    case "pid":
      return describe("dead", pidfile, `the pidfile names pid ${content.pid}, which is not ours`);
    case "other":
      return describe("unknown", pidfile, `cannot use the pidfile ${pidfile}: ${content.why}`);
  }
}

async function kill(identity: ProcessIdentity, pidfile: string): Promise<StopResult> {
  const { pid } = identity;
  trySignal(identity, "SIGKILL");
  if (!(await waitUntil(() => !isAlive(identity), KILL_WAIT_MS))) {
    throw new DaemonError("stop-timeout", `pid ${pid} does not end even after SIGKILL`, pid);
  }
  removeLeftovers(pidfile);
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
    if (status.state === "starting") {
      const why = `it has no pid yet, and its lock is held by ${describeHolders(pidfile)}`;
      throw new DaemonError("stop-timeout", `cannot stop ${status.name} (pidfile ${pidfile}): ${why}`);
    }
    removeLeftovers(pidfile);
    return { outcome: "not-running" };
  }
  const { pid } = identity;
  trySignal(identity, "SIGTERM");
  if (await waitUntil(() => !isAlive(identity), options.timeoutMs)) {
    removeLeftovers(pidfile);
    return { outcome: "stopped", pid };
  }
  if (options.force) return await kill(identity, pidfile);
  const text = `${status.name} (pid ${pid}) still runs ${options.timeoutMs / 1000} s after SIGTERM (--force kills it)`;
  throw new DaemonError("stop-timeout", text, pid);
}

/** Sends a signal to exactly this daemon; false if it does not run. Throws `bad-pidfile` or `not-permitted`. */
export function signalInstance(pidfile: string, signal: NodeJS.Signals): boolean {
  const { state, identity, reason } = inspectInstance(pidfile);
  if (state === "unknown") throw new DaemonError("bad-pidfile", reason);
  return identity !== undefined && trySignal(identity, signal);
}
