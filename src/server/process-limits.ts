/**
 * What the system grants the process, as far as the configuration speaks of it: open files (`maxclients`) and the
 * out-of-memory score. Called by main.ts: an embedded server leaves its process alone.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Config } from "../config/config.js";
import { errorText } from "../config/io.js";
import type { Logger } from "./logger.js";

/** Files that the server needs besides its clients. */
const RESERVED_FILES = 32;
const OOM_SCORE = "/proc/self/oom_score_adj";
const OOM_SCORE_MAX = 1000;

/** The soft limit of open files, which Node has raised to the hard one; null where the system does not tell. */
function readFileLimit(): number | null {
  try {
    const line = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "latin1"));
    const limit = Number(line?.[1]);
    return Number.isNaN(limit) ? null : limit;
  } catch {
    return null;
  }
}

/** Lowers `maxclients` to what the open files allow; a later CONFIG SET beyond that is refused. */
export function followFileLimit(config: Config, log: Logger): void {
  const limit = readFileLimit();
  if (limit === null) return;
  const most = Math.max(1, limit - RESERVED_FILES);
  const wanted = config.values.maxclients;
  if (wanted > most) {
    log(
      "warning",
      `You requested maxclients of ${wanted} requiring at least ${wanted + RESERVED_FILES} max file descriptors.`,
    );
    log(
      "warning",
      `Current maximum open files is ${limit}. maxclients has been reduced to ${most} to compensate for low ulimit. ` +
        "If you need higher maxclients increase 'ulimit -n'.",
    );
    config.assign("maxclients", most);
  }
  config.onApply(["maxclients"], ({ values }) =>
    values.maxclients > most
      ? `The operating system is not able to handle the specified number of clients, try with ${most}`
      : null,
  );
}

/** Keeps the process's out-of-memory score as `oom-score-adj` says; "no" leaves or restores the system's own. */
export function followOomScore(config: Config, log: Logger): void {
  let base: number | null = null;
  const apply = ({ values }: Config): string | null => {
    const mode = values["oom-score-adj"];
    if (mode === "no" && base === null) return null;
    try {
      base ??= Number.parseInt(readFileSync(OOM_SCORE, "latin1"), 10);
      const own = values["oom-score-adj-values"][0] ?? 0;
      const score = mode === "no" ? base : mode === "absolute" ? own : base + own;
      writeFileSync(OOM_SCORE, `${Math.min(Math.max(score, -OOM_SCORE_MAX), OOM_SCORE_MAX)}\n`);
      if (mode === "no") base = null;
      return null;
    } catch (error) {
      log("warning", `Unable to write oom_score_adj: ${errorText(error)}`);
      return "Failed to set current oom_score_adj. Check server logs.";
    }
  };
  apply(config);
  config.onApply(["oom-score-adj", "oom-score-adj-values"], apply);
}
