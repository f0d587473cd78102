// Owns the only load of the C++ addon: lazy, typed, and never fatal. Without the addon everything still works in a
// weaker form (daemon/spawn-daemon.ts, daemon/file-lock.ts and server/socket-poller.ts say how), and `nativeProblem`
// says why for the log.
import { createRequire } from "node:module";
import { join } from "node:path";
import { getSystemErrorName } from "node:util";
import { packageDirectory } from "../base/code-directory.js";
import { messageOf } from "../base/errors.js";

export interface SpawnedNatively {
  pid: number;
  /** Which step failed ("execve", "chdir", …), empty on success. */
  stage: string;
  /** A negative errno, 0 on success. */
  error: number;
}

/** native/addon.cc. A number that is an errno is negative. */
export interface NativeAddon {
  spawnDaemon(
    file: string,
    args: readonly string[],
    env: readonly string[],
    directory: string,
    umask: number,
    fds: readonly number[],
  ): SpawnedNatively;
  makePipe(): [read: number, write: number] | number;
  lockFile(fd: number, shared: boolean): number;
  /** native/last-signal.h. */
  markFatalSignals(fd: number): number;
  pidfdOpen(pid: number): number;
  pidfdSendSignal(pidfd: number, signal: number): number;
  processInfo(pid: number): { startMicroseconds: number; zombie: boolean } | number;
  /** `name` without RLIMIT_; -1 is unlimited. */
  setLimit(name: string, soft: number, hard: number): number;
  /** Of one thread; 0 is the calling one. */
  setAffinity(thread: number, processors: readonly number[]): number;
  changeRoot(path: string): number;
  replaceFd(from: number, to: number): number;
  /** Real, effective and saved uid, then the same of the gid. */
  readCredentials(): number[] | number;
  findUser(user: string | number): { name: string; uid: number; gid: number } | number;
  findGroup(name: string): { gid: number } | number;
  openDatagram(path: string): number;
  sendDatagram(fd: number, bytes: Uint8Array): number;
  /** native/memory.h: zeros that take no memory until they are touched. An engine that refuses such buffers: ENOTSUP. */
  makeRegion(bytes: number): ArrayBuffer | number;
  /** Gives pages of such a region back: they read as zeros then. */
  releasePages(region: ArrayBuffer, start: number, bytes: number): number;
  /** Takes pages of such a region from the system in one call. A hint. */
  populatePages(region: ArrayBuffer, start: number, bytes: number): number;
  /** Gives back what malloc keeps; false where the C library cannot. */
  trimHeap(): boolean;
  /** From now on malloc maps blocks of `bytes` and more by themselves; false where the C library cannot. */
  mapBlocksFrom(bytes: number): boolean;
  /** Tells the engine that so many bytes off its heap hang on garbage. */
  suggestCollection(bytes: number): number;
  /** Linux only. Throws where there is no epoll instance to be had. */
  readonly SocketPoller?: new (
    readBuffer: Uint8Array,
    headroomBytes: number,
    reads: Int32Array,
    outbox: Uint8Array,
    sends: Int32Array,
    onReads: (count: number) => void,
  ) => NativeSocketPoller;
  readonly version: number;
}

/** native/socket-poller.h. */
export interface NativeSocketPoller {
  add(fd: number, slot: number): number;
  remove(slot: number): void;
  setBulk(slot: number, bulk: boolean): void;
  discard(slot: number): void;
  send(count: number): number;
  write(fd: number, buffers: readonly Uint8Array[]): number;
  poll(): number;
  close(): void;
}

/** native/addon.cc has the same number; it changes with what the addon exports. */
const ADDON_VERSION = 6;

/** What every addon has; an older binary may lack one although its version is the same. */
const FUNCTIONS: Readonly<Record<Exclude<keyof NativeAddon, "SocketPoller" | "version">, "function">> = {
  spawnDaemon: "function",
  makePipe: "function",
  lockFile: "function",
  markFatalSignals: "function",
  pidfdOpen: "function",
  pidfdSendSignal: "function",
  processInfo: "function",
  setLimit: "function",
  setAffinity: "function",
  changeRoot: "function",
  replaceFd: "function",
  readCredentials: "function",
  findUser: "function",
  findGroup: "function",
  openDatagram: "function",
  sendDatagram: "function",
  makeRegion: "function",
  releasePages: "function",
  populatePages: "function",
  trimHeap: "function",
  mapBlocksFrom: "function",
  suggestCollection: "function",
};

function isComplete(addon: NativeAddon): boolean {
  const functions: Readonly<Record<string, unknown>> = { ...addon };
  return Object.keys(FUNCTIONS).every((name) => typeof functions[name] === "function");
}

type Loaded = { addon: NativeAddon; problem: "" } | { addon: undefined; problem: string };

let loaded: Loaded | undefined;

function load(): Loaded {
  if (process.env.PYREDIS_NO_NATIVE === "1") return { addon: undefined, problem: "PYREDIS_NO_NATIVE=1" };
  try {
    const root = packageDirectory();
    const addon: NativeAddon = createRequire(join(root, "package.json"))("./native/build/Release/pyredis.node");
    // An update of this package without a build leaves the binary of the old one.
    if (addon.version !== ADDON_VERSION || !isComplete(addon)) {
      return { addon: undefined, problem: "it is of another version: node scripts/build-native.mjs builds it anew" };
    }
    return { addon, problem: "" };
  } catch (error) {
    const firstLine = messageOf(error).split("\n")[0] ?? "";
    return { addon: undefined, problem: firstLine };
  }
}

/** The addon, or undefined where it is not built, does not load, or PYREDIS_NO_NATIVE=1 disables it. */
export function nativeAddon(): NativeAddon | undefined {
  loaded ??= load();
  return loaded.addon;
}

/** Why there is no addon; empty if there is one. */
export function nativeProblem(): string {
  loaded ??= load();
  return loaded.problem;
}

/** "EWOULDBLOCK" and the like for the negative errno of a native call. */
export function errnoName(negative: number): string {
  return getSystemErrorName(negative);
}
