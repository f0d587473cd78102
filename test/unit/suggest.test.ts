import assert from "node:assert/strict";
import { test } from "node:test";
import { describeSuggestion, suggestName } from "#src/base/suggest.js";

const NAMES = ["port", "pidfile", "appendonly", "appendfsync", "tls-port"];

test("the closest name is suggested, whatever the case of the word", () => {
  assert.equal(suggestName("prot", NAMES), "port");
  assert.equal(suggestName("PidFile", NAMES), "pidfile");
  assert.equal(suggestName("apendonly", NAMES), "appendonly");
});

test("a word that is far from every name gets no suggestion", () => {
  assert.equal(suggestName("zzz", NAMES), undefined);
  assert.equal(suggestName("", NAMES), undefined);
  assert.equal(suggestName("x", NAMES), undefined);
});

test("the text names the suggestion, and is empty without one", () => {
  assert.equal(describeSuggestion("prot", NAMES), ' (did you mean "port"?)');
  assert.equal(describeSuggestion("unrelated-word", NAMES), "");
});
