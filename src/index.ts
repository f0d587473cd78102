/** The public API of the package: re-exports only. */

export type { Clock } from "./base/clock.js";
export { ConfigError } from "./config/config-error.js";
export { Daemon, DaemonError, type DaemonErrorCode, type DaemonOptions, JobError } from "./daemon/index.js";
export { type ConfigOptions, type OptionValue, PyRedis, type PyRedisOptions } from "./server/embedded.js";
export { ListenError } from "./server/listen-error.js";
export type { Logger, LogLevel } from "./server/logger.js";
