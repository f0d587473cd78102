/** LATENCY DOCTOR's report: what was slow, how much, and what may help. */
import type { CommandContext, LatencyEvent } from "../../context.js";

type Advice = (ctx: CommandContext) => string | null;

const threshold = (ctx: CommandContext): number => Number(ctx.server.config.text("latency-monitor-threshold"));
const slowlogThreshold = (ctx: CommandContext): number => Number(ctx.server.config.text("slowlog-log-slower-than"));

const enableSlowlog: Advice = (ctx) => {
  const off = slowlogThreshold(ctx) < 0 || ctx.server.config.text("slowlog-max-len") === "0";
  const wanted = threshold(ctx) * 1000;
  if (off)
    return `Some commands are slow. 'CONFIG SET slowlog-log-slower-than ${wanted}' makes the slow log tell which.`;
  if (slowlogThreshold(ctx) / 1000 <= threshold(ctx)) return null;
  return `The slow log sees only what is slower than the latency threshold. 'CONFIG SET slowlog-log-slower-than ${wanted}' aligns them.`;
};
const readSlowlog: Advice = () => "SLOWLOG GET tells which commands were slow.";
const avoidLarge: Advice = () =>
  "Deleting, expiring or evicting a large value takes long. Split large values, or use UNLINK and the lazyfree options.";
const freeTheSystem: Advice = () =>
  "Even fast commands were slow at times: the process did not get the processor. Lower the system's load, " +
  "look for noisy neighbours, and measure with 'redis-cli --intrinsic-latency 100'.";
const raiseHz: Advice = (ctx) =>
  Number(ctx.server.config.text("hz")) >= 100 ? null : "'CONFIG SET hz 100' makes expiry work in smaller slices.";
const avoidMassEviction: Advice = () =>
  "A sudden lack of memory (a lower maxmemory, a large value) makes the server evict many keys at once.";

const ADVICE: Readonly<Record<string, readonly Advice[]>> = {
  command: [enableSlowlog, readSlowlog, avoidLarge],
  "fast-command": [freeTheSystem],
  "expire-cycle": [raiseHz, avoidLarge],
  "eviction-del": [avoidLarge],
  "eviction-cycle": [avoidMassEviction],
};

export function diagnoseLatency(ctx: CommandContext): string {
  const { events } = ctx.server.latency;
  if (events.length === 0 && threshold(ctx) === 0) {
    return (
      "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. " +
      'You may use "CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it. ' +
      "If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n"
    );
  }
  if (events.length === 0) {
    return "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit.\n";
  }
  const nowSeconds = Math.floor(ctx.nowMs / 1000);
  const lines = events.map((event, i) => `${i + 1}. ${describe(event, nowSeconds)}\n`);
  const advice = new Set(events.flatMap(({ name }) => ADVICE[name] ?? []).flatMap((advise) => advise(ctx) ?? []));
  const intro =
    "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?";
  const outro =
    advice.size === 0
      ? "While there are latency events logged, I'm not able to suggest any easy fix."
      : `I have a few advices for you:\n\n${[...advice].map((line) => `- ${line}`).join("\n")}`;
  return `${intro}\n\n${lines.join("")}\n${outro}\n`;
}

function describe({ name, samples, maxMs }: LatencyEvent, nowSeconds: number): string {
  const count = samples.length;
  const average = samples.reduce((sum, [, ms]) => sum + ms, 0) / count;
  const deviation = samples.reduce((sum, [, ms]) => sum + Math.abs(ms - average), 0) / count;
  const period = Math.max(1, nowSeconds - (samples[0]?.[0] ?? nowSeconds));
  return (
    `${name}: ${count} latency spikes (average ${Math.floor(average)}ms, mean deviation ${Math.floor(deviation)}ms, ` +
    `period ${(period / count).toFixed(2)} sec). Worst all time event ${maxMs}ms.`
  );
}
