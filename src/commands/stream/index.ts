/** The stream family: one line a command. */
import type { CommandSpec } from "../define.js";
import { xadd } from "./xadd.js";
import { xdel } from "./xdel.js";
import { xinfo } from "./xinfo.js";
import { xlen } from "./xlen.js";
import { xrange, xrevrange } from "./xrange.js";
import { xread } from "./xread.js";
import { xsetid } from "./xsetid.js";
import { xtrim } from "./xtrim.js";

export const STREAM_COMMANDS: readonly CommandSpec[] = [
  xadd,
  xdel,
  xinfo,
  xlen,
  xrange,
  xread,
  xrevrange,
  xsetid,
  xtrim,
];
