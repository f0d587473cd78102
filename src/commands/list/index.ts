/** The list family: one line a command. */
import type { CommandSpec } from "../define.js";
import { blmove, brpoplpush } from "./blmove.js";
import { blpop, brpop } from "./blpop.js";
import { lindex } from "./lindex.js";
import { linsert } from "./linsert.js";
import { llen } from "./llen.js";
import { lmove, rpoplpush } from "./lmove.js";
import { blmpop, lmpop } from "./lmpop.js";
import { lpos } from "./lpos.js";
import { lrange } from "./lrange.js";
import { lrem } from "./lrem.js";
import { lset } from "./lset.js";
import { ltrim } from "./ltrim.js";
import { lpop, rpop } from "./pop.js";
import { lpush, lpushx, rpush, rpushx } from "./push.js";

export const LIST_COMMANDS: readonly CommandSpec[] = [
  blmove,
  blmpop,
  blpop,
  brpop,
  brpoplpush,
  lindex,
  linsert,
  llen,
  lmove,
  lmpop,
  lpop,
  lpos,
  lpush,
  lpushx,
  lrange,
  lrem,
  lset,
  ltrim,
  rpop,
  rpoplpush,
  rpush,
  rpushx,
];
