// Lexical ranges of sorted sets whose scores differ. Their documentation gives them no meaning, but clients see what
// Redis's search comes to: exactly so in a listpack, and in a large set where only one place can be found.
import { test } from "node:test";
import type { Random } from "../support/random.js";
import type { Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import type { ScriptStep } from "../support/twin-steps.js";

const twin = useTwin();

const VALUES = Array.from({ length: 10 }, (_, i) => [i + 1, `value${i + 1}`]).flat();

function makeBound(random: Random): string {
  return random.pick(["-", "+", `[m${random.int(0, 19)}`, `(m${random.int(0, 19)}`, "[m", "[n", "(m1"]);
}

function makeLimit(random: Random): string[] {
  return random.oneIn(2) ? [] : ["LIMIT", `${random.int(0, 6)}`, `${random.int(-1, 5)}`];
}

function makeStep(random: Random): ScriptStep {
  const bounds = [makeBound(random), makeBound(random)];
  return random.weighted<Command>([
    [6, ["ZADD", "z", random.int(0, 5), `m${random.int(0, 19)}`]],
    [3, ["ZREM", "z", `m${random.int(0, 19)}`]],
    [2, ["ZRANGEBYLEX", "z", ...bounds, ...makeLimit(random)]],
    [2, ["ZREVRANGEBYLEX", "z", ...bounds, ...makeLimit(random)]],
    [2, ["ZLEXCOUNT", "z", ...bounds]],
    [1, ["ZRANGE", "z", ...bounds, "BYLEX", ...makeLimit(random)]],
    [1, ["ZRANGE", "z", ...bounds, "BYLEX", "REV", ...makeLimit(random)]],
    [1, ["ZRANGESTORE", "other", "z", ...bounds, "BYLEX", ...makeLimit(random)]],
    [1, ["ZRANGE", "other", 0, -1]],
    [1, ["ZREMRANGEBYLEX", "z", ...bounds]],
  ]);
}

test("lexical ranges over members of unequal scores agree in a listpack", (t) =>
  twin.random(t, { count: 3000, next: makeStep }));

for (const limit of ["128", "0"]) {
  test(`a set whose last member is below the range, or whose first is above, has none (${limit})`, (t) =>
    twin.run(t, {
      steps: [
        ["CONFIG", "SET", "zset-max-listpack-entries", limit],
        ["DEL", "key"],
        ["ZADD", "key", ...VALUES],
        ["ZRANGEBYLEX", "key", "[value2", "[value3"],
        ["ZREVRANGEBYLEX", "key", "[value3", "[value2"],
        ["ZLEXCOUNT", "key", "[value2", "[value3"],
        ["ZRANGE", "key", "[value2", "[value3", "BYLEX"],
        ["ZRANGESTORE", "other", "key", "[value2", "[value3", "BYLEX"],
        ["ZRANGEBYLEX", "key", "-", "(value1"],
        ["ZRANGEBYLEX", "key", "-", "[value1"],
        ["ZRANGEBYLEX", "key", "-", "[value5"],
        ["ZLEXCOUNT", "key", "-", "+"],
        ["ZRANGEBYLEX", "key", "+", "-"],
        ["ZRANGEBYLEX", "key", "-", "-"],
        ["ZRANGEBYLEX", "key", "+", "+"],
        ["ZREMRANGEBYLEX", "key", "-", "[value9"],
        ["ZRANGE", "key", 0, -1],
      ],
    }));
}
