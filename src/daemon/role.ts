// Owns what this process is to the library: a program that its user runs, or the daemon that a starter made of one. A
// launched process runs its whole program again, so it meets the start() of every other instance too, and those must
// do nothing there. Called by daemon.ts.
//
//   program      no hand-off: start() makes daemons
//   chosen       a hand-off for one instance, whose start() has not been called yet
//   taken        it has been called: the process becomes that daemon
//   living       run() has begun: what is called now may be called by the daemon itself
import { type Handoff, peekHandoff, STATUS_FD, takeHandoff } from "./handoff.js";
import { currentDirectory } from "./program.js";
import { sendReport } from "./status-pipe.js";

type Phase = "program" | "chosen" | "taken" | "living";

/** Where this process booted, as far as can be known: what its relative Node options were resolved against. */
export const BOOT_DIRECTORY = currentDirectory();

let chosen: Handoff | undefined;
let phase: Phase | undefined;
/** The pidfile of a daemon without a starter. */
let foreground = "";

function findPhase(): Phase {
  if (phase !== undefined) return phase;
  chosen = peekHandoff();
  phase = chosen === undefined ? "program" : "chosen";
  if (chosen?.role === "daemon" || chosen?.role === "rehearsal") process.once("exit", explainUntaken);
  return phase;
}

/** A program that never comes to the one start() it was run for would leave its starter without a reason. */
function explainUntaken(): void {
  if (phase !== "chosen" || chosen === undefined) return;
  const { pidfile } = chosen;
  const hint = "run again, the same program must come to the same start() with the same pidfile";
  sendReport(STATUS_FD, { event: "failed", reason: `the program ended without a start() of ${pidfile}: ${hint}` });
}

/** Takes this process' hand-off if it is for `pidfile`: from then on it is that daemon. */
export function takeRole(pidfile: string): Handoff | undefined {
  if (findPhase() !== "chosen") return undefined;
  const handoff = takeHandoff(pidfile);
  if (handoff !== undefined) phase = "taken";
  return handoff;
}

/** The process is a daemon without a starter: in the foreground. False if it is one already. */
export function takeForeground(pidfile: string): boolean {
  const now = findPhase();
  if (now === "taken" || now === "living") return false;
  phase = "taken";
  chosen = undefined;
  foreground = pidfile;
  return true;
}

/** The instance that this process is or becomes; "" if it is a program. */
export function ownPidfile(): string {
  findPhase();
  return chosen?.pidfile ?? foreground;
}

/** run() begins. */
export function beginLife(): void {
  phase = "living";
}

/**
 * Whether an action on instances is the program's preamble once more, in a process that was launched to be one of
 * them: it has been, or is being, done by the starter.
 */
export function isPreamble(): boolean {
  const now = findPhase();
  return chosen !== undefined && (now === "chosen" || now === "taken");
}

/** Whether this process was launched as a daemon, and its run() has begun. */
export function isLiving(): boolean {
  return findPhase() === "living" && chosen !== undefined;
}
