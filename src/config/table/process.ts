/** Directives of the process, its logs, its diagnostics and its users. Read by directives.ts. */
import { checkProcTitle, checkShutdownFlags } from "../checks.js";
import { anyOf, bool, integer, oneOf, optionalBytes, optionalText, text } from "../kinds.js";
import { INT_MAX, LONG_MAX } from "../numbers.js";
import { directory, oomScores, percentiles } from "../special-kinds.js";

const MIN_HZ = 1;
const MAX_HZ = 500;
const PROTECTED_ACTIONS = ["no", "yes", "local"] as const;
const SHUTDOWN_FLAGS = ["save", "nosave", "now", "force"] as const;

export const PROCESS = {
  daemonize: bool(false, { flags: ["immutable"] }),
  supervised: oneOf(["upstart", "systemd", "auto", "no"], "no", { flags: ["immutable"] }),
  pidfile: optionalText({ flags: ["immutable"] }),
  dir: directory({ flags: ["protected", "denyLoading", "alwaysApply"] }),
  "set-proc-title": bool(true, { flags: ["immutable"] }),
  "proc-title-template": text("{title} {listen-addr} {server-mode}", { check: checkProcTitle }),
  "locale-collate": text(""),
  "always-show-logo": bool(false, { flags: ["immutable"] }),
  "ignore-warnings": text(""),
  "disable-thp": bool(true, { flags: ["immutable"] }),
  "oom-score-adj": oneOf(["no", "yes", "relative", "absolute"], "no", { synonyms: { relative: "yes" } }),
  "oom-score-adj-values": oomScores([0, 200, 800]),
  "server-cpulist": optionalText({ aliases: ["server_cpulist"], flags: ["immutable"] }),
  "bio-cpulist": optionalText({ aliases: ["bio_cpulist"], flags: ["immutable"] }),
  "aof-rewrite-cpulist": optionalText({ aliases: ["aof_rewrite_cpulist"], flags: ["immutable"] }),
  "bgsave-cpulist": optionalText({ aliases: ["bgsave_cpulist"], flags: ["immutable"] }),
  "shutdown-timeout": integer(10, 0, INT_MAX),
  "shutdown-on-sigint": anyOf("default", SHUTDOWN_FLAGS, { check: checkShutdownFlags }),
  "shutdown-on-sigterm": anyOf("default", SHUTDOWN_FLAGS, { check: checkShutdownFlags }),
  hz: integer(10, 0, INT_MAX, { clamp: (value) => Math.min(Math.max(value, MIN_HZ), MAX_HZ) }),
  "dynamic-hz": bool(true),
};

export const LOGGING = {
  loglevel: oneOf(["debug", "verbose", "notice", "warning", "nothing"], "notice"),
  logfile: text("", { flags: ["immutable"] }),
  "syslog-enabled": bool(false, { flags: ["immutable"] }),
  "syslog-ident": text("redis", { flags: ["immutable"] }),
  "syslog-facility": oneOf(
    ["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
    "local0",
    { flags: ["immutable"] },
  ),
  "hide-user-data-from-log": bool(false),
  "crash-log-enabled": bool(true),
  "crash-memcheck-enabled": bool(true),
  "use-exit-on-panic": bool(false, { flags: ["hidden"] }),
  "watchdog-period": integer(0, 0, INT_MAX, { flags: ["hidden"] }),
  "slowlog-log-slower-than": integer(10000, -1, LONG_MAX),
  "slowlog-max-len": integer(128, 0, LONG_MAX),
  "latency-monitor-threshold": integer(0, 0, LONG_MAX),
  "latency-tracking": bool(true),
  "latency-tracking-info-percentiles": percentiles([50, 99, 99.9]),
};

export const SECURITY = {
  requirepass: optionalBytes({ flags: ["sensitive"] }),
  aclfile: text("", { flags: ["immutable"] }),
  "acl-pubsub-default": oneOf(["allchannels", "resetchannels"], "resetchannels"),
  "acllog-max-len": integer(128, 0, LONG_MAX),
  "enable-protected-configs": oneOf(PROTECTED_ACTIONS, "no", { flags: ["immutable"] }),
  "enable-debug-command": oneOf(PROTECTED_ACTIONS, "no", { flags: ["immutable"] }),
  "enable-module-command": oneOf(PROTECTED_ACTIONS, "no", { flags: ["immutable"] }),
};
