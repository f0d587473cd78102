// Owns what a daemon does to itself before run(), in the one order that works: limits and the out-of-memory score
// while the privileges are there, then another root, then groups, gid and uid; and the proof that there is no way
// back. In the process itself and not between fork and exec: Node has to boot outside the new root and with memory
// that a limit may deny it. Called by daemon.ts.
import { readdirSync, writeFileSync } from "node:fs";
import { errnoName, nativeAddon } from "../native/addon.js";
import { DaemonError, explain } from "./errors.js";

export type LimitName =
  | "AS"
  | "CORE"
  | "CPU"
  | "DATA"
  | "FSIZE"
  | "LOCKS"
  | "MEMLOCK"
  | "MSGQUEUE"
  | "NICE"
  | "NOFILE"
  | "NPROC"
  | "RSS"
  | "RTPRIO"
  | "SIGPENDING"
  | "STACK";

/** One number is both the soft and the hard limit. */
export type Limit = number | "unlimited" | { soft: number | "unlimited"; hard: number | "unlimited" };

/**
 * What the kernel would not let this user do is a DaemonError `not-permitted`, what needs the addon and has none
 * `bad-option`, and what fails in the daemon `start-failed`: it never runs less confined than asked.
 */
export interface Confinement {
  /** The new root directory, chroot(2). What run() needs is imported before start(), or lies inside. Root only; addon. */
  chroot?: string;
  /**
   * The user, a number or (with the addon) a name, setuid(2): real, effective and saved. It brings its primary group
   * and, unless `initgroups` is false, all its groups. Every way back is tried, and one that works ends the start.
   */
  uid?: number | string;
  /** The group, a number or (with the addon) a name, setgid(2), instead of the user's primary one. */
  gid?: number | string;
  /** False: no group of the user but `gid`. Default true, initgroups(3). */
  initgroups?: boolean;
  /** No core dumps, core(5). Default true (PEP 3143, prevent_core): the memory of a daemon holds secrets. */
  preventCore?: boolean;
  /** Limits by their names without RLIMIT_ and in the units of setrlimit(2): bytes, seconds, counts. Addon. */
  rlimits?: Partial<Record<LimitName, Limit>>;
  /** The cores to run on, by their numbers, sched_setaffinity(2). True, with `instances`: one core for each. Addon. */
  cpuAffinity?: true | readonly number[];
  /** -1000 (never killed) to 1000 (the first), proc_pid_oom_score_adj(5). Linux. */
  oomScoreAdj?: number;
}

/** The ids to take. `user` is what initgroups(3) looks up; undefined: only the group itself. */
export interface Identity {
  uid: number;
  gid: number;
  user: string | undefined;
}

function needsAddon(what: string): DaemonError {
  return new DaemonError("bad-option", `${what} needs the native addon`);
}

function findGroup(group: number | string): number {
  if (typeof group === "number") return group;
  const native = nativeAddon();
  if (native === undefined) throw needsAddon("a group name");
  const found = native.findGroup(group);
  if (typeof found === "number") throw new DaemonError("bad-option", `there is no group ${group}`);
  return found.gid;
}

/** Whom the options mean; undefined if they leave that alone. Asked by the starter too, which can still complain. */
export function resolveIdentity({ uid, gid, initgroups }: Confinement): Identity | undefined {
  if (uid === undefined && gid === undefined) return undefined;
  const ownUid = process.getuid?.() ?? 0;
  if (uid === undefined) return { uid: ownUid, gid: findGroup(gid ?? 0), user: undefined };
  const native = nativeAddon();
  const found = native?.findUser(uid);
  if (typeof found === "object") {
    const user = initgroups === false ? undefined : found.name;
    return { uid: found.uid, gid: gid === undefined ? found.gid : findGroup(gid), user };
  }
  if (typeof uid === "string") {
    throw native === undefined ? needsAddon("a user name") : new DaemonError("bad-option", `there is no user ${uid}`);
  }
  if (gid === undefined) throw new DaemonError("bad-option", `uid ${uid} has no entry: give a gid too`);
  return { uid, gid: findGroup(gid), user: undefined };
}

export function checkConfinement(options: Confinement): void {
  const { oomScoreAdj, rlimits, chroot } = options;
  if (oomScoreAdj !== undefined && !(Number.isInteger(oomScoreAdj) && Math.abs(oomScoreAdj) <= 1000)) {
    throw new DaemonError("bad-option", `oomScoreAdj must lie between -1000 and 1000, not ${oomScoreAdj}`);
  }
  if (rlimits !== undefined && Object.keys(rlimits).length > 0 && nativeAddon() === undefined) {
    throw needsAddon("rlimits");
  }
  if (chroot !== undefined && nativeAddon() === undefined) throw needsAddon("chroot");
  if (options.cpuAffinity !== undefined && nativeAddon() === undefined) throw needsAddon("cpuAffinity");
  const identity = resolveIdentity(options);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) return;
  if (chroot !== undefined) throw new DaemonError("not-permitted", "only root can change the root directory");
  if (identity !== undefined && (identity.uid !== process.getuid?.() || identity.gid !== process.getgid?.())) {
    throw new DaemonError("not-permitted", `only root can become uid ${identity.uid}, gid ${identity.gid}`);
  }
}

function setLimit(name: string, limit: Limit): void {
  const native = nativeAddon();
  if (native === undefined) throw needsAddon("rlimits");
  const { soft, hard } = typeof limit === "object" ? limit : { soft: limit, hard: limit };
  const toNumber = (value: number | "unlimited"): number => (value === "unlimited" ? -1 : value);
  const result = native.setLimit(name, toNumber(soft), toNumber(hard));
  if (result === 0) return;
  throw new DaemonError("start-failed", `cannot set the limit ${name} to ${soft}:${hard}: ${errnoName(result)}`);
}

/**
 * One byte instead of none on Linux: the kernel hands a core to the program in core_pattern whatever the limit is,
 * except that it refuses at exactly 1, core(5); and no core file fits into that.
 */
function preventCore(): void {
  if (nativeAddon() !== undefined) setLimit("CORE", process.platform === "linux" ? 1 : 0);
}

function listThreads(): string[] {
  return process.platform === "linux" ? readdirSync("/proc/self/task") : [];
}

/** Of every thread: V8's and libuv's run by now. Those that they make later inherit it; some may come meanwhile. */
function setAffinity(cores: readonly number[]): void {
  const done = new Set<string>();
  for (let left = listThreads(); left.length > 0; left = listThreads().filter((thread) => !done.has(thread))) {
    for (const thread of left) {
      done.add(thread);
      const result = nativeAddon()?.setAffinity(Number(thread), cores) ?? 0;
      if (result === 0 || errnoName(result) === "ESRCH") continue;
      throw new DaemonError("start-failed", `cannot run on the cores ${cores.join(", ")}: ${errnoName(result)}`);
    }
  }
}

function setOomScore(score: number): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", `${score}\n`);
  } catch (error) {
    throw new DaemonError("start-failed", `cannot set the oom score to ${score}: ${explain(error)}`);
  }
}

function enterRoot(path: string): void {
  const result = nativeAddon()?.changeRoot(path) ?? 0;
  if (result !== 0) throw new DaemonError("start-failed", `cannot chroot to ${path}: ${errnoName(result)}`);
}

function succeeds(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** Tries every way back. One that works is a bug or a kernel with other rules: the daemon must not run. */
function proveIrreversible({ uid, gid }: Identity): void {
  const ids = nativeAddon()?.readCredentials();
  const isWhole =
    !Array.isArray(ids) || (ids.slice(0, 3).every((id) => id === uid) && ids.slice(3).every((id) => id === gid));
  const waysBack =
    uid === 0 ? [] : [() => process.setuid?.(0), () => process.seteuid?.(0), () => process.setgroups?.([0])];
  if (uid !== 0 && gid !== 0)
    waysBack.push(
      () => process.setgid?.(0),
      () => process.setegid?.(0),
    );
  if (isWhole && !waysBack.some(succeeds)) return;
  throw new DaemonError("start-failed", `the privileges could be regained after becoming uid ${uid}, gid ${gid}`);
}

/** Node has had it for ever, its types have not. */
function initGroups(user: string, gid: number): void {
  const call: unknown = Reflect.get(process, "initgroups");
  if (typeof call === "function") call.call(process, user, gid);
}

/** setgroups(2) and setgid(2) need the privilege that setuid(2) gives away: groups, gid, uid. */
function become(identity: Identity): void {
  const { uid, gid, user } = identity;
  if (process.geteuid?.() === 0) {
    if (user === undefined) process.setgroups?.([gid]);
    else initGroups(user, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  }
  proveIrreversible(identity);
}

/** Throws a DaemonError if any part of it cannot be had: a daemon that is less confined than asked must not run. */
export function confine(options: Confinement): void {
  const identity = resolveIdentity(options); // while the databases of users can be read
  if (options.preventCore !== false) preventCore();
  for (const [name, limit] of Object.entries(options.rlimits ?? {})) setLimit(name, limit);
  if (Array.isArray(options.cpuAffinity)) setAffinity(options.cpuAffinity);
  if (options.oomScoreAdj !== undefined) setOomScore(options.oomScoreAdj);
  if (options.chroot !== undefined) enterRoot(options.chroot);
  if (identity !== undefined) become(identity);
}
