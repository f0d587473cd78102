import assert from "node:assert/strict";
import { test } from "node:test";
import { BufferPool, FIRST_BUFFER_BYTES, NEXT_BUFFER_BYTES } from "#src/resp/buffer-pool.js";
import { encodeReply, ReplyWriter } from "#src/resp/reply-writer.js";
import { Random } from "../support/random.js";

function makeWriter(resp = 2): ReplyWriter {
  const out = new ReplyWriter(new BufferPool());
  out.resp = resp;
  return out;
}

/** All that was written, as a byte string. The writer is empty afterwards. */
function take(out: ReplyWriter): string {
  const expectedLength = out.byteLength;
  const bytes = Buffer.concat(out.takeAll());
  out.recycle(true);
  assert.equal(bytes.length, expectedLength);
  return bytes.toString("latin1");
}

function written(write: (out: ReplyWriter) => void, resp = 2): string {
  const out = makeWriter(resp);
  write(out);
  return take(out);
}

test("every form is written as its protocol has it", () => {
  const forms: [name: string, write: (out: ReplyWriter) => void, resp2: string, resp3: string][] = [
    ["ok", (out) => out.ok(), "+OK\r\n", "+OK\r\n"],
    ["simple", (out) => out.simple("PONG"), "+PONG\r\n", "+PONG\r\n"],
    ["nil", (out) => out.nil(), "$-1\r\n", "_\r\n"],
    ["nilArray", (out) => out.nilArray(), "*-1\r\n", "_\r\n"],
    ["true", (out) => out.boolean(true), ":1\r\n", "#t\r\n"],
    ["false", (out) => out.boolean(false), ":0\r\n", "#f\r\n"],
    ["0", (out) => out.integer(0), ":0\r\n", ":0\r\n"],
    ["1", (out) => out.integer(1), ":1\r\n", ":1\r\n"],
    ["-1", (out) => out.integer(-1), ":-1\r\n", ":-1\r\n"],
    ["9", (out) => out.integer(9), ":9\r\n", ":9\r\n"],
    ["10", (out) => out.integer(10), ":10\r\n", ":10\r\n"],
    ["2^53-1", (out) => out.integer(Number.MAX_SAFE_INTEGER), ":9007199254740991\r\n", ":9007199254740991\r\n"],
    ["2^63-1", (out) => out.bigint(2n ** 63n - 1n), ":9223372036854775807\r\n", ":9223372036854775807\r\n"],
    ["-2^63", (out) => out.bigint(-(2n ** 63n)), ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"],
    ["error", (out) => out.error(encodeReply("-ERR x\r\n")), "-ERR x\r\n", "-ERR x\r\n"],
    ["errorText", (out) => out.errorText("ERR a\r\nb\n"), "-ERR a  b \r\n", "-ERR a  b \r\n"],
    ["bulkText", (out) => out.bulkText("a\xff\r\n"), "$4\r\na\xff\r\n\r\n", "$4\r\na\xff\r\n\r\n"],
    ["empty bulk", (out) => out.bulkText(""), "$0\r\n\r\n", "$0\r\n\r\n"],
    ["bulkBytes", (out) => out.bulkBytes(Buffer.from("abc")), "$3\r\nabc\r\n", "$3\r\nabc\r\n"],
    ["bulkInteger 5", (out) => out.bulkInteger(5), "$1\r\n5\r\n", "$1\r\n5\r\n"],
    ["bulkInteger -42", (out) => out.bulkInteger(-42), "$3\r\n-42\r\n", "$3\r\n-42\r\n"],
    ["bulkInteger 10 digits", (out) => out.bulkInteger(1234567890), "$10\r\n1234567890\r\n", "$10\r\n1234567890\r\n"],
    ["double", (out) => out.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"],
    ["inf", (out) => out.double(Number.NEGATIVE_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n"],
    ["bigNumber", (out) => out.bigNumber("123"), "$3\r\n123\r\n", "(123\r\n"],
    ["verbatim", (out) => out.verbatim("txt", "hi\n"), "$3\r\nhi\n\r\n", "=7\r\ntxt:hi\n\r\n"],
    ["array", (out) => out.array(12), "*12\r\n", "*12\r\n"],
    ["map", (out) => out.map(3), "*6\r\n", "%3\r\n"],
    ["set", (out) => out.set(3), "*3\r\n", "~3\r\n"],
    ["push", (out) => out.push(3), "*3\r\n", ">3\r\n"],
    ["raw", (out) => out.raw(encodeReply(":7\r\n")), ":7\r\n", ":7\r\n"],
  ];
  for (const [name, write, resp2, resp3] of forms) {
    assert.equal(written(write, 2), resp2, `${name} under RESP2`);
    assert.equal(written(write, 3), resp3, `${name} under RESP3`);
  }
  assert.equal(
    written((out) => out.attribute(1), 3),
    "|1\r\n",
  );
});

test("bulk copies the part of the view that it is given", () => {
  const bytes = Buffer.from("0123456789");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  assert.equal(
    written((out) => out.bulk(view, 2, 5)),
    "$3\r\n234\r\n",
  );
});

test("errors are counted, and the last one is kept", () => {
  const out = makeWriter();
  out.error(encodeReply("-ERR one\r\n"));
  out.ok();
  out.errorText("WRONGTYPE two");
  assert.equal(out.errorCount, 2);
  assert.equal(out.lastError, "WRONGTYPE two");
});

test("deferred headers come in front of what was written after their mark, inside of each other too", () => {
  for (const [resp, expected] of [
    [2, "+a\r\n*2\r\n:5\r\n*4\r\n:6\r\n:7\r\n:8\r\n*1\r\n:9\r\n"],
    [3, "+a\r\n*2\r\n:5\r\n%2\r\n:6\r\n:7\r\n:8\r\n~1\r\n:9\r\n"],
  ] as const) {
    const text = written((out) => {
      out.simple("a");
      const outer = out.beginArray();
      out.integer(5);
      const map = out.beginArray();
      for (const value of [6, 7, 8]) out.integer(value);
      const set = out.beginArray();
      out.integer(9);
      out.endSet(set, 1);
      out.endMap(map, 2);
      out.endArray(outer, 2);
    }, resp);
    assert.equal(text, expected);
  }
});

test("an empty deferred array is just its header", () => {
  assert.equal(
    written((out) => out.endArray(out.beginArray(), 0)),
    "*0\r\n",
  );
});

test("replies of any length arrive whole and in order, whatever buffers they spill into", () => {
  const sizes = [FIRST_BUFFER_BYTES, NEXT_BUFFER_BYTES / 2, NEXT_BUFFER_BYTES, 3 * NEXT_BUFFER_BYTES];
  for (const size of sizes) {
    for (let length = size - 30; length <= size + 30; length++) {
      const text = "x".repeat(length);
      const bulk = `$${length}\r\n${text}\r\n`;
      const out = makeWriter();
      out.ok();
      out.bulkText(text);
      out.simple(text);
      out.errorText(text);
      out.raw(Buffer.from(bulk));
      out.integer(7);
      assert.equal(take(out), `+OK\r\n${bulk}+${text}\r\n-${text}\r\n${bulk}:7\r\n`, `length ${length}`);
    }
  }
});

test("an array that spills gets its header in front, wherever it began", () => {
  for (const lead of [0, 1, FIRST_BUFFER_BYTES - 40, FIRST_BUFFER_BYTES - 5, FIRST_BUFFER_BYTES, 100_000]) {
    for (const body of [0, 10, FIRST_BUFFER_BYTES, 200_000]) {
      const out = makeWriter();
      if (lead > 0) out.bulkText("l".repeat(lead));
      const mark = out.beginArray();
      out.bulkText("b".repeat(body));
      out.integer(1);
      out.endArray(mark, 2);
      const expected = `${lead > 0 ? `$${lead}\r\n${"l".repeat(lead)}\r\n` : ""}*2\r\n$${body}\r\n${"b".repeat(body)}\r\n:1\r\n`;
      assert.equal(take(out), expected, `${lead} before, ${body} inside`);
    }
  }
});

test("rewind and truncate drop what came after, across chunks", () => {
  for (const lead of [0, 1, FIRST_BUFFER_BYTES, 150_000]) {
    for (const dropped of [0, 5, FIRST_BUFFER_BYTES, 300_000]) {
      for (const drop of ["rewind", "truncate"] as const) {
        const out = makeWriter();
        if (lead > 0) out.bulkText("l".repeat(lead));
        const mark = out.beginArray();
        const { byteLength } = out;
        out.bulkText("d".repeat(dropped));
        out.bulkText("d".repeat(dropped));
        if (drop === "rewind") out.rewind(mark);
        else out.truncate(byteLength);
        out.simple("after");
        assert.equal(take(out), `${lead > 0 ? `$${lead}\r\n${"l".repeat(lead)}\r\n` : ""}+after\r\n`);
      }
    }
  }
});

test("random replies are what a list of them would be", () => {
  const random = new Random(5);
  for (let round = 0; round < 200; round++) {
    const out = makeWriter();
    let model = "";
    for (let i = random.int(1, 40); i > 0; i--) {
      const text = "x".repeat(
        random.weighted([
          [5, random.int(0, 100)],
          [2, random.int(0, 20_000)],
          [1, 80_000],
        ]),
      );
      const begin = out.beginArray();
      const modelBefore = model;
      out.bulkText(text);
      model += `$${text.length}\r\n${text}\r\n`;
      const ending = random.int(0, 3);
      if (ending === 0) {
        out.endArray(begin, 1);
        model = `${modelBefore}*1\r\n${model.slice(modelBefore.length)}`;
      } else if (ending === 1) {
        out.rewind(begin);
        model = modelBefore;
      }
    }
    assert.equal(take(out), model, `round ${round}`);
  }
});

test("output past the limit is given up, once and for all", () => {
  let overflows = 0;
  const out = new ReplyWriter(new BufferPool(), { onOverflow: () => overflows++ });
  out.limitBytes = 100_000;
  const outer = out.beginArray();
  for (let i = 0; i < 1000; i++) {
    const inner = out.beginArray();
    out.bulkText("x".repeat(1000));
    out.endArray(inner, 1);
    assert.ok(out.byteLength < 250_000);
  }
  out.bulkText("y".repeat(500_000));
  out.rewind(outer);
  out.endArray(outer, 1000);
  assert.equal(overflows, 1);
  assert.equal(out.overflowed, true);
  assert.deepEqual(out.chunks, []);
});

test("what fits the first buffer of a reply is within any limit, in however many chunks it lies", () => {
  const out = new ReplyWriter(new BufferPool());
  out.limitBytes = 1;
  out.firstBytes = 1024;
  out.bulkText("x".repeat(600));
  out.bulkText("y".repeat(12_000));
  const chunks = out.takeAll();
  assert.equal(out.overflowed, false);
  assert.equal(Buffer.concat(chunks).length, 6 + 602 + 8 + 12_002);
  assert.ok(chunks.every((chunk) => chunk.length > 0));
  out.recycle(true);
  out.bulkText("z".repeat(20_000));
  out.bulkText("z".repeat(60_000));
  assert.equal(out.overflowed, true);
});

test("what is there is handed over whole, although it is more than the limit", () => {
  const out = new ReplyWriter(new BufferPool());
  out.limitBytes = 17_000;
  out.bulkText("x".repeat(9_000));
  out.bulkText("y".repeat(9_000));
  assert.equal(out.overflowed, false);
  assert.equal(Buffer.concat(out.takeAll()).length, 2 * 9_009);
});

test("buffers go back to the pool when their output is gone", () => {
  const pool = new BufferPool();
  const out = new ReplyWriter(pool);
  out.ok();
  const first = out.buffer;
  out.dropTail();
  out.ok();
  assert.equal(out.buffer, first);
  out.release();
  assert.equal(out.byteLength, 0);
});

test("the first buffer has the size that is asked for, and a longer reply goes on in a large one", () => {
  const pool = new BufferPool();
  const out = new ReplyWriter(pool);
  out.firstBytes = 1024;
  out.bulkText("x".repeat(500));
  const first = out.buffer;
  assert.equal(first.length, 1024);
  out.bulkText("y".repeat(600));
  assert.equal(out.buffer.length, NEXT_BUFFER_BYTES);
  assert.equal(out.byteLength, 500 + 600 + 2 * "$500\r\n\r\n".length);
  assert.equal(out.takeAll().length, 2);
  out.recycle(true);
  out.ok();
  assert.equal(out.buffer.length, NEXT_BUFFER_BYTES, "the reply before was long");
  out.dropTail();
  out.ok();
  assert.equal(out.buffer, first);
});

test("buffers that are sent are used again, those that are not are left to the socket", () => {
  const pool = new BufferPool();
  const out = new ReplyWriter(pool);
  const writeLong = (): Uint8Array[] => {
    for (let i = 0; i < 40; i++) out.bulkText(String(i).repeat(2500));
    return out.takeAll();
  };
  const first = writeLong();
  assert.ok(first.length > 1);
  out.recycle(true);
  const again = writeLong();
  const buffers = new Set(first.map((chunk) => chunk.buffer));
  assert.ok(again.some((chunk) => buffers.has(chunk.buffer)));
  const kept = Buffer.concat(again);
  out.recycle(false);
  const third = writeLong();
  assert.ok(third.every((chunk) => again.every((other) => other.buffer !== chunk.buffer)));
  assert.ok(kept.equals(Buffer.concat(again)));
});
