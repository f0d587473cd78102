/** INFO commandstats, errorstats and latencystats: what each command did, and each error code. */
import type { Server } from "../server.js";
import { type Field, safeName } from "./fields.js";

export function* commandStatsSection(server: Server): Generator<Field> {
  for (const command of server.registry.listAll()) {
    const { calls, rejectedCalls, failedCalls } = command;
    if (calls === 0 && rejectedCalls === 0 && failedCalls === 0) continue;
    const microseconds = Math.floor(command.microseconds);
    const average = calls === 0 ? 0 : command.microseconds / calls;
    yield [
      `cmdstat_${safeName(command.fullName)}`,
      `calls=${calls},usec=${microseconds},usec_per_call=${average.toFixed(2)}` +
        `,rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`,
    ];
  }
}

export function* errorStatsSection(server: Server): Generator<Field> {
  for (const [code, count] of [...server.stats.errorCodes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield [`errorstat_${safeName(code)}`, `count=${count}`];
  }
}

export function* latencyStatsSection(server: Server): Generator<Field> {
  const percentiles = server.config.source.values["latency-tracking-info-percentiles"];
  for (const { fullName, histogram } of server.registry.listAll()) {
    if (histogram === null) continue;
    const shown = percentiles.map((percent) => `p${percent}=${histogram.percentile(percent).toFixed(3)}`);
    yield [`latency_percentiles_usec_${safeName(fullName)}`, shown.join(",")];
  }
}
