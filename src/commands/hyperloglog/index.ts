/** The HyperLogLog family: one line a command. */
import type { CommandSpec } from "../define.js";
import { pfadd } from "./pfadd.js";
import { pfcount } from "./pfcount.js";
import { pfdebug } from "./pfdebug.js";
import { pfmerge } from "./pfmerge.js";
import { pfselftest } from "./pfselftest.js";

export const HYPERLOGLOG_COMMANDS: readonly CommandSpec[] = [pfadd, pfcount, pfdebug, pfmerge, pfselftest];
