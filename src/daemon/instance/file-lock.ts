// Owns the one lock of the pidfile. flock(2), because it belongs to the open file description: it passes through fork
// and exec with the descriptor and no stray open/close of the same file can drop it, as it would a POSIX fcntl lock.
// Nobody ever unlocks explicitly, since that would unlock every inherited copy: the lock ends with the last close.
import { spawnSync } from "node:child_process";
import { errnoName, nativeAddon } from "../../native/addon.js";

/** `unavailable`: neither the addon nor flock(1) is there; the pidfile's record alone then decides who runs. */
export type LockResult = "locked" | "busy" | "unavailable";

/** flock(1) of util-linux or busybox locks the description it inherits, which is ours too: the same lock, slower. */
function lockWithTool(fd: number, shared: boolean): LockResult {
  const tool = spawnSync("flock", ["-n", shared ? "-s" : "-x", "3"], { stdio: ["ignore", "ignore", "ignore", fd] });
  if (tool.error !== undefined) return "unavailable";
  if (tool.status === 0) return "locked";
  return tool.status === 1 ? "busy" : "unavailable";
}

/** Never waits. `shared` only looks: two lookers do not disturb each other, and an owner keeps both out. */
export function tryLock(fd: number, shared: boolean): LockResult {
  const native = nativeAddon();
  if (native === undefined) return lockWithTool(fd, shared);
  const result = native.lockFile(fd, shared);
  if (result === 0) return "locked";
  return errnoName(result) === "EAGAIN" || errnoName(result) === "EWOULDBLOCK" ? "busy" : "unavailable";
}
