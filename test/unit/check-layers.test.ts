// scripts/check-layers.mjs finds what it is there to find.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { makeTestDirectory } from "../support/child-process.js";
import { ROOT } from "../support/pyredis-process.js";

function check(files: Readonly<Record<string, string>>): { status: number | null; stderr: string } {
  const src = makeTestDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, name)), { recursive: true });
    writeFileSync(join(src, name), text);
  }
  return spawnSync(process.execPath, [join(ROOT, "scripts/check-layers.mjs"), src], { encoding: "utf8" });
}

test("imports that go upward are refused, and those that go downward are not", () => {
  assert.equal(check({ "server/a.ts": 'import "../storage/b.js";\n' }).status, 0);
  const { status, stderr } = check({ "storage/b.ts": 'import "../server/a.js";\n' });
  assert.equal(status, 1);
  assert.match(stderr, /storage\/ may not import server\/a/);
});

for (const code of ["Date.now()", "new Date()", "process.hrtime.bigint()", "globalThis.setTimeout(f, 1)"]) {
  test(`${code} is refused outside of base/timers.ts`, () => {
    assert.equal(check({ "base/timers.ts": `const x = ${code};\n` }).status, 0);
    const { status, stderr } = check({ "server/a.ts": `const x = ${code};\n` });
    assert.equal(status, 1);
    assert.match(stderr, /server\/a\.ts:1: take the time from base\/timers\.ts/);
  });
}

test("a comment may speak of the time", () => {
  assert.equal(check({ "server/a.ts": "// not Date.now()\n/** new Date() */\n" }).status, 0);
});

for (const name of ["Error", "RangeError", "Promise", "Uint8Array"]) {
  test(`instanceof ${name} is refused: another realm has a class of its own`, () => {
    const { status, stderr } = check({ "server/a.ts": `if (x instanceof ${name}) y();\n` });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`tell errors by base/errors\\.ts, .*instanceof ${name}`));
  });
}

test("instanceof an error class of ours is fine", () => {
  const text = "class OddError extends Error {}\nif (x instanceof OddError) y();\n";
  assert.equal(check({ "server/a.ts": text }).status, 0);
});
