// Owns where an instance keeps its files when nobody says so. Root gets the system's places (FHS), everybody else the
// XDG ones. Each instance, told apart by its port, has files of its own.
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { logDirectory, runDirectory } from "../daemon/index.js";

export interface Places {
  pidfile: string;
  logFile: string;
  /** Never `/` and never where the user happens to be: a daemon's data must not depend on where it was started. */
  dataDirectory: string;
}

function dataHome(): string {
  if (process.geteuid?.() === 0) return "/var/lib";
  const value = process.env.XDG_DATA_HOME;
  return value !== undefined && isAbsolute(value) ? value : join(homedir(), ".local/share"); // XDG: ignore relative ones
}

export function defaultPlaces(port: number): Places {
  const name = `pyredis-${port}`;
  return {
    pidfile: join(runDirectory(), "pyredis", `${name}.pid`),
    logFile: join(logDirectory(), "pyredis", `${name}.log`),
    dataDirectory: join(dataHome(), "pyredis", String(port)),
  };
}
