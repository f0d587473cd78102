// Holds the parser of the test client to the RESP specification: every form, cut at every byte, and every kind of
// malformed byte with its position.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RespParser, RespSyntaxError } from "../support/resp-parser.js";
import { fmt, sameReply } from "../support/resp-value.js";

/** What the server says, and what `fmt` makes of it. */
const FORMS: readonly (readonly [wire: string, text: string])[] = [
  ["+OK\r\n", "+OK"],
  ["+\r\n", "+"],
  ["-ERR no such key\r\n", "-ERR no such key"],
  ["-ERR \xff\x01\r\n", "-ERR \\xff\\x01"],
  [":0\r\n", ":0"],
  [":-1\r\n", ":-1"],
  [":9223372036854775807\r\n", ":9223372036854775807"],
  [":-9223372036854775808\r\n", ":-9223372036854775808"],
  ["$0\r\n\r\n", '$""'],
  ["$2\r\nOK\r\n", '$"OK"'],
  ["$4\r\n\r\n\r\n\r\n", '$"\\r\\n\\r\\n"'],
  ['$5\r\n\x00"\\\xffa\r\n', '$"\\x00\\"\\\\\\xffa"'],
  ["$12\r\nhello, world\r\n", '$"hello, world"'],
  ["$-1\r\n", "$nil"],
  ["*-1\r\n", "*nil"],
  ["*0\r\n", "*[]"],
  ["*2\r\n$1\r\na\r\n:1\r\n", '*[$"a", :1]'],
  ["*3\r\n*0\r\n*1\r\n*-1\r\n$-1\r\n", "*[*[], *[*nil], $nil]"],
  ["_\r\n", "_"],
  [",1.5\r\n", ",1.5"],
  [",-0\r\n", ",-0"],
  [",10\r\n", ",10"],
  [",1e-7\r\n", ",1e-7"],
  [",inf\r\n", ",inf"],
  [",-inf\r\n", ",-inf"],
  [",nan\r\n", ",nan"],
  ["#t\r\n", "#t"],
  ["#f\r\n", "#f"],
  ["!10\r\nSYNTAX a\r\n\r\n", '!"SYNTAX a\\r\\n"'],
  ["=7\r\ntxt:a\r\n\r\n", '=txt"a\\r\\n"'],
  ["=4\r\nmkd:\r\n", '=mkd""'],
  ["(3492890328409238509324850943850943825024385\r\n", "(3492890328409238509324850943850943825024385"],
  ["(-1\r\n", "(-1"],
  ["%0\r\n", "%{}"],
  ["%2\r\n+a\r\n:1\r\n$1\r\nb\r\n%1\r\n:1\r\n_\r\n", '%{+a: :1, $"b": %{:1: _}}'],
  ["~0\r\n", "~[]"],
  ["~2\r\n+a\r\n#t\r\n", "~[+a, #t]"],
  [">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n*1\r\n:1\r\n", '>[$"message", $"c", *[:1]]'],
  ["|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n", '|{+ttl: :3600} $"v"'],
  ["|0\r\n+v\r\n", "|{} +v"],
  ["*2\r\n|1\r\n+a\r\n*1\r\n:1\r\n:2\r\n:3\r\n", "*[|{+a: *[:1]} :2, :3]"],
  ["|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n~1\r\n:3\r\n", "|{+a: :1} |{+b: :2} ~[:3]"],
];

function bytes(wire: string): Buffer {
  return Buffer.from(wire, "latin1");
}

function parseAll(chunks: readonly Buffer[]): string[] {
  const parser = new RespParser();
  const replies: string[] = [];
  for (const chunk of chunks) {
    parser.push(chunk);
    for (let reply = parser.next(); reply !== undefined; reply = parser.next()) replies.push(fmt(reply));
  }
  assert.equal(parser.isMidReply, false);
  return replies;
}

test("every form parses to its own text", () => {
  for (const [wire, text] of FORMS) assert.deepEqual(parseAll([bytes(wire)]), [text]);
  assert.equal(new Set(FORMS.map(([, text]) => text)).size, FORMS.length, "fmt tells all forms apart");
});

test("every form parses when it is cut in two at any byte, and nothing comes before the last byte", () => {
  for (const [wire, text] of FORMS) {
    for (let cut = 1; cut < wire.length; cut++) {
      const parser = new RespParser();
      parser.push(bytes(wire.slice(0, cut)));
      assert.equal(parser.next(), undefined, `${JSON.stringify(wire)} cut at ${cut} gave a reply too early`);
      assert.equal(parser.isMidReply, true);
      parser.push(bytes(wire.slice(cut)));
      const reply = parser.next();
      assert.equal(reply && fmt(reply), text, `${JSON.stringify(wire)} cut at ${cut}`);
      assert.equal(parser.isMidReply, false);
    }
  }
});

test("all forms in one stream parse in order, whole and byte by byte", () => {
  const stream = bytes(FORMS.map(([wire]) => wire).join(""));
  const texts = FORMS.map(([, text]) => text);
  assert.deepEqual(parseAll([stream]), texts);
  assert.deepEqual(parseAll(Array.from(stream, (byte) => Buffer.of(byte))), texts);
});

test("a bulk string of megabytes in many chunks arrives whole", () => {
  const value = Buffer.alloc(8 * 1024 * 1024, "0123456789abcde\n");
  const stream = Buffer.concat([bytes(`*2\r\n$${value.length}\r\n`), value, bytes("\r\n:7\r\n")]);
  const parser = new RespParser();
  const replies = [];
  for (let at = 0; at < stream.length; at += 5_000) {
    parser.push(stream.subarray(at, at + 5_000));
    for (let reply = parser.next(); reply !== undefined; reply = parser.next()) replies.push(reply);
  }
  const expected = {
    kind: "array",
    items: [
      { kind: "bulk", bytes: value },
      { kind: "int", value: 7n },
    ],
  } as const;
  assert.equal(replies.length, 1);
  assert.deepEqual(replies[0], expected);
});

test("an array nested 50,000 deep does not exhaust the stack of the parser", () => {
  const parser = new RespParser();
  parser.push(bytes(`${"*1\r\n".repeat(50_000)}:1\r\n`));
  assert.equal(parser.next()?.kind, "array");
});

/** The bytes, and the position the complaint must name. */
const MALFORMED: readonly (readonly [wire: string, position: number, complaint: RegExp])[] = [
  ["HTTP/1.1 400\r\n", 0, /not a RESP type/],
  ["\r\n", 0, /not a RESP type/],
  ["+OK\n", 3, /LF without CR/],
  ["+O\rK\r\n", 2, /CR without LF/],
  ["-\r\n", 0, /error without a text/],
  [":\r\n", 0, /integer/],
  [":+1\r\n", 0, /integer/],
  [":-0\r\n", 0, /integer/],
  [":01\r\n", 0, /integer/],
  [":1.0\r\n", 0, /integer/],
  [":9223372036854775808\r\n", 0, /64 bits/],
  ["$-2\r\n", 0, /length/],
  ["$+1\r\na\r\n", 0, /length/],
  ["$01\r\na\r\n", 0, /length/],
  ["$\r\n", 0, /length/],
  ["$1\r\nab\r\n", 5, /no CR/],
  ["$1\r\na\r\r", 6, /no LF/],
  ["$99999999999\r\n", 0, /length of/],
  ["*-2\r\n", 0, /length/],
  ["*x\r\n", 0, /length/],
  ["*?\r\n", 0, /length/],
  ["_x\r\n", 0, /null/],
  ["#true\r\n", 0, /boolean/],
  [",\r\n", 0, /double/],
  [",1e\r\n", 0, /double/],
  [",Inf\r\n", 0, /double/],
  ["(1.5\r\n", 0, /big number/],
  ["=3\r\ntxt\r\n", 0, /verbatim/],
  ["=5\r\ntxt a\r\n", 0, /verbatim/],
  ["!-1\r\n", 0, /length/],
  ["%-1\r\n", 0, /length/],
  ["~-1\r\n", 0, /length/],
  ["*2\r\n:1\r\n>1\r\n:1\r\n", 8, /push inside/],
  ["+OK\r\n+OK\r\n:x\r\n", 10, /integer/],
];

test("malformed bytes throw with their position, however they are cut", () => {
  for (const [wire, position, complaint] of MALFORMED) {
    for (let cut = 0; cut < wire.length; cut++) {
      const chunks = [bytes(wire.slice(0, cut)), bytes(wire.slice(cut))];
      assert.throws(
        () => parseAll(chunks),
        (error) => {
          assert.ok(error instanceof RespSyntaxError, `${JSON.stringify(wire)}: ${error}`);
          assert.equal(error.position, position, `${JSON.stringify(wire)} cut at ${cut}`);
          assert.match(error.message, complaint);
          return true;
        },
      );
    }
  }
});

test("a parser that has thrown goes on throwing", () => {
  const parser = new RespParser();
  parser.push(bytes("+OK\r\n?\r\n+OK\r\n"));
  assert.equal(parser.next()?.kind, "simple");
  assert.throws(() => parser.next(), RespSyntaxError);
  assert.throws(() => parser.next(), RespSyntaxError);
});

test("a wrong type byte throws before its line is complete", () => {
  const parser = new RespParser();
  parser.push(bytes("?"));
  assert.throws(() => parser.next(), RespSyntaxError);
});

test("replies that look alike are not the same reply", () => {
  const parser = new RespParser();
  parser.push(bytes("+OK\r\n$2\r\nOK\r\n$-1\r\n*-1\r\n_\r\n$3\r\nnil\r\n:1\r\n,1\r\n(1\r\n*0\r\n~0\r\n>0\r\n%0\r\n"));
  const replies = [];
  for (let reply = parser.next(); reply !== undefined; reply = parser.next()) replies.push(reply);
  assert.equal(replies.length, 13);
  for (const [i, a] of replies.entries()) {
    for (const [j, b] of replies.entries()) assert.equal(sameReply(a, b), i === j, `${fmt(a)} and ${fmt(b)}`);
  }
});
