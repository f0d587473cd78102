/** LMOVE and RPOPLPUSH. */
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";
import { readSide, sideArg } from "./list-side.js";
import { moveElement } from "./move-element.js";

export const lmove = defineCommand({
  name: "lmove",
  group: "list",
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Takes an element from an end of one list, puts it at an end of another, and answers with it.",
  arity: 5,
  flags: ["write", "denyoom"],
  acl: ["list"],
  keys: [keyAt(1, "RW", "access", "delete"), keyAt(2, "RW", "insert")],
  args: [arg.key("source"), arg.key("destination", { keySpecIndex: 1 }), sideArg("wherefrom"), sideArg("whereto")],
  run(ctx, args, out) {
    const from = readSide(args, 3);
    const to = readSide(args, 4);
    if (from === null || to === null) return out.error(ERR_SYNTAX);
    moveElement(ctx, args, from, to, out);
  },
});

export const rpoplpush = defineCommand({
  name: "rpoplpush",
  group: "list",
  since: "1.2.0",
  complexity: "O(1)",
  summary: "Takes the last element of a list, puts it in front of another, and answers with it.",
  deprecatedSince: "6.2.0",
  replacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
  docFlags: ["deprecated"],
  arity: 3,
  flags: ["write", "denyoom"],
  acl: ["list"],
  keys: [keyAt(1, "RW", "access", "delete"), keyAt(2, "RW", "insert")],
  args: [arg.key("source"), arg.key("destination", { keySpecIndex: 1 })],
  run: (ctx, args, out) => {
    moveElement(ctx, args, "tail", "head", out);
  },
});
