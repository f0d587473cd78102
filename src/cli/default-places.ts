// Owns where an instance keeps its files when nobody says so. Root gets the system's places (FHS), everybody else the
// XDG ones. Each instance, told apart by its port, has files of its own.
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

export interface Places {
  pidfile: string;
  logFile: string;
  /** Never `/` and never where the user happens to be: a daemon's data must not depend on where it was started. */
  dataDirectory: string;
}

/** XDG wants relative values ignored. */
function fromEnvironment(name: string, fallback: string): string {
  const value = process.env[name];
  return value !== undefined && isAbsolute(value) ? value : fallback;
}

function isOwnDirectory(path: string): boolean {
  try {
    const stats = statSync(path);
    return stats.isDirectory() && stats.uid === process.geteuid?.();
  } catch {
    return false;
  }
}

function userRunDirectory(stateDirectory: string): string {
  // Set but somebody else's after `su`; unset without a login session.
  const path = fromEnvironment("XDG_RUNTIME_DIR", "");
  return path !== "" && isOwnDirectory(path) ? path : stateDirectory;
}

export function defaultPlaces(port: number): Places {
  const name = `pyredis-${port}`;
  if (process.geteuid?.() === 0) {
    const run = process.platform === "linux" ? "/run" : "/var/run";
    return {
      pidfile: `${run}/pyredis/${name}.pid`,
      logFile: `/var/log/pyredis/${name}.log`,
      dataDirectory: `/var/lib/pyredis/${port}`,
    };
  }
  const state = fromEnvironment("XDG_STATE_HOME", join(homedir(), ".local/state"));
  const data = fromEnvironment("XDG_DATA_HOME", join(homedir(), ".local/share"));
  return {
    pidfile: join(userRunDirectory(state), "pyredis", `${name}.pid`),
    logFile: join(state, "pyredis", `${name}.log`),
    dataDirectory: join(data, "pyredis", String(port)),
  };
}
