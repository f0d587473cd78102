// The public face of pyredis/daemon. Imports nothing of the server: this is a library for any program.

export { nativeProblem } from "../native/addon.js";
export { type CliOptions, runDaemonCli } from "./command-line.js";
export type { Confinement, Limit, LimitName } from "./confine.js";
export type { StartOptions } from "./controller.js";
export { Daemon, type RestartOptions } from "./daemon.js";
export { DaemonError, type DaemonErrorCode, isPermissionError, toDaemonError } from "./errors.js";
export { ERROR_CODES, STATUS_CODES } from "./exit-codes.js";
export { type ForegroundInstance, holdInForeground } from "./foreground.js";
export { peekHandoff } from "./handoff.js";
export { instanceName } from "./instance/claim.js";
export {
  type InstanceState,
  type InstanceStatus,
  inspectInstance,
  type StopOptions,
  type StopResult,
  signalInstance,
  stopInstance,
} from "./instance/inspect.js";
export { type Command, type LaunchRecord, readLaunchRecord } from "./instance/launch-record.js";
export { type ListedInstance, listDaemons, listInstances, type RunningDaemon } from "./instance/list.js";
export type { ProcessIdentity } from "./instance/process-identity.js";
export type { InstanceEnd, Watcher } from "./instance/state-file.js";
export type { Job, JobCallbacks, JobOptions } from "./job.js";
export { JobError, type JobPlace } from "./job-outcome.js";
export type { StartResult } from "./launcher.js";
export type { DaemonContext, DaemonSelf, ReadyDetails, SignalAction, SignalMap } from "./life.js";
export { type ListenFd, takeListenFds } from "./listen-fds.js";
export { type LogOptions, type LogWriter, readLog } from "./log-file.js";
export { inheritedNodeOptions } from "./node-program.js";
export { Notifier } from "./notifier.js";
export type { DaemonOptions } from "./options.js";
export { logDirectory, runDirectory } from "./places.js";
export { asCalled, currentDirectory, nodeAsCalled, scriptAsCalled } from "./program.js";
export { detectServiceManager, type ServiceManager } from "./service-manager.js";
export type { SupervisePolicy } from "./supervisor.js";
export { type LogFacility, type LogPriority, SystemLog, type SystemLogOptions } from "./system-log.js";
