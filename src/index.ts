/** The public API of the package: re-exports only. */
export { Daemon } from "./daemon/index.js";
export { PyRedis, type PyRedisOptions } from "./server/embedded.js";
