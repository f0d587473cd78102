/** The hash family: one line a command. */
import type { CommandSpec } from "../define.js";
import { hdel } from "./hdel.js";
import { hexists } from "./hexists.js";
import { hexpire, hexpireat, hpexpire, hpexpireat } from "./hexpire.js";
import { hget } from "./hget.js";
import { hgetall, hkeys, hvals } from "./hgetall.js";
import { hgetdel } from "./hgetdel.js";
import { hgetex } from "./hgetex.js";
import { hincrby } from "./hincrby.js";
import { hincrbyfloat } from "./hincrbyfloat.js";
import { hlen } from "./hlen.js";
import { hmget } from "./hmget.js";
import { hpersist } from "./hpersist.js";
import { hrandfield } from "./hrandfield.js";
import { hscan } from "./hscan.js";
import { hmset, hset } from "./hset.js";
import { hsetex } from "./hsetex.js";
import { hsetnx } from "./hsetnx.js";
import { hstrlen } from "./hstrlen.js";
import { hexpiretime, hpexpiretime, hpttl, httl } from "./httl.js";

export const HASH_COMMANDS: readonly CommandSpec[] = [
  ...[hdel, hexists, hget, hgetall, hincrby, hincrbyfloat, hkeys, hlen, hmget, hmset, hrandfield, hscan, hset, hsetnx],
  ...[hstrlen, hvals],
  ...[hexpire, hexpireat, hexpiretime, hpersist, hpexpire, hpexpireat, hpexpiretime, hpttl, httl],
  ...[hgetdel, hgetex, hsetex],
];
