/** The generic family, commands on keys of any type: one line a command. */
import type { CommandSpec } from "../define.js";
import { copy } from "./copy.js";
import { del, unlink } from "./del.js";
import { dump } from "./dump.js";
import { exists } from "./exists.js";
import { expire, expireat, pexpire, pexpireat } from "./expire.js";
import { keys } from "./keys.js";
import { move } from "./move.js";
import { object } from "./object.js";
import { persist } from "./persist.js";
import { randomkey } from "./randomkey.js";
import { rename, renamenx } from "./rename.js";
import { restore, restoreAsking } from "./restore.js";
import { scan } from "./scan.js";
import { sort, sortRo } from "./sort/index.js";
import { touch } from "./touch.js";
import { expiretime, pexpiretime, pttl, ttl } from "./ttl.js";
import { type } from "./type.js";
import { wait, waitaof } from "./wait.js";

export const GENERIC_COMMANDS: readonly CommandSpec[] = [
  copy,
  del,
  dump,
  exists,
  expire,
  expireat,
  expiretime,
  keys,
  move,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  randomkey,
  rename,
  renamenx,
  restore,
  restoreAsking,
  scan,
  sort,
  sortRo,
  touch,
  ttl,
  type,
  unlink,
  wait,
  waitaof,
];
