import { defineCommand } from "../define.js";
import { findFailure } from "./self-test.js";

export const pfselftest = defineCommand({
  name: "pfselftest",
  group: "hyperloglog",
  since: "2.8.9",
  complexity: "N/A",
  summary: "Tries the implementation of HyperLogLog; takes seconds, in which nobody else is served.",
  docFlags: ["syscmd"],
  arity: 1,
  flags: ["admin"],
  acl: ["hyperloglog"],
  run(ctx, _args, out) {
    const failure = findFailure(ctx.server.random.below(2 ** 32) | 0);
    if (failure === null) out.ok();
    else out.errorText(`ERR ${failure}`);
  },
});
