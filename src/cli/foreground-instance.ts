// Owns which instance a server in the foreground is: the one of its pidfile, or the one that the daemon of its port would
// be. Called by `pyredis server` once the ports are its own; nothing is written before.
import { errorText } from "../config/io.js";
import { DaemonError, holdInForeground } from "../daemon/index.js";
import type { ForegroundServer } from "../server/main.js";
import { defaultPlaces } from "./default-places.js";

/**
 * The warning for the log where the pidfile cannot be had, or is that of another server that runs. As with redis-server
 * this one serves all the same, on ports of its own; unlike there, it does without the pidfile and leaves it alone.
 */
export async function holdInstance(server: ForegroundServer): Promise<string> {
  const { pidfile, port, logFile, addresses } = server;
  const isWanted = pidfile !== "" && pidfile !== "/dev/null";
  if (!isWanted && port === 0) return "";
  const path = isWanted ? pidfile : defaultPlaces(port).pidfile;
  try {
    await holdInForeground({ pidfile: path, writesPidfile: isWanted, logFile, addresses });
    return "";
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    // Nobody asked for these files: without them it runs as well, and `status` does not know it.
    if (!isWanted) return "";
    return error.cause === undefined ? error.message : errorText(error.cause);
  }
}
