/** LMPOP and BLMPOP. */
import { TYPE_LIST } from "../../keyspace/record.js";
import { arg, defineCommand, keyCount } from "../define.js";
import { type MultiPop, multiPopArgs, runBlockingMultiPop, runMultiPop } from "../multi-pop.js";
import { popName, readSide, type Side, sideArg } from "./list-side.js";
import { popElements } from "./pop-elements.js";

const POP: MultiPop<Side> = { type: TYPE_LIST, readEnd: readSide, popName, pop: popElements };
const ARGS = multiPopArgs(sideArg("where"));

export const lmpop = defineCommand({
  name: "lmpop",
  group: "list",
  since: "7.0.0",
  complexity: "O(N+M) where N is the number of keys and M the number of elements answered.",
  summary: "Pops elements from the first list that is not empty.",
  arity: -4,
  flags: ["write"],
  acl: ["list"],
  keys: [keyCount(1, "RW", "access", "delete")],
  args: ARGS,
  run: runMultiPop(POP),
});

export const blmpop = defineCommand({
  name: "blmpop",
  group: "list",
  since: "7.0.0",
  complexity: "O(N+M) where N is the number of keys and M the number of elements answered.",
  summary: "Pops elements from the first list that is not empty, or blocks until there is one.",
  arity: -5,
  flags: ["write", "blocking"],
  acl: ["list"],
  keys: [keyCount(2, "RW", "access", "delete")],
  args: [arg.double("timeout"), ...ARGS],
  run: runBlockingMultiPop(POP),
});
