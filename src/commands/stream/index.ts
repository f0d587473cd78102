/** The stream family: one line a command. */
import type { CommandSpec } from "../define.js";
import { xack } from "./xack.js";
import { xadd } from "./xadd.js";
import { xautoclaim } from "./xautoclaim.js";
import { xclaim } from "./xclaim.js";
import { xdel } from "./xdel.js";
import { xgroup } from "./xgroup.js";
import { xinfo } from "./xinfo.js";
import { xlen } from "./xlen.js";
import { xpending } from "./xpending.js";
import { xrange, xrevrange } from "./xrange.js";
import { xread } from "./xread.js";
import { xreadgroup } from "./xreadgroup.js";
import { xsetid } from "./xsetid.js";
import { xtrim } from "./xtrim.js";

export const STREAM_COMMANDS: readonly CommandSpec[] = [
  xack,
  xadd,
  xautoclaim,
  xclaim,
  xdel,
  xgroup,
  xinfo,
  xlen,
  xpending,
  xrange,
  xread,
  xreadgroup,
  xrevrange,
  xsetid,
  xtrim,
];
