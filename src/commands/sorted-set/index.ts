/** The sorted set family: one line a command. */
import type { CommandSpec } from "../define.js";
import { bzpopmax, bzpopmin } from "./bzpop.js";
import { zadd, zincrby } from "./zadd.js";
import { zcard } from "./zcard.js";
import { zdiff, zdiffstore, zinter, zintercard, zinterstore, zunion, zunionstore } from "./zcombine.js";
import { zcount, zlexcount } from "./zcount.js";
import { bzmpop, zmpop } from "./zmpop.js";
import { zpopmax, zpopmin } from "./zpop.js";
import { zrandmember } from "./zrandmember.js";
import { zrange, zrangebylex, zrangebyscore, zrevrange, zrevrangebylex, zrevrangebyscore } from "./zrange.js";
import { zrangestore } from "./zrangestore.js";
import { zrank, zrevrank } from "./zrank.js";
import { zrem } from "./zrem.js";
import { zremrangebylex, zremrangebyrank, zremrangebyscore } from "./zremrange.js";
import { zscan } from "./zscan.js";
import { zmscore, zscore } from "./zscore.js";

export const SORTED_SET_COMMANDS: readonly CommandSpec[] = [
  bzmpop,
  bzpopmax,
  bzpopmin,
  zadd,
  zcard,
  zcount,
  zdiff,
  zdiffstore,
  zincrby,
  zinter,
  zintercard,
  zinterstore,
  zlexcount,
  zmpop,
  zmscore,
  zpopmax,
  zpopmin,
  zrandmember,
  zrange,
  zrangebylex,
  zrangebyscore,
  zrangestore,
  zrank,
  zrem,
  zremrangebylex,
  zremrangebyrank,
  zremrangebyscore,
  zrevrange,
  zrevrangebylex,
  zrevrangebyscore,
  zrevrank,
  zscan,
  zscore,
  zunion,
  zunionstore,
];
