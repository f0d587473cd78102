import assert from "node:assert/strict";
import { test } from "node:test";
import { Args } from "#src/resp/args.js";
import { PARSE_COMPLETE, PARSE_EMPTY, PARSE_ERROR, PARSE_INCOMPLETE, RequestParser } from "#src/resp/request-parser.js";
import { Random } from "../support/random.js";
import { encodeCommand } from "../support/resp-client.js";

interface Parsed {
  /** Byte strings. */
  readonly requests: string[][];
  readonly error: string;
}

interface Options {
  /** Offsets at which the input is cut into reads. */
  readonly cuts?: readonly number[];
  /** Begin a cut request anew at the next read, as sessions do that share a parser; otherwise go on in its middle. */
  readonly anew?: boolean;
  readonly unauthenticated?: boolean;
  readonly maxBulkBytes?: number;
}

/** Parses as a session does: read by read, until the input ends or an error closes the connection. */
function parse(input: Buffer | string, options: Options = {}): Parsed {
  // Unquoting writes into the input: each run has its own copy.
  const bytes = typeof input === "string" ? Buffer.from(input, "latin1") : Buffer.from(input);
  const parser = new RequestParser(new Args(bytes));
  parser.unauthenticated = options.unauthenticated ?? false;
  parser.maxBulkBytes = options.maxBulkBytes ?? 512 * 1024 * 1024;
  const requests: string[][] = [];
  let pos = 0;
  for (const end of [...(options.cuts ?? []), bytes.length]) {
    for (let goesOn = true; goesOn; ) {
      const status = parser.parse(pos, end);
      if (status === PARSE_ERROR) return { requests, error: parser.error };
      if (status === PARSE_COMPLETE) {
        requests.push(Array.from({ length: parser.args.count }, (_, i) => parser.args.text(i, 1e6) ?? ""));
      }
      goesOn = status === PARSE_COMPLETE || status === PARSE_EMPTY;
      pos = parser.next;
      if (status === PARSE_INCOMPLETE && options.anew) {
        parser.reset();
        pos = parser.requestStart;
      }
    }
  }
  return { requests, error: "" };
}

function requestsOf(input: string): string[][] {
  const { requests, error } = parse(input);
  assert.equal(error, "");
  return requests;
}

function errorOf(input: string, options: Options = {}): string {
  return parse(input, options).error;
}

test("multibulk requests give their arguments, any bytes in them", () => {
  assert.deepEqual(requestsOf("*1\r\n$4\r\nPING\r\n"), [["PING"]]);
  assert.deepEqual(requestsOf("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\nb\r\n"), [["SET", "", "a\r\nb"]]);
  const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
  assert.deepEqual(requestsOf(`*2\r\n$4\r\nECHO\r\n$256\r\n${everyByte}\r\n`), [["ECHO", everyByte]]);
});

test("requests follow each other without a gap, inline ones among them", () => {
  assert.deepEqual(requestsOf("*1\r\n$1\r\na\r\nb c\r\n\r\n*0\r\n*-1\r\nd\n*1\r\n$1\r\ne\r\n"), [
    ["a"],
    ["b", "c"],
    ["d"],
    ["e"],
  ]);
});

test("a request that has not ended gives nothing yet", () => {
  for (const input of [
    "",
    "*",
    "*1",
    "*1\r",
    "*1\r\n",
    "*1\r\n$",
    "*1\r\n$1\r",
    "*1\r\n$1\r\na",
    "*1\r\n$1\r\na\r",
    "PING",
  ]) {
    assert.deepEqual(parse(input), { requests: [], error: "" }, JSON.stringify(input));
  }
});

test("what breaks the protocol has Redis's error", () => {
  const cases: [input: string, error: string][] = [
    ["*x\r\n", "invalid multibulk length"],
    ["*2147483648\r\n", "invalid multibulk length"],
    ["*01\r\n", "invalid multibulk length"],
    ["*1 \r\n", "invalid multibulk length"],
    ["*1\r\nPING\r\n", "expected '$', got 'P'"],
    ["*1\r\n\r\n", "expected '$', got '\r'"],
    ["*1\r\n:1\r\n", "expected '$', got ':'"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\n$x\r\n", "invalid bulk length"],
    ["*1\r\n$99999999999999999999\r\n", "invalid bulk length"],
    [`*1\r\n$${512 * 1024 * 1024 + 1}\r\n`, "invalid bulk length"],
    ['set "a\r\n', "unbalanced quotes in request"],
    ["a".repeat(65537), "too big inline request"],
    [`${"a".repeat(65537)}\r\n`, "too big inline request"],
    [`*${"1".repeat(65536)}`, "too big mbulk count string"],
    [`*${"1".repeat(65536)}\r\n`, "too big mbulk count string"],
    [`*1\r\n$${"1".repeat(65536)}`, "too big bulk count string"],
    [`\0${"A\n".repeat(40000)}`, "too big inline request"],
  ];
  for (const [input, error] of cases) assert.equal(errorOf(input), error, JSON.stringify(input.slice(0, 40)));
});

test("the longest lines that may be are served", () => {
  assert.deepEqual(requestsOf(`${"a".repeat(65534)}\r\n`), [["a".repeat(65534)]]);
  assert.equal(requestsOf(`*${"0".repeat(1)}\r\nPING\r\n`).length, 1);
});

test("proto-max-bulk-len is the limit of one argument", () => {
  assert.equal(errorOf("*1\r\n$11\r\n", { maxBulkBytes: 10 }), "invalid bulk length");
  assert.equal(errorOf("*1\r\n$10\r\n", { maxBulkBytes: 10 }), "");
});

test("a client that has not authenticated may send small requests only", () => {
  assert.equal(errorOf("*11\r\n", { unauthenticated: true }), "unauthenticated multibulk length");
  assert.equal(errorOf("*10\r\n$16385\r\n", { unauthenticated: true }), "unauthenticated bulk length");
  assert.equal(errorOf("*10\r\n$16384\r\n", { unauthenticated: true }), "");
});

test("an argument list of any length keeps its offsets", () => {
  const words = Array.from({ length: 100_000 }, (_, i) => `w${i}`);
  assert.deepEqual(parse(encodeCommand(words)).requests, [words]);
});

test("it does not matter where a pipeline is cut", () => {
  const pipeline = Buffer.concat([
    encodeCommand(["SET", "key", "a\r\nb"]),
    Buffer.from("set \"a\\x41b\" 'c d'\r\n\r\n*0\r\n"),
    encodeCommand(["MGET", "", "k", "\0*3\r\n$"]),
    Buffer.from("get k\n*1\r\n$4\r\nPING\r\n*1\r\nx\r\n"),
  ]);
  const whole = parse(pipeline);
  assert.equal(whole.requests.length, 5);
  assert.equal(whole.error, "expected '$', got 'x'");
  for (const anew of [false, true]) {
    for (let cut = 0; cut <= pipeline.length; cut++) {
      assert.deepEqual(parse(pipeline, { cuts: [cut], anew }), whole, `cut at ${cut}`);
    }
    const everywhere = Array.from({ length: pipeline.length }, (_, i) => i);
    assert.deepEqual(parse(pipeline, { cuts: everywhere, anew }), whole);
  }
});

const FRAGMENTS = [
  "\r\n",
  "*1\r\n",
  "*2\r\n",
  "$3\r\n",
  "$-1\r\n",
  "*",
  "$",
  "\0",
  '"',
  "'",
  "\\x",
  "PING",
  " ",
  "9",
  "\n",
];

/** A pipeline of valid requests with some bytes changed, dropped or doubled; or nothing but chance. */
function hostileInput(random: Random): Buffer {
  if (random.oneIn(5)) return random.bytes(random.int(0, 200));
  const parts: Buffer[] = [];
  for (let i = random.int(1, 6); i > 0; i--) {
    const words = Array.from({ length: random.int(1, 4) }, () => random.value(20));
    parts.push(!random.oneIn(5) ? encodeCommand(words) : Buffer.from(random.pick(FRAGMENTS)));
  }
  let input = Buffer.concat(parts);
  for (let i = random.int(0, 4); i > 0 && input.length > 0; i--) {
    const at = random.int(0, input.length - 1);
    const insert = random.oneIn(2) ? Buffer.from(random.pick(FRAGMENTS), "latin1") : random.bytes(1);
    input = Buffer.concat([input.subarray(0, at), insert, input.subarray(random.oneIn(2) ? at : at + 1)]);
  }
  return input;
}

test("any bytes parse the same, however they are cut", () => {
  const seed = Number(process.env.TWIN_SEED ?? 7);
  const random = new Random(seed);
  for (let round = 0; round < 3000; round++) {
    const input = hostileInput(random);
    const whole = parse(input);
    const cuts = Array.from({ length: random.int(1, 4) }, () => random.int(0, input.length)).sort((a, b) => a - b);
    for (const anew of [false, true]) {
      assert.deepEqual(
        parse(input, { cuts, anew }),
        whole,
        `seed ${seed}, round ${round}: ${JSON.stringify(input.toString("latin1"))} cut at ${cuts}`,
      );
    }
  }
});
