/** The set family: one line a command. */
import type { CommandSpec } from "../define.js";
import { sadd } from "./sadd.js";
import { scard } from "./scard.js";
import { sdiff, sdiffstore } from "./sdiff.js";
import { sinter, sintercard, sinterstore } from "./sinter.js";
import { sismember, smismember } from "./sismember.js";
import { smembers } from "./smembers.js";
import { smove } from "./smove.js";
import { spop } from "./spop.js";
import { srandmember } from "./srandmember.js";
import { srem } from "./srem.js";
import { sscan } from "./sscan.js";
import { sunion, sunionstore } from "./sunion.js";

export const SET_COMMANDS: readonly CommandSpec[] = [
  sadd,
  scard,
  sdiff,
  sdiffstore,
  sinter,
  sintercard,
  sinterstore,
  sismember,
  smembers,
  smismember,
  smove,
  spop,
  srandmember,
  srem,
  sscan,
  sunion,
  sunionstore,
];
