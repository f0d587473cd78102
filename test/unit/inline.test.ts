import assert from "node:assert/strict";
import { test } from "node:test";
import { Args } from "#src/resp/args.js";
import { splitInline } from "#src/resp/inline.js";
import { Random } from "../support/random.js";

/** The words of a line, or null when its quotes are wrong. */
function split(line: string): string[] | null {
  const around = Buffer.from(`x"${line}'y`, "latin1");
  const args = new Args(around);
  if (!splitInline(args, 2, around.length - 2)) return null;
  return Array.from({ length: args.count }, (_, i) => args.text(i, 1e6) ?? "");
}

test("blanks of any kind separate words", () => {
  assert.deepEqual(split("set a b"), ["set", "a", "b"]);
  assert.deepEqual(split("  set \t a\r b  "), ["set", "a", "b"]);
  assert.deepEqual(split("\v\fset \v\f a\n\v b"), ["set", "a", "b"]);
  assert.deepEqual(split(""), []);
  assert.deepEqual(split("   "), []);
});

test("vertical tabs and form feeds are part of a word that they do not begin", () => {
  assert.deepEqual(split("set a\vb c\f"), ["set", "a\vb", "c\f"]);
  assert.deepEqual(split("\"a\"\vb 'c'\f"), ["a", "b", "c"]);
});

test("a zero byte ends the word and the line", () => {
  assert.deepEqual(split("set a\0b c"), ["set", "a"]);
  assert.deepEqual(split("\0set"), []);
});

test("quotes keep blanks, and an empty pair is an empty word", () => {
  assert.deepEqual(split("\"a b\" 'c d' \"\" ''"), ["a b", "c d", "", ""]);
  assert.deepEqual(split('"it\'s" \'say "x"\''), ["it's", 'say "x"']);
  assert.deepEqual(split('a"b c"'), ["ab c"]);
});

test("double quotes know escapes, single quotes only that of their own", () => {
  assert.deepEqual(split('"\\n\\r\\t\\b\\a\\\\\\"\\q"'), ['\n\r\t\b\x07\\"q']);
  assert.deepEqual(split('"\\x00\\xfF\\x4"'), ["\0\xffx4"]);
  assert.deepEqual(split("'\\n\\'\\x41'"), ["\\n'\\x41"]);
  assert.deepEqual(split("a\\nb"), ["a\\nb"]);
});

test("a quote that is not closed, or is followed by a word, is an error", () => {
  for (const line of ['"', "'", 'a "b', "'a", '"a"b', "'a'b", '"a\\"', '"a""b"', '"\\', "'\\'"]) {
    assert.equal(split(line), null, line);
  }
});

test("every word survives being quoted", () => {
  const random = new Random(11);
  for (let round = 0; round < 500; round++) {
    const words = Array.from({ length: random.int(0, 5) }, () => random.bytes(random.int(0, 12)).toString("latin1"));
    const line = words
      .map((word) => {
        const escaped = Array.from(word, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
        return `"${random.oneIn(2) ? escaped : word.replaceAll(/[\\"]/g, "\\$&")}"`;
      })
      .join(" ");
    assert.deepEqual(split(line), words, `round ${round}: ${JSON.stringify(line)}`);
  }
});
