// The buffer of a long request: what is copied, and what it takes, follow what has come and not what was announced.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PARSE_COMPLETE, PARSE_INCOMPLETE } from "#src/resp/request-parser.js";
import { InputBacklog } from "#src/server/input-backlog.js";
import { Arena } from "#src/storage/arena.js";

const MB = 1024 * 1024;

/** Counts the bytes that growing copies. */
function countCopies(work: () => void): number {
  const original = Uint8Array.prototype.set;
  let copied = 0;
  Uint8Array.prototype.set = function (source, offset) {
    copied += source.length;
    original.call(this, source, offset);
  };
  try {
    work();
  } finally {
    Uint8Array.prototype.set = original;
  }
  return copied;
}

function feed(backlog: InputBacklog, chunk: Uint8Array): number {
  assert.ok(backlog.append(chunk));
  const { parser } = backlog;
  const status = parser.parse(parser.isUnderWay ? parser.next : backlog.start, backlog.end);
  backlog.start = status === PARSE_COMPLETE ? parser.next : parser.requestStart;
  return status;
}

test("a long argument is copied once, and a fifteenth of it again", () => {
  const size = 32 * MB;
  const backlog = new InputBacklog(100, new Arena());
  const chunk = new Uint8Array(65536).fill(120);
  const copied = countCopies(() => {
    assert.equal(feed(backlog, Buffer.from(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n`)), PARSE_INCOMPLETE);
    for (let sent = 0; sent < size; sent += chunk.length) assert.equal(feed(backlog, chunk), PARSE_INCOMPLETE);
    assert.equal(feed(backlog, Buffer.from("\r\n")), PARSE_COMPLETE);
  });
  assert.ok(copied < 1.1 * size, `${copied}`);
  assert.equal(backlog.parser.args.byteLength(2), size);
});

test("what is announced and not sent takes nothing", () => {
  const backlog = new InputBacklog(100, new Arena());
  feed(backlog, Buffer.from("*2\r\n$4\r\nECHO\r\n$500000000\r\n"));
  const copied = countCopies(() => {
    for (let i = 0; i < 1000; i++) assert.equal(feed(backlog, Buffer.from("x")), PARSE_INCOMPLETE);
  });
  assert.ok(copied < 4000, `${copied}`);
  assert.ok(backlog.bytes < 4000, `${backlog.bytes}`);
  assert.ok(backlog.parser.args.bytes.length < 32 * 16384);
});

test("several long arguments are copied in proportion to their sum", () => {
  const size = MB;
  const backlog = new InputBacklog(100, new Arena());
  const chunk = new Uint8Array(65536).fill(120);
  const copied = countCopies(() => {
    feed(backlog, Buffer.from("*41\r\n$5\r\nRPUSH\r\n"));
    for (let i = 0; i < 40; i++) {
      feed(backlog, Buffer.from(`$${size}\r\n`));
      for (let sent = 0; sent < size; sent += chunk.length) feed(backlog, chunk);
      feed(backlog, Buffer.from("\r\n"));
    }
  });
  assert.ok(copied < 3.1 * 40 * size, `${copied}`);
});

test("a pipeline of requests that are cut anywhere takes no more than a few of them", () => {
  const value = "v".repeat(50_000);
  const stream = Buffer.from(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value.length}\r\n${value}\r\n`.repeat(200));
  const backlog = new InputBacklog(100, new Arena());
  let served = 0;
  for (let at = 0; at < stream.length; at += 37_001) {
    assert.ok(backlog.append(stream.subarray(at, at + 37_001)));
    const { parser } = backlog;
    let from = parser.isUnderWay ? parser.next : backlog.start;
    while (parser.parse(from, backlog.end) === PARSE_COMPLETE) {
      assert.equal(parser.args.text(1, 10), "k");
      assert.equal(parser.args.byteLength(2), value.length);
      assert.equal(parser.args.byteAt(2, value.length - 1), 118);
      served++;
      from = parser.next;
    }
    backlog.start = parser.requestStart;
    if (backlog.start === backlog.end) parser.reset();
  }
  assert.equal(served, 200);
  assert.ok(backlog.bytes < 1_000_000, `${backlog.bytes}`);
});

test("an inline request that comes byte by byte is searched once", () => {
  const backlog = new InputBacklog(100, new Arena());
  const { parser } = backlog;
  const line = Buffer.from(`ECHO ${"x".repeat(60_000)}\r\n`);
  const before = process.cpuUsage();
  let status = PARSE_INCOMPLETE;
  for (let i = 0; i < line.length; i++) {
    assert.equal(status, PARSE_INCOMPLETE);
    assert.ok(backlog.append(line.subarray(i, i + 1)));
    status = parser.parse(0, backlog.end);
  }
  assert.equal(status, PARSE_COMPLETE);
  assert.equal(parser.args.byteLength(1), 60_000);
  // From its beginning each time it takes seconds.
  assert.ok(process.cpuUsage(before).user < 1.5e6);
});
