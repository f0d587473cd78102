// Reading and following a log that others write, rename and truncate.
import assert from "node:assert/strict";
import { appendFileSync, renameSync, truncateSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { readLog } from "#src/daemon/index.js";
import { Lab, waitFor } from "./lab.js";

async function tail(path: string, lines: number): Promise<string> {
  let text = "";
  await readLog(path, { lines, follow: false }, async (chunk) => {
    text += chunk.toString();
  });
  return text;
}

/** Follows a log; the text so far, and its end with the test. */
function follow(t: TestContext, path: string): { text: string } {
  const seen = { text: "" };
  const abort = new AbortController();
  const following = readLog(path, { lines: 10, follow: true, signal: abort.signal }, async (chunk) => {
    seen.text += chunk.toString();
  });
  t.after(async () => {
    abort.abort();
    await following;
  });
  return seen;
}

test("the last lines, whatever the log's size and end", async (t) => {
  const lab = new Lab(t);
  const path = lab.write("a.log", "one\ntwo\nthree\n");
  assert.equal(await tail(path, 2), "two\nthree\n");
  assert.equal(await tail(path, 0), "");
  assert.equal(await tail(path, 100), "one\ntwo\nthree\n");
  assert.equal(await tail(lab.write("b.log", "one\nunfinished"), 1), "unfinished");
  assert.equal(await tail(lab.write("c.log", ""), 5), "");
  assert.equal(await tail(lab.write("d.log", "\n\n\n"), 2), "\n\n");
  const long = Array.from({ length: 50_000 }, (_, i) => `line ${i}\n`);
  assert.equal(await tail(lab.write("e.log", long.join("")), 20_000), long.slice(-20_000).join(""));
});

test("following gives what is appended, also after a rename and a new file", async (t) => {
  const lab = new Lab(t);
  const path = lab.write("a.log", "first\n");
  const seen = follow(t, path);
  await waitFor("the first line", () => seen.text === "first\n");
  appendFileSync(path, "second\n");
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, "third, written late into the old file\n");
  await waitFor("the rest of the old file", () => seen.text.endsWith("old file\n"));
  lab.write("a.log", "fourth\n");
  await waitFor("the new file", () => seen.text.endsWith("fourth\n"));
  assert.equal(seen.text, "first\nsecond\nthird, written late into the old file\nfourth\n");
});

test("following survives truncation in place", async (t) => {
  const lab = new Lab(t);
  const path = lab.write("a.log", "a long first line\n");
  const seen = follow(t, path);
  await waitFor("the first line", () => seen.text !== "");
  truncateSync(path);
  appendFileSync(path, "short\n");
  await waitFor("the line after it", () => seen.text.endsWith("short\n"));
});

test("a log that does not exist is an error", async (t) => {
  const lab = new Lab(t);
  await assert.rejects(tail(lab.path("none.log"), 1), { code: "ENOENT" });
});
