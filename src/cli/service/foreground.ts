// Owns the server's command for managers that make no directories: `pyredis start --no-detach`, which stays in the
// foreground and creates what it needs. Called by supervisor.ts and launchd.ts.
import { join } from "node:path";
import { findHome, isDirectory, type Service, systemDirectory } from "./service.js";

export interface Foreground {
  command: readonly string[];
  /** What the manager leaves as its own when it changes the user. */
  environment: Record<string, string>;
  /** What has to be done first. */
  notes: readonly string[];
}

export function inForeground(service: Service): Foreground {
  const { user, dataDirectory, ownsDataDirectory, name } = service;
  const command = [...service.command];
  const at = command.indexOf("server");
  command.splice(at, 1, "start", "--no-detach");
  // The manager keeps what is written to standard output.
  if (!service.hasLog) command.push("--logfile", "");
  if (!ownsDataDirectory) {
    const notes = isDirectory(dataDirectory) ? [] : [`First create ${dataDirectory}, for the user of the service`];
    return { command, environment: {}, notes };
  }
  if (user === undefined) return { command, environment: {}, notes: [] };
  // Its places are below its home, where it may create them.
  const home = findHome(user);
  if (home !== undefined) return { command, environment: { HOME: home, USER: user }, notes: [] };
  const directory = systemDirectory(service);
  command.push("--dir", directory, "--pidfile", join(directory, `${name}.pid`));
  return { command, environment: {}, notes: [`First: install -d -o ${user} -m 750 ${directory}`] };
}
