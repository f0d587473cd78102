import assert from "node:assert/strict";
import { test } from "node:test";
import { matchGlob } from "#src/resp/glob.js";
import { Random } from "../support/random.js";

function matches(pattern: string, text: string, ignoreCase = false): boolean {
  const around = (inner: string): Buffer => Buffer.from(`*${inner}*`, "latin1");
  const p = around(pattern);
  const t = around(text);
  return matchGlob(p, 1, p.length - 1, t, 1, t.length - 1, ignoreCase);
}

/** The rules again, as plain as they can be: one symbol at a time, trying everything for a star. */
function matchesPlainly(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const symbol = pattern[0];
  if (symbol === "*") {
    const rest = pattern.slice(1);
    for (let skipped = 0; skipped <= text.length; skipped++) if (matchesPlainly(rest, text.slice(skipped))) return true;
    return false;
  }
  if (text === "") return false;
  const [char = ""] = text;
  const rest = text.slice(1);
  if (symbol === "?") return matchesPlainly(pattern.slice(1), rest);
  if (symbol === "[") {
    const { accepts, length } = readClass(pattern.slice(1));
    return accepts(char) && matchesPlainly(pattern.slice(1 + length), rest);
  }
  const escaped = symbol === "\\" && pattern.length > 1;
  return char === (escaped ? pattern[1] : symbol) && matchesPlainly(pattern.slice(escaped ? 2 : 1), rest);
}

function readClass(text: string): { accepts: (char: string) => boolean; length: number } {
  const negated = text.startsWith("^");
  const members: ((char: string) => boolean)[] = [];
  let at = negated ? 1 : 0;
  while (at < text.length && text[at] !== "]") {
    const first = text[at] ?? "";
    if (first === "\\" && at + 1 < text.length) {
      const second = text[at + 1];
      members.push((char) => char === second);
      at += 2;
    } else if (text[at + 1] === "-" && at + 2 < text.length) {
      const [low = "", high = ""] = [first, text[at + 2] ?? ""].sort();
      members.push((char) => char >= low && char <= high);
      at += 3;
    } else {
      members.push((char) => char === first);
      at++;
    }
  }
  const length = Math.min(at + 1, text.length);
  return { accepts: (char) => members.some((member) => member(char)) !== negated, length };
}

test("patterns match as KEYS documents them", () => {
  const cases: [pattern: string, text: string, expected: boolean][] = [
    ["", "", true],
    ["", "a", false],
    ["*", "", false],
    ["*", "anything", true],
    ["h?llo", "hello", true],
    ["h?llo", "hllo", false],
    ["h*llo", "heeeello", true],
    ["h[ae]llo", "hallo", true],
    ["h[ae]llo", "hillo", false],
    ["h[^e]llo", "hallo", true],
    ["h[^e]llo", "hello", false],
    ["h[a-b]llo", "hbllo", true],
    ["h[b-a]llo", "hallo", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["[\\]]", "]", true],
    ["[a", "a", true],
    ["a\\", "a\\", true],
    ["**a**", "xxaxx", true],
    ["a*b*c", "a_b_b_c", true],
    ["a*b*c", "a_c_b", false],
    ["\xff?", "\xff\0", true],
  ];
  for (const [pattern, text, expected] of cases) {
    assert.equal(matches(pattern, text), expected, `${JSON.stringify(pattern)} on ${JSON.stringify(text)}`);
  }
});

test("a thousand stars are the most that match, a last one not counted", () => {
  const text = "a".repeat(3000);
  assert.equal(matches("*a".repeat(1000), text), true);
  assert.equal(matches(`${"*a".repeat(1000)}*`, text), true);
  assert.equal(matches("*a".repeat(1001), text), false);
});

test("case can be ignored", () => {
  assert.equal(matches("MaX*", "maxmemory", true), true);
  assert.equal(matches("MaX*", "maxmemory"), false);
  assert.equal(matches("[A-C]x", "bX", true), true);
});

test("random patterns match as the plain rules say", () => {
  const random = new Random(3);
  const alphabet = ["a", "b", "c", "*", "?", "[", "]", "^", "-", "\\"];
  const word = (symbols: readonly string[], max: number): string =>
    Array.from({ length: random.int(0, max) }, () => random.pick(symbols)).join("");
  let matched = 0;
  for (let round = 0; round < 20_000; round++) {
    const pattern = word(alphabet, 7);
    const text = word(["a", "b", "c", "-", "]"], 5);
    // An empty text is matched by an empty pattern only, whatever the stars.
    const expected = text === "" ? pattern === "" : matchesPlainly(pattern, text);
    if (expected) matched++;
    assert.equal(matches(pattern, text), expected, `round ${round}: ${pattern} on ${text}`);
  }
  assert.ok(matched > 1000, `only ${matched} matched: the test says little`);
});

test("a hostile pattern takes no longer than pattern times text", () => {
  const text = "a".repeat(20_000);
  const startMs = performance.now();
  assert.equal(matches(`${"a*".repeat(1_000)}b`, text), false);
  assert.equal(matches(`*${"a".repeat(5_000)}b*c`, text), false);
  assert.ok(performance.now() - startMs < 5_000);
});

test("what follows the last star is looked for at the end of the text only", () => {
  const million = "a".repeat(1_000_000);
  const startMs = performance.now();
  assert.equal(matches(`*${million}b`, `${million}a`), false);
  assert.equal(matches(`*${million}`, `b${million}`), true);
  assert.equal(matches(`b*${million}b`, `b${million}a`), false);
  // Trying each place would be 10^12 steps.
  assert.ok(performance.now() - startMs < 60_000);
  assert.equal(matches("*a*b?[cd]\\*", "xaxxb.c*"), true);
  assert.equal(matches("*a*b?[cd]\\*", "xaxxb.c*x"), false);
  assert.equal(matches("*ab*b", "ab"), false);
  assert.equal(matches("*ab*b", "abb"), true);
  assert.equal(matches("*[a", "xa"), true);
});

test("a short text costs no look at the whole of a long pattern", () => {
  const pattern = Buffer.from("*e".repeat(5_000_000));
  const text = Buffer.from("the key");
  const startMs = performance.now();
  for (let i = 0; i < 10_000; i++)
    assert.equal(matchGlob(pattern, 0, pattern.length, text, 0, text.length, false), false);
  // The whole of it each time would be 10^11 steps.
  assert.ok(performance.now() - startMs < 20_000);
});

test("ranges compare bytes from 0x80 on as negative numbers, as Redis's chars are", () => {
  const members = (pattern: string, ignoreCase = false): string[] =>
    ["\0", "A", "a", "b", "\x7f", "\x80", "\xfe", "\xff"].filter((text) => matches(pattern, text, ignoreCase));
  assert.deepEqual(members("[a-\xff]"), ["\0", "A", "a", "\xff"]);
  assert.deepEqual(members("[\x80-\xfe]"), ["\x80", "\xfe"]);
  assert.deepEqual(members("[\xff-\x80]"), ["\x80", "\xfe", "\xff"]);
  assert.deepEqual(members("[^\x80-\x7f]"), []);
  assert.deepEqual(members("[\xff-A]", true), ["\0", "A", "a", "\xff"]);
});
