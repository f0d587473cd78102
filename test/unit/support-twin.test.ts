// A twin that does not notice a difference is worse than none: these run two redis-servers, one configured otherwise,
// and look at what the twin says.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exact, ignore, sameType, ttlWithin, unordered } from "../support/comparators.js";
import type { Difference } from "../support/differences.js";
import { isOlder, startRedisServer, whyNoRedisServer } from "../support/redis-server.js";
import { useTwin } from "../support/twin.js";
import { shrinkSteps } from "../support/twin-shrink.js";
import { call, closed, push, raw, read, send, type TwinServer, wait } from "../support/twin-steps.js";

/** Sets of integers cease to be intsets at their third member: OBJECT ENCODING shows it. */
async function startOddServer(): Promise<TwinServer> {
  return startRedisServer({ config: { "set-max-intset-entries": "2" } });
}

const obstacle = whyNoRedisServer();
const options = obstacle === undefined ? {} : { skip: obstacle };

describe("a twin of two equal servers", options, () => {
  const twin = useTwin({ startSubject: ({ config }) => startRedisServer({ config }) });

  test("passes a script with every kind of step", async (t) => {
    await twin.run(t, {
      steps: [
        ["SET", "k", Buffer.from([0xff, 0]), "EX", 100],
        call(["TTL", "k"], ttlWithin(1)),
        ["SADD", "s", "a", "b", "c"],
        call(["SMEMBERS", "s"], unordered),
        call(["INFO", "server"], ignore("INFO names the process")),
        call(["TIME"], sameType),
        send(["BLPOP", "list", 0], 1),
        ["RPUSH", "list", "x"],
        read(exact, 1),
        raw("PING\r\n*1\r\n$4\r\nPING\r\n", 2),
        wait(5),
        call(["QUIT"], exact, 2),
        closed(2),
        raw("*1\r\n$x\r\n", 1, exact, 3),
        closed(3),
      ],
    });
  });

  test("starts every script on empty databases", async (t) => {
    await twin.run(t, { steps: [["DBSIZE"], ["GET", "k"]] });
  });

  test("speaks RESP3 when asked to, and compares pushes", async (t) => {
    await twin.run(t, {
      resp: 3,
      steps: [["HSET", "h", "f", "v"], ["HGETALL", "h"], send(["SUBSCRIBE", "c"], 1), push(exact, 1)],
    });
  });

  test("passes a random script", async (t) => {
    await twin.random(t, {
      count: 200,
      next: (random) =>
        random.weighted([
          [3, ["SET", random.key(), random.value()]],
          [3, ["GET", random.key()]],
          [2, ["INCRBY", random.key(), random.integerLike()]],
          [1, ["INCRBYFLOAT", random.key(), random.floatLike()]],
          [1, ["APPEND", random.key(), random.value(8)]],
        ]),
    });
  });
});

describe("a twin of two servers that differ", options, () => {
  const twin = useTwin({ startSubject: startOddServer });
  const difference: Difference = {
    name: "sets convert earlier",
    reason: "the subject is configured so",
    since: "99.0.0",
    command: "object encoding",
    reference: '$"intset"',
    subject: /^\$"(listpack|hashtable)"$/,
  };

  test("fails at the step that differs, with both replies and only the steps that matter", async (t) => {
    const noise = Array.from({ length: 20 }, (_, i) => ["SET", `noise:${i}`, String(i)]);
    const steps = [
      ...noise,
      ["SADD", "s", "1", "2"],
      ...noise,
      ["SADD", "s", "3"],
      ["OBJECT", "ENCODING", "s"],
      ["PING"],
    ];
    await assert.rejects(twin.run(t, { steps }), (error: Error) => {
      assert.match(error.message, /differ at step 43: OBJECT ENCODING s/);
      assert.match(error.message, /redis-server: \$"intset"\n {2}redis-server: \$"(listpack|hashtable)"/);
      assert.match(error.message, /3 of 43 steps show it:\n {2}SADD s 1 2\n {2}SADD s 3\n {2}OBJECT ENCODING s$/);
      return true;
    });
  });

  test("names the seed of a random script that fails", async (t) => {
    const next = (): readonly string[] => ["SADD", "s", "1", "2", "3"];
    const setup = [
      ["SADD", "s", "1", "2", "3"],
      ["OBJECT", "ENCODING", "s"],
    ];
    await assert.rejects(twin.random(t, { seed: 12, count: 3, setup, next }), /seed 12[\s\S]*TWIN_SEED=12/);
  });

  test("passes with the difference listed", async (t) => {
    await twin.run(t, {
      steps: [
        ["SADD", "s", "1", "2", "3"],
        ["OBJECT", "ENCODING", "s"],
      ],
      allow: [difference],
    });
  });

  test("fails on a listed difference that looks otherwise, and on one that does not show", async (t) => {
    const steps = [
      ["SADD", "s", "1", "2", "3"],
      ["OBJECT", "ENCODING", "s"],
    ];
    await assert.rejects(
      twin.run(t, { steps, allow: [{ ...difference, subject: '$"quicklist"' }] }),
      /differ at step 2/,
    );
    await assert.rejects(twin.run(t, { steps: [["PING"]], allow: [difference] }), /sets convert earlier/);
  });

  test("does not apply a difference that the reference's version has outgrown", async (t) => {
    const outgrown = { ...difference, since: "6.0.0" };
    await twin.run(t, { steps: [["PING"]], allow: [outgrown] });
  });
});

test("versions compare by number", () => {
  assert.equal(isOlder("7.0.15", "7.2.0"), true);
  assert.equal(isOlder("7.2.0", "7.2.0"), false);
  assert.equal(isOlder("7.10.1", "7.2"), false);
  assert.equal(isOlder("6.2", "7"), true);
});

test("a shrunk script keeps the steps that the failure needs, in order", async () => {
  const steps = Array.from({ length: 64 }, (_, i) => i);
  const attempt = async (candidate: readonly number[]): Promise<number | undefined> => {
    const needed = [7, 30, 63].every((step) => candidate.includes(step));
    return needed ? candidate.indexOf(63) : undefined;
  };
  assert.deepEqual(await shrinkSteps(steps, attempt), [7, 30, 63]);
});

test("a failure that does not come again is shown with all its steps", async () => {
  const attempt = async (): Promise<undefined> => undefined;
  assert.deepEqual(await shrinkSteps([1, 2, 3], attempt), [1, 2, 3]);
});
