/** Directives of snapshots and the append-only file. Read by directives.ts. */
import { checkAppendDirname, checkAppendFilename, checkDbFilename } from "../checks.js";
import { bool, integer, memory, oneOf, text } from "../kinds.js";
import { INT_MAX, INT_MIN, LONG_MAX } from "../numbers.js";
import { savePoints } from "../special-kinds.js";

const MB = 1024 ** 2;

export const SNAPSHOTS = {
  save: savePoints([
    { seconds: 3600, changes: 1 },
    { seconds: 300, changes: 100 },
    { seconds: 60, changes: 10000 },
  ]),
  dbfilename: text("dump.rdb", { flags: ["protected"], check: checkDbFilename }),
  rdbcompression: bool(true),
  rdbchecksum: bool(true, { flags: ["immutable"] }),
  "rdb-del-sync-files": bool(false),
  "rdb-save-incremental-fsync": bool(true),
  "stop-writes-on-bgsave-error": bool(true),
  "sanitize-dump-payload": oneOf(["no", "yes", "clients"], "no"),
  "rdb-key-save-delay": integer(0, INT_MIN, INT_MAX, { flags: ["hidden"] }),
  "key-load-delay": integer(0, INT_MIN, INT_MAX, { flags: ["hidden"] }),
  "loading-process-events-interval-bytes": integer(2 * MB, 1024, INT_MAX, { flags: ["hidden"] }),
};

export const APPEND_ONLY = {
  appendonly: bool(false, { flags: ["denyLoading"] }),
  appendfilename: text("appendonly.aof", { flags: ["immutable"], check: checkAppendFilename }),
  appenddirname: text("appendonlydir", { flags: ["immutable"], check: checkAppendDirname }),
  appendfsync: oneOf(["everysec", "always", "no"], "everysec"),
  "no-appendfsync-on-rewrite": bool(false),
  "auto-aof-rewrite-percentage": integer(100, 0, INT_MAX),
  "auto-aof-rewrite-min-size": memory(64 * MB, 0, LONG_MAX),
  "aof-load-truncated": bool(true),
  "aof-use-rdb-preamble": bool(true),
  "aof-timestamp-enabled": bool(false),
  "aof-rewrite-incremental-fsync": bool(true),
  "aof-disable-auto-gc": bool(false, { flags: ["hidden"] }),
};
