// Owns the question "is this still the process we mean?". A pid alone cannot answer it: pids are recycled, and a
// zombie still has one. A pid with its start time can. Called by everything that reads a pidfile or sends a signal.
import { readFileSync } from "node:fs";
import { nativeAddon } from "../../native/addon.js";
import { errnoCode } from "../errors.js";

export interface ProcessIdentity {
  pid: number;
  /**
   * When the process started, as an opaque word. Linux: field 22 of /proc/PID/stat (clock ticks since boot), `@` and
   * the boot id, because after a reboot the same pid may well start at the same tick. macOS: microseconds.
   */
  startTime: string;
}

/** `hidden`: the pid exists, but this user may not see whose it is (/proc mounted with hidepid). */
export type Liveness = "alive" | "dead" | "hidden";

/** Which boot of the machine this is; empty where the system does not say. */
export function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

/** Fields of /proc/PID/stat by their number in proc(5), from 3 on; undefined if there is no such process. */
function readStat(pid: number): ((field: number) => string) | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // Field 2 is the program's name in parentheses and may itself hold spaces and parentheses: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (field) => fields[field - 3] ?? "";
}

function readLinuxStartTime(pid: number): string | undefined {
  const stat = readStat(pid);
  if (stat === undefined || stat(3) === "X") return undefined;
  // The first thread turns zombie as soon as it ends, but the process keeps its files and ports until the last one.
  if (stat(3) === "Z" && Number(stat(20)) <= 1) return undefined;
  return `${stat(22)}@${readBootId()}`;
}

function readNativeStartTime(pid: number): string | undefined {
  const info = nativeAddon()?.processInfo(pid);
  if (info === undefined || typeof info === "number" || info.zombie) return undefined;
  return String(info.startMicroseconds);
}

function readStartTime(pid: number): string | undefined {
  return process.platform === "linux" ? readLinuxStartTime(pid) : readNativeStartTime(pid);
}

/** The identity of a running process, or undefined if there is none of that pid. A zombie counts as none. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startTime = readStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

export function probeProcess(identity: ProcessIdentity): Liveness {
  const startTime = readStartTime(identity.pid);
  if (startTime !== undefined) return startTime === identity.startTime ? "alive" : "dead";
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    return errnoCode(error) === "EPERM" ? "hidden" : "dead";
  }
  return "dead"; // a zombie: signals reach it, but there is nobody home
}

/**
 * Whether a live process can do nothing any more but end: it has been killed, and the kernel is still freeing its
 * memory and has yet to release its locks and ports. False where that cannot be told.
 */
export function isEnding(pid: number): boolean {
  const PF_EXITING = 4;
  const SIGKILL_BIT = 0x100n;
  const stat = process.platform === "linux" ? readStat(pid) : undefined;
  if (stat === undefined) return false;
  if (stat(3) === "Z" || (Number(stat(9)) & PF_EXITING) !== 0) return true;
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const pending = /^SigPnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0";
    return (BigInt(`0x${pending}`) & SIGKILL_BIT) !== 0n;
  } catch {
    return true; // it ended between the two reads
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return probeProcess(identity) !== "dead";
}

/** The user a process runs as, or undefined where that cannot be told. */
export function readProcessOwner(pid: number): number | undefined {
  try {
    // Not the owner of /proc/PID: that is root for a process that may not be dumped.
    const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return uid === undefined ? undefined : Number(uid);
  } catch {
    return undefined;
  }
}

/** Resident memory in bytes, or undefined where that cannot be told. */
export function readResidentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
