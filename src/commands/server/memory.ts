/** MEMORY: how much a key takes, where the server's memory is, and what may be wrong with it. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { keyword } from "../../resp/args.js";
import type { CommandContext, MemoryReport } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";
import { defineHelp } from "../help.js";

const SAMPLES = keyword("samples");
/** A key's share of its table: a tag and a handle, in a table that is two thirds full. */
const TABLE_BYTES_PER_KEY = 8;
const MB = 1024 ** 2;
const REPORT_TIPS = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"];

function define(spec: Pick<CommandSpec, "name" | "summary" | "arity" | "run"> & Partial<CommandSpec>): CommandSpec {
  return { group: "server", since: "4.0.0", complexity: "O(1)", ...spec };
}

const usage = define({
  name: "usage",
  complexity: "O(N) where N is the number of samples.",
  summary: "Estimates what a key and its value take.",
  arity: -3,
  flags: ["readonly"],
  keys: [keyAt(2, "RO")],
  args: [arg.key("key"), arg.optional(arg.integer("count", { token: "SAMPLES" }))],
  run(ctx, args, out) {
    for (let i = 3; i < args.count; i += 2) {
      if (!args.is(i, SAMPLES) || i + 1 === args.count) return out.error(ERR_SYNTAX);
      // Sizes are exact but for large tables, of which a part stands for all: never as few as a client may ask for.
      const samples = args.readInteger(i + 1);
      if (Number.isNaN(samples)) return out.error(ERR_NOT_INTEGER);
      if (samples < 0) return out.error(ERR_SYNTAX);
    }
    // As in Redis, a key whose time has passed is there until something else deletes it.
    const record = ctx.db.findRaw(args.view, args.start(2), args.byteLength(2));
    if (record === NO_ENTRY) return out.nil();
    const tables = ctx.keyspace.records.hasDeadline(record) ? 2 : 1;
    out.integer(ctx.keyspace.sizeOf(record) + tables * TABLE_BYTES_PER_KEY);
  },
});

const stats = define({
  name: "stats",
  summary: "Lists where the server's memory is.",
  arity: 2,
  tips: REPORT_TIPS,
  run(ctx, _args, out) {
    const report = ctx.server.memory();
    const entries: [name: string, reply: () => void][] = [];
    const integer = (name: string, value: number): void => void entries.push([name, () => out.integer(value)]);
    const double = (name: string, value: number): void => void entries.push([name, () => out.double(value)]);
    integer("peak.allocated", report.peak);
    integer("total.allocated", report.total);
    integer("startup.allocated", report.startup);
    integer("replication.backlog", 0);
    integer("clients.slaves", 0);
    integer("clients.normal", report.clients);
    integer("cluster.links", 0);
    integer("aof.buffer", 0);
    integer("lua.caches", 0);
    integer("functions.caches", 0);
    for (const db of report.databases) {
      entries.push([
        `db.${db.id}`,
        () => {
          out.map(2);
          out.bulkText("overhead.hashtable.main");
          out.integer(db.keyTableBytes);
          out.bulkText("overhead.hashtable.expires");
          out.integer(db.expiryTableBytes);
        },
      ]);
    }
    integer("overhead.db.hashtable.lut", report.directoryBytes);
    integer("overhead.db.hashtable.rehashing", 0);
    integer("overhead.total", report.overhead);
    integer("db.dict.rehashing.count", 0);
    integer("keys.count", report.keys);
    integer("keys.bytes-per-key", report.bytesPerKey);
    integer("dataset.bytes", report.dataset);
    double("dataset.percentage", report.datasetPercent);
    double("peak.percentage", report.peakPercent);
    integer("allocator.allocated", report.allocated);
    integer("allocator.active", report.active);
    integer("allocator.resident", report.resident);
    integer("allocator.muzzy", 0);
    double("allocator-fragmentation.ratio", ratio(report.active, report.allocated));
    integer("allocator-fragmentation.bytes", report.active - report.allocated);
    double("allocator-rss.ratio", ratio(report.resident, report.active));
    integer("allocator-rss.bytes", report.resident - report.active);
    double("rss-overhead.ratio", ratio(report.rss, report.resident));
    integer("rss-overhead.bytes", report.rss - report.resident);
    double("fragmentation", ratio(report.rss, report.total));
    integer("fragmentation.bytes", report.rss - report.total);
    out.map(entries.length);
    for (const [name, reply] of entries) {
      out.bulkText(name);
      reply();
    }
  },
});

function ratio(value: number, by: number): number {
  return by === 0 ? 0 : value / by;
}

function diagnose(ctx: CommandContext, report: MemoryReport): string {
  if (report.total < 5 * MB) {
    return (
      "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these " +
      "conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to " +
      "our programming as soon as I finished rebooting.\n"
    );
  }
  const { total, rss, allocated, active, resident } = report;
  const issues: string[] = [];
  const over = (value: number, by: number, factor: number): boolean => value > by * factor && value - by > 10 * MB;
  if (report.peak > total * 1.5) {
    issues.push(
      "Peak memory: at its peak the server used half as much again as now. What was freed goes back to the system within seconds.",
    );
  }
  if (over(active, allocated, 1.1)) {
    issues.push(
      "High allocator fragmentation: pages are partly empty. New values of the same sizes fill them again; with " +
        "activedefrag, values move together.",
    );
  }
  if (over(resident, active, 1.1)) {
    issues.push(
      "High allocator RSS overhead: many pages are free. They go back once they lie idle; MEMORY PURGE does not wait.",
    );
  }
  if (over(rss, resident, 1.1)) {
    issues.push("High process RSS overhead: much memory is not data but the runtime's (its heap, code, buffers).");
  }
  if (report.clients / Math.max(1, ctx.server.sessions.count) > 200 * 1024) {
    issues.push("Big client buffers: clients take more than 200 KB each on average. CLIENT LIST tells which.");
  }
  if (issues.length === 0) {
    return "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n";
  }
  const list = issues.map((issue) => ` * ${issue}\n\n`).join("");
  return `Sam, I detected a few issues in this Redis instance memory implants:\n\n${list}I'm here to keep you safe, Sam. I want to help you.\n`;
}

const doctor = define({
  name: "doctor",
  summary: "Tells what may be wrong with the memory.",
  arity: 2,
  tips: REPORT_TIPS,
  run: (ctx, _args, out) => out.verbatim("txt", diagnose(ctx, ctx.server.memory())),
});

const mallocStats = define({
  name: "malloc-stats",
  complexity: "Depends on how much memory is allocated, could be slow",
  summary: "Shows the allocator's own figures.",
  arity: 2,
  tips: REPORT_TIPS,
  run(ctx, _args, out) {
    const { arena } = ctx.keyspace;
    const lines = [
      "___ Begin pyredis arena statistics ___",
      `Blocks: ${arena.blockCount}, bytes: ${arena.usedBytes}`,
      `Pages in use, bytes: ${arena.pageBytes}`,
      `Free pages not given back, bytes: ${arena.freeResidentBytes}`,
      `Free pages can be given back one by one: ${arena.release.canRelease ? "yes" : "no"}`,
      `Slabs being emptied: ${arena.evacuation.pending}`,
      `Windows of 1 GiB: ${arena.windows.length}`,
      "--- End pyredis arena statistics ---",
    ];
    out.verbatim("txt", `${lines.join("\n")}\n`);
  },
});

const purge = define({
  name: "purge",
  complexity: "Depends on how much memory is allocated, could be slow",
  summary: "Asks the allocator to give memory back.",
  arity: 2,
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  run(ctx, _args, out) {
    ctx.server.purgeMemory();
    out.ok();
  },
});

const HELP = [
  "DOCTOR",
  "    Return memory problems reports.",
  "MALLOC-STATS",
  "    Return internal statistics report from the memory allocator.",
  "PURGE",
  "    Attempt to purge dirty pages for reclamation by the allocator.",
  "STATS",
  "    Return information about the memory usage of the server.",
  "USAGE <key> [SAMPLES <count>]",
  "    Return memory in bytes used by <key> and its value. Nested values are",
  "    sampled up to <count> times (default: 5, 0 means sample all).",
];

export const memory = defineCommand({
  name: "memory",
  group: "server",
  since: "4.0.0",
  complexity: "Depends on subcommand.",
  summary: "Shows where memory goes.",
  arity: -2,
  subcommands: [
    doctor,
    mallocStats,
    purge,
    stats,
    usage,
    defineHelp("memory", HELP, { group: "server", since: "4.0.0" }),
  ],
});
