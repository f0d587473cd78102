// The figures as tables, in Markdown that also reads well on a terminal. main.ts prints them and writes them to a file.

import type { ReturnRun } from "./memory-return.js";
import type { PublishRun } from "./publish.js";
import type { PingLatency, StallResult } from "./stall.js";
import { type Summary, summarize } from "./statistics.js";
import type { TailRun } from "./tails.js";
import type { ThroughputRun } from "./throughput.js";

export const MISSING = "n/a";

export interface MemoryRun {
  readonly item: string;
  readonly server: string;
  readonly bytes: number | undefined;
}

export interface Results {
  readonly servers: readonly [subject: string, reference: string];
  readonly throughput: readonly ThroughputRun[];
  readonly memory: readonly MemoryRun[];
  readonly heapGrowth: Readonly<Record<string, readonly (number | undefined)[]>>;
  readonly publish: readonly PublishRun[];
  readonly tails: readonly TailRun[];
  readonly returned: readonly ReturnRun[];
  readonly stall: Readonly<Record<string, StallResult | undefined>>;
}

export function throughputTable({ servers: [subject, reference], throughput }: Results): string {
  const rows: string[][] = [];
  const cases = new Map(throughput.map((run) => [`${run.command} ${run.pipeline}`, run]));
  for (const { command, pipeline } of cases.values()) {
    const pick = (server: string, figure: (run: ThroughputRun) => number | undefined): Summary | undefined => {
      const runs = throughput.filter((run) => run.command === command && run.pipeline === pipeline);
      return summarize(runs.filter((run) => run.server === server).map(figure));
    };
    const cpu = (run: ThroughputRun): number | undefined =>
      run.userUs === undefined || run.systemUs === undefined ? undefined : run.userUs + run.systemUs;
    const cpuText = (server: string): string => {
      const [all, user, system] = [cpu, (r: ThroughputRun) => r.userUs, (r: ThroughputRun) => r.systemUs].map(
        (figure) => pick(server, figure),
      );
      return `${middle(all, 2)} (${middle(user, 2)} + ${middle(system, 2)})`;
    };
    const rate = (run: ThroughputRun): number => run.requestsPerSecond / 1_000;
    const p99 = (run: ThroughputRun): number => run.p99Ms;
    rows.push([
      command,
      String(pipeline),
      cpuText(subject),
      cpuText(reference),
      ratio(pick(subject, cpu), pick(reference, cpu)),
      range(pick(subject, rate), 0),
      range(pick(reference, rate), 0),
      ratio(pick(subject, rate), pick(reference, rate)),
      range(pick(subject, p99), 2),
      range(pick(reference, p99), 2),
    ]);
  }
  // redis-benchmark is the slower side of many rows: what decides comes first.
  const cpu = ["CPU µs/req (user + sys)", `${reference}, CPU`, "ratio"];
  const rate = [`${subject}, k req/s`, `${reference}, k req/s`, "ratio"];
  return table(["command", "P", ...cpu, ...rate, "p99 ms", `${reference}, p99`], rows);
}

export function memoryTable({ servers, memory, heapGrowth }: Results): string {
  const [subject, reference] = servers;
  const rows: string[][] = [];
  for (const item of new Set(memory.map((run) => run.item))) {
    const pick = (server: string): Summary | undefined =>
      summarize(memory.filter((run) => run.item === item && run.server === server).map(({ bytes }) => bytes));
    const [a, b] = [pick(subject), pick(reference)];
    rows.push([`bytes per ${item}, RSS`, range(a, 0), range(b, 0), ratio(a, b)]);
  }
  if (Object.keys(heapGrowth).length > 0) {
    const growth = (server: string): Summary | undefined =>
      summarize((heapGrowth[server] ?? []).map((bytes) => (bytes === undefined ? undefined : bytes / 1024)));
    rows.push(["JS heap growth per 1 M GET, KiB", range(growth(subject), 1), range(growth(reference), 1), MISSING]);
  }
  return table(["memory", subject, reference, "ratio"], rows);
}

export function stallTable({ servers, stall }: Results): string {
  const rows = servers.map((server) => {
    const result = stall[server];
    const latency = (value: PingLatency | undefined): string[] =>
      value === undefined ? [MISSING, MISSING] : [value.maxMs.toFixed(2), value.p999Ms.toFixed(2)];
    const inserts = result === undefined ? MISSING : (result.insertsPerSecond / 1_000).toFixed(0);
    return [server, ...latency(result?.loaded), ...latency(result?.idle), inserts];
  });
  const head = [
    "PING during the load of many keys",
    "longest, ms",
    "p99.9, ms",
    "idle: longest, ms",
    "idle: p99.9, ms",
  ];
  return table([...head, "k inserts/s"], rows);
}

export function returnTable({ returned }: Results): string {
  const mb = (bytes: number | undefined): string => (bytes === undefined ? MISSING : (bytes / 1e6).toFixed(0));
  const rows = returned.map(({ server, activeDefrag, empty, full, left, used, flushed, unread, gone }) => {
    const grown = left === undefined || empty === undefined || used === undefined ? null : (left - empty) / used;
    const sizes = [mb(empty), mb(full), mb(left), mb(used), grown === null ? MISSING : grown.toFixed(2)];
    return [`${server}, activedefrag ${activeDefrag ? "yes" : "no"}`, ...sizes, mb(flushed), mb(unread), mb(gone)];
  });
  const head = ["RSS, MB", "empty", "full", "10 % left", "used_memory", "grown / used", "flushed", "unread", "gone"];
  return table(head, rows);
}

export function publishTable({ servers: [subject, reference], publish }: Results): string {
  const cases = new Map(publish.map((run) => [`${run.subscribers} ${run.pipeline}`, run]));
  const rows = [...cases.values()].map(({ subscribers, pipeline }) => {
    const pick = (server: string, figure: (run: PublishRun) => number | undefined): Summary | undefined => {
      const runs = publish.filter((run) => run.subscribers === subscribers && run.pipeline === pipeline);
      return summarize(runs.filter((run) => run.server === server).map(figure));
    };
    const rate = (run: PublishRun): number => run.messagesPerSecond / 1_000;
    const cpu = (run: PublishRun): number | undefined =>
      run.userUs === undefined || run.systemUs === undefined ? undefined : run.userUs + run.systemUs;
    return [
      String(subscribers),
      String(pipeline),
      range(pick(subject, cpu), 2),
      range(pick(reference, cpu), 2),
      ratio(pick(subject, cpu), pick(reference, cpu)),
      range(pick(subject, rate), 1),
      range(pick(reference, rate), 1),
    ];
  });
  const head = ["subscribers", "P", `${subject}, CPU µs/message`, `${reference}, CPU`, "ratio"];
  return table([...head, `${subject}, k messages/s`, reference], rows);
}

export function tailsTable({ servers: [subject, reference], tails }: Results): string {
  const rows = [...new Set(tails.map(({ name }) => name))].map((name) => {
    const pick = (server: string): TailRun | undefined =>
      tails.find((run) => run.name === name && run.server === server);
    const [a, b] = [pick(subject), pick(reference)];
    const ms = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? MISSING;
    return [
      name,
      ms(a?.cpuMs, 0),
      ms(b?.cpuMs, 0),
      ms(a?.ping.p999Ms, 2),
      ms(b?.ping.p999Ms, 2),
      ms(a?.ping.maxMs, 2),
      ms(b?.ping.maxMs, 2),
    ];
  });
  const head = [
    "PING beside",
    `${subject}, CPU ms`,
    `${reference}, CPU`,
    `${subject}, p99.9 ms`,
    `${reference}, p99.9`,
  ];
  return table([...head, `${subject}, longest ms`, `${reference}, longest`], rows);
}

function middle(summary: Summary | undefined, digits: number): string {
  return summary === undefined ? MISSING : summary.median.toFixed(digits);
}

function range(summary: Summary | undefined, digits: number): string {
  if (summary === undefined) return MISSING;
  const { median, min, max } = summary;
  return `${median.toFixed(digits)} (${min.toFixed(digits)} – ${max.toFixed(digits)})`;
}

function ratio(a: Summary | undefined, b: Summary | undefined): string {
  return a === undefined || b === undefined || b.median === 0 ? MISSING : (a.median / b.median).toFixed(2);
}

/** Markdown with the columns padded, so that a terminal shows them straight. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
