// The steps of the build: nothing to do is done quickly, what is in use stays in its place, and a missing compiler is told.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeTestDirectory } from "../support/child-process.js";
import { ROOT } from "../support/pyredis-process.js";

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

function run(root: string, script: string, args: readonly string[], env: NodeJS.ProcessEnv): Ran {
  const options = { encoding: "utf8", env: { PATH: process.env.PATH, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts", script), ...args], options);
  return { status, output: stdout + stderr };
}

/** A checkout without its development packages, as `NODE_ENV=production npm ci` leaves it. */
function makeCheckout(): string {
  const root = makeTestDirectory();
  cpSync(join(ROOT, "scripts"), join(root, "scripts"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(root, "package.json"));
  return root;
}

test("without compilers an install ends well and says what is missing; a build fails and says the same", () => {
  const root = makeCheckout();
  const prepared = run(root, "build.mjs", ["--optional"], { npm_lifecycle_event: "prepare" });
  assert.equal(prepared.status, 0);
  assert.match(prepared.output, /To install them: npm ci --include=dev/);
  for (const args of [[], ["--optional"]]) {
    const built = run(root, "build.mjs", args, { npm_lifecycle_event: "start" });
    assert.equal(built.status, 1);
    assert.match(built.output, /To install them: npm ci --include=dev/);
  }
});

test("without compilers, what is built already is used", () => {
  const root = makeCheckout();
  mkdirSync(join(root, "dist"));
  writeFileSync(join(root, "dist/index.js"), "");
  assert.deepEqual(run(root, "build.mjs", ["--optional"], { npm_lifecycle_event: "start" }), { status: 0, output: "" });
});

/** A node-gyp that counts its calls and builds what it is told: the content of `result`, or an error. */
function makeNative(): { root: string; env: NodeJS.ProcessEnv; addon: string; calls(): number; fail(): void } {
  const root = makeCheckout();
  cpSync(join(ROOT, "native"), join(root, "native"), { recursive: true, filter: (path) => !path.includes("/build") });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  const log = join(root, "calls");
  writeFileSync(log, "");
  const gyp = join(root, "gyp.cjs");
  const record = `const fs = require("node:fs"); fs.appendFileSync(${JSON.stringify(log)}, "x");`;
  const build = `fs.mkdirSync("build/Release", { recursive: true }); fs.writeFileSync("build/Release/pyredis.node", "new");`;
  writeFileSync(gyp, record + build);
  return {
    root,
    env: { npm_config_node_gyp: gyp },
    addon: join(root, "native/build/Release/pyredis.node"),
    calls: () => statSync(log).size,
    fail: () => writeFileSync(gyp, `${record} console.error("addon.cc: error: no such thing"); process.exit(1);`),
  };
}

test("the addon is built once, beside, and again only when its sources change", () => {
  const { root, env, addon, calls } = makeNative();
  assert.deepEqual(run(root, "build-native.mjs", [], env), { status: 0, output: "" });
  assert.equal(readFileSync(addon, "utf8"), "new");
  const { ino } = statSync(addon);
  assert.deepEqual(run(root, "build-native.mjs", [], env), { status: 0, output: "" });
  assert.deepEqual([calls(), statSync(addon).ino], [1, ino]);
  writeFileSync(join(root, "native/addon.cc"), "// changed\n");
  run(root, "build-native.mjs", [], env);
  assert.equal(calls(), 2);
  assert.notEqual(statSync(addon).ino, ino, "by renaming: who has the old one open keeps it");
  assert.deepEqual(readdirSync(join(root, "native/build")), ["Release"]);
});

test("a build of the addon that fails leaves the old one in its place, and no install fails of it", () => {
  const { root, env, addon, fail } = makeNative();
  run(root, "build-native.mjs", [], env);
  writeFileSync(join(root, "native/addon.cc"), "// changed\n");
  fail();
  const { status, output } = run(root, "build-native.mjs", [], env);
  assert.equal(status, 0);
  assert.match(output, /native addon not built \(node-gyp exited with 1: error: no such thing\)/);
  assert.ok(existsSync(addon));
  assert.deepEqual(readdirSync(join(root, "native/build")), ["Release"]);
});

test("the bundle is up to date after a build, and is then left alone", () => {
  const { ino } = statSync(join(ROOT, "dist/index.js"));
  assert.deepEqual(run(ROOT, "bundle.mjs", [], {}), { status: 0, output: "" });
  assert.equal(statSync(join(ROOT, "dist/index.js")).ino, ino);
});
