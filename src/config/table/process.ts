/** Directives of the process, its logs, its diagnostics and its users. Read by directives.ts. */
import { checkLocale, checkProcTitle, checkShutdownFlags } from "../checks.js";
import { guards, pending, unneeded, works } from "../effect.js";
import { anyOf, bool, integer, oneOf, optionalBytes, optionalText, text } from "../kinds.js";
import { INT_MAX, LONG_MAX } from "../numbers.js";
import { directory, oomScores, percentiles } from "../special-kinds.js";

const MIN_HZ = 1;
const MAX_HZ = 500;
const PROTECTED_ACTIONS = ["no", "yes", "local"] as const;
const SHUTDOWN_FLAGS = ["save", "nosave", "now", "force"] as const;

const NO_USERS = "the server knows no users but 'default'";
const NO_CPULIST = "the server does not choose its processors (taskset does)";

export const PROCESS = {
  daemonize: works(bool(false, { flags: ["immutable"] })),
  supervised: works(oneOf(["upstart", "systemd", "auto", "no"], "no", { flags: ["immutable"] })),
  pidfile: works(optionalText({ flags: ["immutable"] })),
  dir: works(directory({ flags: ["protected", "denyLoading", "alwaysApply"] })),
  "set-proc-title": works(bool(true, { flags: ["immutable"] })),
  "proc-title-template": works(text("{title} {listen-addr} {server-mode}", { check: checkProcTitle })),
  "locale-collate": works(text("", { check: checkLocale })),
  "always-show-logo": works(bool(false, { flags: ["immutable"] })),
  "ignore-warnings": unneeded(text(""), "the server has no warnings of that kind"),
  "disable-thp": unneeded(
    bool(true, { flags: ["immutable"] }),
    "the server leaves the huge pages of the system as they are",
  ),
  "oom-score-adj": works(oneOf(["no", "yes", "relative", "absolute"], "no", { synonyms: { relative: "yes" } })),
  "oom-score-adj-values": works(oomScores([0, 200, 800])),
  "server-cpulist": pending(optionalText({ aliases: ["server_cpulist"], flags: ["immutable"] }), NO_CPULIST),
  "bio-cpulist": pending(optionalText({ aliases: ["bio_cpulist"], flags: ["immutable"] }), NO_CPULIST),
  "aof-rewrite-cpulist": pending(optionalText({ aliases: ["aof_rewrite_cpulist"], flags: ["immutable"] }), NO_CPULIST),
  "bgsave-cpulist": pending(optionalText({ aliases: ["bgsave_cpulist"], flags: ["immutable"] }), NO_CPULIST),
  "shutdown-timeout": pending(integer(10, 0, INT_MAX), "the server has no replicas to wait for"),
  "shutdown-on-sigint": works(anyOf("default", SHUTDOWN_FLAGS, { check: checkShutdownFlags })),
  "shutdown-on-sigterm": works(anyOf("default", SHUTDOWN_FLAGS, { check: checkShutdownFlags })),
  hz: works(integer(10, 0, INT_MAX, { clamp: (value) => Math.min(Math.max(value, MIN_HZ), MAX_HZ) })),
  "dynamic-hz": works(bool(true)),
};

export const LOGGING = {
  loglevel: works(oneOf(["debug", "verbose", "notice", "warning", "nothing"], "notice")),
  logfile: works(text("", { flags: ["immutable"] })),
  "syslog-enabled": works(bool(false, { flags: ["immutable"] })),
  "syslog-ident": works(text("redis", { flags: ["immutable"] })),
  "syslog-facility": works(
    oneOf(["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"], "local0", {
      flags: ["immutable"],
    }),
  ),
  "hide-user-data-from-log": works(bool(false)),
  "crash-log-enabled": works(bool(true)),
  "crash-memcheck-enabled": unneeded(bool(true), "a crash report comes without a memory test"),
  "use-exit-on-panic": works(bool(false, { flags: ["hidden"] })),
  "watchdog-period": pending(integer(0, 0, INT_MAX, { flags: ["hidden"] }), "the server has no watchdog of its own"),
  "slowlog-log-slower-than": works(integer(10000, -1, LONG_MAX)),
  "slowlog-max-len": works(integer(128, 0, LONG_MAX)),
  "latency-monitor-threshold": works(integer(0, 0, LONG_MAX)),
  "latency-tracking": works(bool(true)),
  "latency-tracking-info-percentiles": works(percentiles([50, 99, 99.9])),
};

export const SECURITY = {
  requirepass: works(optionalBytes({ flags: ["sensitive"] })),
  aclfile: guards(
    text("", { flags: ["immutable"] }),
    "the server knows no users but 'default', and everybody could do everything",
  ),
  "acl-pubsub-default": pending(oneOf(["allchannels", "resetchannels"], "resetchannels"), NO_USERS),
  "acllog-max-len": pending(integer(128, 0, LONG_MAX), NO_USERS),
  "enable-protected-configs": works(oneOf(PROTECTED_ACTIONS, "no", { flags: ["immutable"] })),
  "enable-debug-command": works(oneOf(PROTECTED_ACTIONS, "no", { flags: ["immutable"] })),
  "enable-module-command": pending(
    oneOf(PROTECTED_ACTIONS, "no", { flags: ["immutable"] }),
    "the server loads no modules",
  ),
};
