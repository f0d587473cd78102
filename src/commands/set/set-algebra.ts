/** What SDIFF, SINTER and SUNION have in common for COMMAND, and what the forms that store have. */
import { arg, type CommandSpec, keyAt, keyRange } from "../define.js";

export const READ_SETS = {
  arity: -2,
  flags: ["readonly"],
  tips: ["nondeterministic_output_order"],
  keys: [keyRange(1, -1, 1, "RO", "access")],
  args: [arg.multiple(arg.key("key"))],
} as const satisfies Partial<CommandSpec>;

export const STORE_SETS = {
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [keyAt(1, "OW", "update"), keyRange(2, -1, 1, "RO", "access")],
  args: [arg.key("destination"), arg.multiple(arg.key("key", { keySpecIndex: 1 }))],
} as const satisfies Partial<CommandSpec>;
