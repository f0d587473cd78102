// The public face of pyredis/daemon. Imports nothing of the server: this is a library for any program.
export { Daemon, type DaemonOptions, type ReadyDetails } from "./daemon.js";
export { DaemonError, type DaemonErrorCode } from "./errors.js";
export { peekHandoff } from "./handoff.js";
export {
  type InstanceState,
  type InstanceStatus,
  inspectInstance,
  type StopOptions,
  type StopResult,
  stopInstance,
} from "./instance.js";
export { type Command, type LaunchRecord, readLaunchRecord } from "./launch-record.js";
export type { StartResult } from "./launcher.js";
export { type LogOptions, type LogWriter, readLog } from "./log-file.js";
export type { ProcessIdentity } from "./process-identity.js";
