import type { Arg } from "../../../support/resp-client.js";
import type { Draw, Family } from "../draw.js";

function pairs(draw: Draw): Arg[] {
  return draw.many(() => [draw.member(), draw.element()]).flat();
}

function fields(draw: Draw): Arg[] {
  const names = draw.many(() => draw.member());
  return ["FIELDS", names.length, ...names];
}

function fieldValues(draw: Draw): Arg[] {
  const names = pairs(draw);
  return ["FIELDS", names.length / 2, ...names];
}

function condition(draw: Draw): readonly Arg[] {
  return draw.maybe(draw.pick(["NX", "XX", "GT", "LT"]));
}

export const HASHES: Family = {
  group: "hash",
  recipes: [
    [4, (d) => ["HSET", d.target("hash"), ...pairs(d)]],
    [0.5, (d) => ["HMSET", d.keyOf("hash"), ...pairs(d)]],
    [1, (d) => ["HSETNX", d.keyOf("hash"), d.member(), d.element()]],
    [3, (d) => ["HDEL", d.keyOf("hash"), ...d.many(() => d.member())]],
    [0.5, (d) => ["HEXISTS", d.keyOf("hash"), d.member()]],
    [0.5, (d) => ["HGET", d.keyOf("hash"), d.member()]],
    [0.5, (d) => ["HMGET", d.keyOf("hash"), ...d.many(() => d.member())]],
    [0.5, (d) => ["HGETALL", d.keyOf("hash")]],
    [0.3, (d) => ["HKEYS", d.keyOf("hash")]],
    [0.3, (d) => ["HVALS", d.keyOf("hash")]],
    [0.3, (d) => ["HLEN", d.keyOf("hash")]],
    [0.3, (d) => ["HSTRLEN", d.keyOf("hash"), d.member()]],
    [1, (d) => ["HINCRBY", d.keyOf("hash"), d.member(), d.int(-5, 5)]],
    [1, (d) => ["HINCRBYFLOAT", d.keyOf("hash"), d.member(), d.floatText()]],
    [1, (d) => ["HRANDFIELD", d.keyOf("hash"), ...d.maybe(d.int(-30, 30), "WITHVALUES")]],
    [1, (d) => ["HSCAN", d.keyOf("hash"), 0, ...d.maybe("COUNT", d.int(1, 300)), ...d.maybe("NOVALUES")]],
    [4, (d) => ["HPEXPIRE", d.keyOf("hash"), d.ttlMs(), ...condition(d), ...fields(d)]],
    [1, (d) => ["HEXPIRE", d.keyOf("hash"), d.oneIn(20) ? 0 : d.ttlSeconds(), ...condition(d), ...fields(d)]],
    [1, (d) => ["HPEXPIREAT", d.keyOf("hash"), d.nowMs + d.int(-5000, 30_000), ...condition(d), ...fields(d)]],
    [0.5, (d) => ["HEXPIREAT", d.keyOf("hash"), Math.floor(d.nowMs / 1000) + d.int(0, 30), ...fields(d)]],
    [0.3, (d) => ["HTTL", d.keyOf("hash"), ...fields(d)]],
    [0.3, (d) => ["HPTTL", d.keyOf("hash"), ...fields(d)]],
    [0.3, (d) => ["HEXPIRETIME", d.keyOf("hash"), ...fields(d)]],
    [0.3, (d) => ["HPEXPIRETIME", d.keyOf("hash"), ...fields(d)]],
    [2, (d) => ["HPERSIST", d.keyOf("hash"), ...fields(d)]],
    [1, (d) => ["HGETDEL", d.keyOf("hash"), ...fields(d)]],
    [1, (d) => ["HGETEX", d.keyOf("hash"), ...d.maybe("PX", d.ttlMs()), ...fields(d)]],
    [0.5, (d) => ["HGETEX", d.keyOf("hash"), "PERSIST", ...fields(d)]],
    [1, (d) => ["HSETEX", d.keyOf("hash"), ...d.maybe(d.pick(["FNX", "FXX"])), "PX", d.ttlMs(), ...fieldValues(d)]],
    [1, (d) => ["HSETEX", d.keyOf("hash"), "KEEPTTL", ...fieldValues(d)]],
  ],
};
