// Owns the daemon's half of a start: what a process that was launched for an instance, or one that does not detach,
// does until it ends. Called by daemon.ts, and never returns to it.
//
//   launched    adopt the hand-off ── supervise? ── supervisor: makes workers
//   foreground  take the pidfile   ──┘         └─── live: confine, run()
//   worker      (by a supervisor)  ──────────────── live
//   rehearsal   says that it would start
import { chdir } from "node:process";
import { messageOf } from "../base/errors.js";
import { setImmediate } from "../base/timers.js";
import { checkConfinement, confine, resolveIdentity } from "./confine.js";
import { DaemonError, explain, failureCode, logText } from "./errors.js";
import { Handback } from "./handback.js";
import { FIRST_PRESERVED_FD, type Handoff, STATUS_FD } from "./handoff.js";
import { Claim } from "./instance/claim.js";
import { registerInstance } from "./instance/registry.js";
import { type DaemonSelf, Life } from "./life.js";
import { Notifier } from "./notifier.js";
import {
  type DaemonOptions,
  DEFAULT_SETTLE_MS,
  DEFAULT_TIMEOUT_MS,
  findLogFile,
  findName,
  umaskOf,
} from "./options.js";
import { ownGroup } from "./process-group.js";
import { type Reporter, WorkerReporter } from "./reporter.js";
import { BOOT_DIRECTORY, beginLife, ownPidfile, takeForeground } from "./role.js";
import { detectServiceManager } from "./service-manager.js";
import { sendReport } from "./status-pipe.js";
import { type SupervisePolicy, Supervisor } from "./supervisor.js";

/** The program's part of a daemon. */
export interface Body {
  /** Those of this one instance. */
  options: DaemonOptions;
  self: DaemonSelf;
  base: string;
  run(): Promise<number> | Promise<void> | number | void;
  rehearse(): Promise<void> | void;
  stopping(signal: NodeJS.Signals): Promise<void> | void;
  isHealthy(): boolean;
  /** Before run(): from now on the daemon has a context. */
  adopt(life: Life): void;
}

interface Stream {
  fd: number;
  path: string;
}

/** The standard streams that are files of ours. */
function streamsOf({ stdout, stderr }: Handoff): Stream[] {
  const streams = [
    { fd: 1, path: stdout },
    { fd: 2, path: stderr },
  ];
  return streams.filter(({ path }) => path !== "" && path !== "/dev/null");
}

function listFiles(count: number): number[] {
  return Array.from({ length: count }, (_, i) => FIRST_PRESERVED_FD + i);
}

export async function becomeLaunched(handoff: Handoff, body: Body): Promise<never> {
  // From now on the pidfile invites signals: none of those that reload may end what does not listen yet.
  for (const signal of ["SIGHUP", "SIGUSR1"] as const) process.on(signal, () => {});
  const { options } = body;
  const { settleMs, workingDirectory } = handoff;
  if (handoff.role === "rehearsal") return await passRehearsal(workingDirectory, body);
  const files = listFiles(handoff.files);
  if (handoff.role === "worker") {
    const watchdogMs = typeof options.supervise === "object" ? (options.supervise.watchdogMs ?? 0) : 0;
    const reporter = new WorkerReporter(watchdogMs, settleMs);
    enter(workingDirectory, reporter);
    return await live(body, reporter, files, streamsOf(handoff), true);
  }
  const handback = Handback.adopt(handoff, findName(options));
  enter(workingDirectory, handback);
  return await liveAsOwner(body, handback, handoff, files);
}

/** The program has come to its start: that is all there is to see. */
async function passRehearsal(workingDirectory: string, { options, rehearse }: Body): Promise<never> {
  try {
    chdir(workingDirectory);
    checkConfinement(options);
    await rehearse();
    sendReport(STATUS_FD, { event: "ready", pid: process.pid, addresses: [], logFile: "" });
    process.exit(0);
  } catch (error) {
    const reason = messageOf(error);
    const code = failureCode(error);
    sendReport(STATUS_FD, code === undefined ? { event: "failed", reason } : { event: "failed", reason, code });
    process.exit(1);
  }
}

/** The process has booted where its starter did, for the sake of its Node options. */
function enter(directory: string, reporter: Reporter): void {
  try {
    chdir(directory);
  } catch (error) {
    const reason = `cannot enter the working directory ${directory}: ${explain(error)}`;
    console.error(`daemon: ${reason}`);
    reporter.fail(reason, failureCode(error));
    process.exit(1);
  }
}

/** In this very process, for a service manager that watches it. */
export async function becomeForeground(path: string, body: Body): Promise<never> {
  const { options, base } = body;
  checkConfinement(options);
  if (!takeForeground(path)) {
    const why = `this process is the daemon of ${ownPidfile()}, and one that does not detach needs a process of its own`;
    throw new DaemonError("start-failed", why);
  }
  const { chroot, workingDirectory = "/", filesPreserved = [], settleMs = DEFAULT_SETTLE_MS } = options;
  const claim = await Claim.acquire(path);
  const name = findName(options);
  const logFile = options.logFile === undefined ? "" : findLogFile(options, base);
  const watcher = detectServiceManager() ?? "foreground";
  process.umask(umaskOf(options));
  let handback: Handback;
  try {
    if (chroot === undefined) chdir(workingDirectory);
    handback = new Handback({ claim, logFile, name, statusFd: undefined, settleMs, watcher });
  } catch (error) {
    claim.discard({ keepLaunch: true });
    throw error;
  }
  registerInstance(path, name);
  // The standard streams are the manager's own; what it does with them is its affair.
  const places = { pidfile: path, logFile, stdout: "", stderr: "", base, bootDirectory: BOOT_DIRECTORY };
  const handoff: Handoff = { ...places, workingDirectory: process.cwd(), role: "daemon", files: 0, settleMs };
  return await liveAsOwner(body, handback, handoff, filesPreserved);
}

async function liveAsOwner(body: Body, handback: Handback, handoff: Handoff, files: readonly number[]): Promise<never> {
  const { supervise, startTimeoutMs = DEFAULT_TIMEOUT_MS, stopTimeoutMs = DEFAULT_TIMEOUT_MS } = body.options;
  const streams = streamsOf(handoff);
  if (supervise === undefined || supervise === false) {
    giveAway(body.options, handback);
    return await live(body, handback, files, streams, false);
  }
  const policy: SupervisePolicy = supervise === true ? {} : supervise;
  const group = body.options.stopGroup === true ? ownGroup(process.pid) : undefined;
  const options = { handback, notifier: new Notifier(), policy, handoff, streams, group };
  process.exit(await new Supervisor({ ...options, startTimeoutMs, stopTimeoutMs }).run());
}

/** Before confine(): afterwards the process can neither make nor remove the instance's files. */
function giveAway(options: DaemonOptions, handback: Handback): void {
  const identity = resolveIdentity(options);
  const changesUser = identity !== undefined && identity.uid !== process.geteuid?.();
  if (changesUser || options.chroot !== undefined) handback.giveAway(changesUser ? identity.uid : undefined);
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function live(
  body: Body,
  reporter: Reporter,
  files: readonly number[],
  streams: readonly Stream[],
  isWorker: boolean,
): Promise<never> {
  const { options, self } = body;
  const { handlesSignals = true, signals = {}, chroot, workingDirectory, stopGroup = false } = options;
  const { startTimeoutMs = DEFAULT_TIMEOUT_MS, stopTimeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const life = new Life({
    self,
    reporter,
    signals,
    handlesStop: handlesSignals,
    streams,
    files,
    startTimeoutMs,
    stopTimeoutMs,
    group: stopGroup ? ownGroup(process.pid) : undefined,
    isHealthy: () => body.isHealthy(),
  });
  body.adopt(life);
  life.onStop((signal) => body.stopping(signal));
  // A supervisor that is gone leaves nobody to answer to.
  if (isWorker) process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  // The program goes on to its next start() first: those of other instances do nothing until run() has begun.
  await nextTurn();
  beginLife();
  process.once("beforeExit", () => {
    const text = "run() waits for what cannot come: no timer, socket or child keeps the process alive";
    console.error(`daemon: ${text}`);
    reporter.fail(text);
  });
  try {
    confine(options);
    if (chroot !== undefined && workingDirectory !== undefined) chdir(workingDirectory);
    if (options.readiness === "immediate") life.ready();
    const code = await body.run();
    explainReturn(code, life, reporter);
    if (isWorker) await nextTurn(); // the channel to a supervisor sends when the event loop turns again
    return await life.end(typeof code === "number" ? code : undefined);
  } catch (error) {
    console.error(logText(error));
    reporter.fail(messageOf(error), failureCode(error));
    if (isWorker) await nextTurn();
    return await life.end(1);
  }
}

/** What keeps an event loop going that its author meant to go on. The channel to a supervisor and logs are not. */
const MEANT_TO_LAST = /^(Timeout|Immediate|.*ServerWrap|TCPSocketWrap|UDPWrap|FSEventWrap|StatWatcher|ProcessWrap)$/i;

/** The end of run() is the end of the daemon: whoever did not mean that must be told. */
function explainReturn(code: unknown, life: Life, reporter: Reporter): void {
  if (life.isStopping) return;
  const returned = code === undefined ? "run() returned" : `run() returned ${code}`;
  const advice = "the end of run() is the end of the daemon: let it await what must last, or return a promise";
  const active = new Set(process.getActiveResourcesInfo().filter((name) => MEANT_TO_LAST.test(name)));
  const meanwhile = active.size === 0 ? "" : ` while ${[...active].join(", ")} still waited`;
  let text = "";
  if (!life.isReady) text = `${returned} without calling this.ready()${meanwhile}; ${advice}`;
  else if (reporter.isSettling) text = `${returned} right after ready()${meanwhile}; ${advice}`;
  else if (code === undefined && active.size > 0) text = `${returned}${meanwhile}; ${advice}`;
  if (text === "") return;
  if (code === undefined) console.error(`daemon: ${text}`);
  reporter.fail(text);
}
