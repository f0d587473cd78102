// Owns what an action on several daemons at once comes to: one result for all, with each one's own in it. Called by
// daemon.ts for `instances`.
import type { Controller } from "./controller.js";
import { DaemonError } from "./errors.js";
import type { InstanceState, InstanceStatus, StopResult } from "./instance/inspect.js";
import type { StartResult } from "./launcher.js";

/** So many starts at once: each is a boot of Node, and its time-out runs. */
const MOST_AT_ONCE = 8;

async function mapInTurns<T, R>(
  items: readonly T[],
  turn: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  for (let i = 0; i < items.length; i += MOST_AT_ONCE) {
    results.push(...(await Promise.allSettled(items.slice(i, i + MOST_AT_ONCE).map(turn))));
  }
  return results;
}

function nameFailure(error: unknown, instance: number | undefined): unknown {
  if (!(error instanceof DaemonError)) return error;
  return new DaemonError(error.code, `instance ${instance}: ${error.message}`, error.pid, error.log);
}

function isRunningAlready(result: PromiseSettledResult<StartResult>): boolean {
  return (
    result.status === "rejected" && result.reason instanceof DaemonError && result.reason.code === "already-running"
  );
}

/**
 * Starts what does not run. All or none: if one of them fails, those that this call has started are stopped, and its
 * error is thrown. That all run is `already-running`.
 */
export async function startFleet(
  members: readonly Controller[],
  start: (member: Controller) => Promise<StartResult>,
): Promise<StartResult> {
  const results = await mapInTurns(members, start);
  const started = new Map<Controller, StartResult>();
  let failure: unknown;
  let isAnyNew = false;
  for (const [i, result] of results.entries()) {
    const member = members[i];
    if (member === undefined) continue;
    if (result.status === "fulfilled") {
      started.set(member, result.value);
      isAnyNew = true;
    } else if (!isRunningAlready(result)) {
      failure ??= nameFailure(result.reason, member.instance);
    }
  }
  if (failure === undefined && !isAnyNew) {
    throw new DaemonError("already-running", `all ${members.length} instances are running already`);
  }
  if (failure !== undefined) {
    await Promise.allSettled([...started.keys()].map((member) => member.stop({ force: true })));
    throw failure;
  }
  const instances = members.map((member) => started.get(member) ?? describeRunning(member));
  const [first] = instances;
  const addresses = instances.flatMap((instance) => instance.addresses);
  return { pid: first?.pid ?? 0, addresses, logFile: first?.logFile ?? "", instances };
}

function describeRunning(member: Controller): StartResult {
  const { identity, addresses, logFile } = member.status();
  return { pid: identity?.pid ?? 0, addresses, logFile };
}

/** Each in its turn: while one restarts the others work. */
export async function restartFleet(
  members: readonly Controller[],
  restart: (member: Controller) => Promise<StartResult>,
): Promise<StartResult> {
  const instances: StartResult[] = [];
  for (const member of members) {
    try {
      instances.push(await restart(member));
    } catch (error) {
      throw nameFailure(error, member.instance);
    }
  }
  const [first] = instances;
  const addresses = instances.flatMap((instance) => instance.addresses);
  return { pid: first?.pid ?? 0, addresses, logFile: first?.logFile ?? "", instances };
}

/** All at once; the worst outcome is that of all. What fails to stop is told when the others have ended. */
export async function stopFleet(
  members: readonly Controller[],
  stop: (member: Controller) => Promise<StopResult>,
): Promise<StopResult> {
  const results = await Promise.allSettled(members.map(stop));
  const instances: StopResult[] = [];
  for (const [i, result] of results.entries()) {
    if (result.status === "rejected") throw nameFailure(result.reason, members[i]?.instance);
    instances.push(result.value);
  }
  const worst = (["killed", "stopped"] as const).find((outcome) => instances.some((it) => it.outcome === outcome));
  const first = instances.find((it) => it.pid !== undefined);
  const result: StopResult = { outcome: worst ?? "not-running", instances };
  return first?.pid === undefined ? result : { ...result, pid: first.pid };
}

/** Running only if all are, stopped only if all are; else what the worst is. */
export function describeFleet(members: readonly Controller[]): InstanceStatus {
  const instances = members.map((member) => member.status());
  const running = instances.filter(({ state }) => state === "running");
  const has = (state: InstanceState): boolean => instances.some((it) => it.state === state);
  const all = (state: InstanceState): boolean => instances.every((it) => it.state === state);
  let state: InstanceState = "dead";
  if (all("running")) state = "running";
  else if (all("stopped")) state = "stopped";
  else if (has("unknown")) state = "unknown";
  else if (has("starting") && !has("dead") && !has("stopped")) state = "starting";
  const others = instances.flatMap((it, i) =>
    it.state === "running" ? [] : [`${members[i]?.instance} is ${it.state}`],
  );
  const reason =
    all("running") || all("stopped") ? "" : `${running.length} of ${instances.length} run: ${others.join(", ")}`;
  const addresses = instances.flatMap((it) => it.addresses);
  const [first] = instances;
  if (first === undefined) throw new Error("a fleet has members");
  const { identity: _, ...rest } = first;
  const whole: InstanceStatus = { ...rest, state, reason, addresses, instances };
  const identity = running[0]?.identity;
  return identity === undefined ? whole : { ...whole, identity };
}
