/** The string family: one line a command. */
import type { CommandSpec } from "../define.js";
import { append } from "./append.js";
import { get } from "./get.js";
import { getdel } from "./getdel.js";
import { getex } from "./getex.js";
import { getrange, substr } from "./getrange.js";
import { getset } from "./getset.js";
import { decr, decrby, incr, incrby } from "./incr.js";
import { incrbyfloat } from "./incrbyfloat.js";
import { lcs } from "./lcs.js";
import { mget } from "./mget.js";
import { mset, msetnx } from "./mset.js";
import { set } from "./set.js";
import { psetex, setex } from "./setex.js";
import { setnx } from "./setnx.js";
import { setrange } from "./setrange.js";
import { strlen } from "./strlen.js";

export const STRING_COMMANDS: readonly CommandSpec[] = [
  append,
  decr,
  decrby,
  get,
  getdel,
  getex,
  getrange,
  getset,
  incr,
  incrby,
  incrbyfloat,
  lcs,
  mget,
  mset,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  setrange,
  strlen,
  substr,
];
