/** LATENCY: the events of server/latency-monitor.ts, and the histograms of commands. */
import type { ReplyWriter } from "../../../resp/reply-writer.js";
import type { Command } from "../../command.js";
import { arg, type CommandFlag, type CommandSpec, defineCommand } from "../../define.js";
import { defineHelp } from "../../help.js";
import { NAME_MAX_BYTES } from "../../registry.js";
import { diagnoseLatency } from "./doctor.js";
import { drawLatency } from "./graph.js";

const FLAGS: readonly CommandFlag[] = ["admin", "noscript", "loading", "stale"];
const REPORT_TIPS = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"];

function define(spec: Pick<CommandSpec, "name" | "summary" | "arity" | "run"> & Partial<CommandSpec>): CommandSpec {
  return { group: "server", since: "2.8.13", complexity: "O(1)", flags: FLAGS, tips: REPORT_TIPS, ...spec };
}

const doctor = define({
  name: "doctor",
  summary: "Explains what was slow, and what may help.",
  arity: 2,
  run: (ctx, _args, out) => out.verbatim("txt", diagnoseLatency(ctx)),
});

const graph = define({
  name: "graph",
  summary: "Draws the samples of an event.",
  arity: 3,
  args: [arg.string("event")],
  run(ctx, args, out) {
    const event = ctx.server.latency.find(args.cText(2));
    if (event === null) return out.errorText(`ERR No samples available for event '${args.cText(2)}'`);
    out.verbatim("txt", drawLatency(event, Math.floor(ctx.nowMs / 1000)));
  },
});

const history = define({
  name: "history",
  summary: "Lists the samples of an event.",
  arity: 3,
  args: [arg.string("event")],
  run(ctx, args, out) {
    const samples = ctx.server.latency.find(args.cText(2))?.samples ?? [];
    out.array(samples.length);
    for (const [seconds, ms] of samples) {
      out.array(2);
      out.integer(seconds);
      out.integer(ms);
    }
  },
});

const latest = define({
  name: "latest",
  summary: "Lists the events with their latest sample and their worst.",
  arity: 2,
  run(ctx, _args, out) {
    const { events } = ctx.server.latency;
    out.array(events.length);
    for (const { name, samples, maxMs } of events) {
      const [seconds, ms] = samples.at(-1) ?? [0, 0];
      out.array(4);
      out.bulkText(name);
      out.integer(seconds);
      out.integer(ms);
      out.integer(maxMs);
    }
  },
});

const reset = define({
  name: "reset",
  summary: "Forgets the samples of some events, or of all.",
  arity: -2,
  tips: ["request_policy:all_nodes", "response_policy:agg_sum"],
  args: [arg.optional(arg.multiple(arg.string("event")))],
  run(ctx, args, out) {
    out.integer(ctx.server.latency.reset(Array.from({ length: args.count - 2 }, (_, i) => args.cText(i + 2, 128))));
  },
});

function replyHistogram(out: ReplyWriter, { fullName, histogram }: Command): number {
  if (histogram === null) return 0;
  const rows = histogram.listRows();
  out.bulkText(fullName);
  out.map(2);
  out.bulkText("calls");
  out.integer(histogram.count);
  out.bulkText("histogram_usec");
  out.map(rows.length);
  for (const [microseconds, count] of rows) {
    out.integer(microseconds);
    out.integer(count);
  }
  return 1;
}

const histogram = define({
  name: "histogram",
  since: "7.0.0",
  complexity: "O(N) where N is the number of commands with latency information being retrieved.",
  summary: "Shows how the durations of commands are spread.",
  arity: -2,
  args: [arg.optional(arg.multiple(arg.string("command")))],
  run(ctx, args, out) {
    const { registry } = ctx.server;
    const mark = out.beginArray();
    let shown = 0;
    if (args.count === 2) {
      for (const command of registry.listAll()) shown += replyHistogram(out, command);
    }
    for (let i = 2; i < args.count; i++) {
      const command = registry.findByName(args.text(i, NAME_MAX_BYTES) ?? "");
      if (command === null) continue;
      shown += replyHistogram(out, command);
      for (const subcommand of command.subcommands) shown += replyHistogram(out, subcommand);
    }
    out.endMap(mark, shown);
  },
});

const HELP = [
  "DOCTOR",
  "    Return a human readable latency analysis report.",
  "GRAPH <event>",
  "    Return an ASCII latency graph for the <event> class.",
  "HISTORY <event>",
  "    Return time-latency samples for the <event> class.",
  "LATEST",
  "    Return the latest latency samples for all events.",
  "RESET [<event> ...]",
  "    Reset latency data of one or more <event> classes.",
  "    (default: reset all data for all event classes)",
  "HISTOGRAM [COMMAND ...]",
  "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
  "    If no commands are specified then all histograms are replied.",
];

export const latency = defineCommand({
  name: "latency",
  group: "server",
  since: "2.8.13",
  complexity: "Depends on subcommand.",
  summary: "Shows what made the server slow.",
  arity: -2,
  subcommands: [
    doctor,
    graph,
    history,
    latest,
    reset,
    histogram,
    defineHelp("latency", HELP, { group: "server", since: "2.8.13" }),
  ],
});
