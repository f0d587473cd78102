/**
 * Datasets that lie in `dir` and that this server cannot load yet: it must not come up empty beside one without a word.
 * Looks at names only, and opens nothing. Called by whoever starts a server there.
 */
import type { ConfigValues } from "./directives.js";
import { type ConfigIo, errorCode } from "./io.js";
import { joinPath } from "./paths.js";

type Names = Pick<ConfigValues, "dbfilename" | "appendfilename" | "appenddirname">;

function hasFile(io: ConfigIo, path: string): boolean {
  return io.fileType(path) === "file";
}

/** A directory that cannot be read may hold everything. */
function holdsAppendOnlyFile(io: ConfigIo, directory: string, name: string): boolean {
  if (io.fileType(directory) !== "directory") return false;
  try {
    return io.listDirectory(directory).some((entry) => entry.startsWith(name));
  } catch (error) {
    return errorCode(error) !== "ENOENT";
  }
}

/** The path of a dataset in this directory, as bytes; null if there is none. */
function findDataset(io: ConfigIo, dir: string, names: Names): string | null {
  const snapshot = joinPath(dir, names.dbfilename);
  if (names.dbfilename !== "" && hasFile(io, snapshot)) return snapshot;
  const directory = joinPath(dir, names.appenddirname);
  if (holdsAppendOnlyFile(io, directory, names.appendfilename)) return directory;
  const old = joinPath(dir, names.appendfilename);
  return hasFile(io, old) ? old : null;
}

/** One sentence about a dataset that would be passed over, for the log or an error; null if there is none. */
export function describeStoredData(io: ConfigIo, dir: string, names: Names): string | null {
  const path = findDataset(io, dir, names);
  return path === null ? null : `${path} holds data, which this server cannot load yet: it would come up empty.`;
}
