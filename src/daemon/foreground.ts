// Owns the instance of a program that somebody else watches: a server in the foreground, under a service manager or in
// a terminal. The same rules hold for its files as for a daemon's (instance/claim.ts), so that `status`, `stop` and
// `ps` know it. Called by the CLI once the program's ports are its own.
import { Handback } from "./handback.js";
import { Claim } from "./instance/claim.js";
import { registerInstance } from "./instance/registry.js";
import { detectServiceManager } from "./service-manager.js";

export interface ForegroundInstance {
  pidfile: string;
  /** False: no pidfile was asked for. Only what lies beside it is written. */
  writesPidfile: boolean;
  logFile: string;
  addresses: readonly string[];
}

/** Holds the instance until the process ends. Throws a DaemonError: `already-running`, `bad-pidfile`, `not-permitted`. */
export async function holdInForeground(instance: ForegroundInstance): Promise<void> {
  const { pidfile, writesPidfile, logFile, addresses } = instance;
  // A directory of the user's own is his to make.
  const claim = await Claim.acquire(pidfile, !writesPidfile);
  try {
    const watcher = detectServiceManager() ?? "foreground";
    // As redis-server's: what the caller's mask says.
    const pidfileMode = writesPidfile ? 0o644 & ~process.umask() : "none";
    const handback = new Handback({ claim, logFile, name: "", statusFd: undefined, settleMs: 0, watcher, pidfileMode });
    handback.ready(addresses, undefined);
    registerInstance(pidfile, "");
  } catch (error) {
    claim.discard({ keepLaunch: true });
    throw error;
  }
}
