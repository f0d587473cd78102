/** Directives of snapshots and the append-only file. Read by directives.ts. */
import { checkAppendDirname, checkAppendFilename, checkDbFilename } from "../checks.js";
import { type Concern, guards, pending, unneeded, works } from "../effect.js";
import { bool, integer, memory, oneOf, text } from "../kinds.js";
import { INT_MAX, INT_MIN, LONG_MAX } from "../numbers.js";
import { type SavePoint, savePoints } from "../special-kinds.js";

const MB = 1024 ** 2;

const NO_FILES = "the server keeps its data in memory only";

const DEFAULT_SAVE_POINTS: readonly SavePoint[] = [
  { seconds: 3600, changes: 1 },
  { seconds: 300, changes: 100 },
  { seconds: 60, changes: 10000 },
];
const SAVE = savePoints(DEFAULT_SAVE_POINTS);

/** Redis's own points stand in files that nobody wrote for their sake: CONFIG REWRITE puts them there. */
function judgeSavePoints(points: readonly SavePoint[]): Concern {
  if (points.length === 0) return "none";
  return SAVE.same(points, DEFAULT_SAVE_POINTS) ? "warn" : "refuse";
}

export const SNAPSHOTS = {
  save: guards(SAVE, "the server takes no snapshots, and the data would be gone with the process", judgeSavePoints),
  dbfilename: pending(text("dump.rdb", { flags: ["protected"], check: checkDbFilename }), NO_FILES),
  rdbcompression: works(bool(true)),
  rdbchecksum: pending(bool(true, { flags: ["immutable"] }), NO_FILES),
  "rdb-del-sync-files": pending(bool(false), NO_FILES),
  "rdb-save-incremental-fsync": pending(bool(true), NO_FILES),
  "stop-writes-on-bgsave-error": pending(bool(true), NO_FILES),
  "sanitize-dump-payload": unneeded(
    oneOf(["no", "yes", "clients"], "no"),
    "RESTORE checks everything it is given, always",
  ),
  "rdb-key-save-delay": pending(integer(0, INT_MIN, INT_MAX, { flags: ["hidden"] }), NO_FILES),
  "key-load-delay": pending(integer(0, INT_MIN, INT_MAX, { flags: ["hidden"] }), NO_FILES),
  "loading-process-events-interval-bytes": pending(integer(2 * MB, 1024, INT_MAX, { flags: ["hidden"] }), NO_FILES),
};

export const APPEND_ONLY = {
  appendonly: guards(
    bool(false, { flags: ["denyLoading"] }),
    "the server writes no append-only file, and the data would be gone with the process",
  ),
  appendfilename: pending(text("appendonly.aof", { flags: ["immutable"], check: checkAppendFilename }), NO_FILES),
  appenddirname: pending(text("appendonlydir", { flags: ["immutable"], check: checkAppendDirname }), NO_FILES),
  appendfsync: pending(oneOf(["everysec", "always", "no"], "everysec"), NO_FILES),
  "no-appendfsync-on-rewrite": pending(bool(false), NO_FILES),
  "auto-aof-rewrite-percentage": pending(integer(100, 0, INT_MAX), NO_FILES),
  "auto-aof-rewrite-min-size": pending(memory(64 * MB, 0, LONG_MAX), NO_FILES),
  "aof-load-truncated": pending(bool(true), NO_FILES),
  "aof-use-rdb-preamble": pending(bool(true), NO_FILES),
  "aof-timestamp-enabled": pending(bool(false), NO_FILES),
  "aof-rewrite-incremental-fsync": pending(bool(true), NO_FILES),
  "aof-disable-auto-gc": pending(bool(false, { flags: ["hidden"] }), NO_FILES),
};
