// The package as it is published: packed, laid out in a fresh folder as npm lays it out, with its install steps run there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { makeTestDirectory } from "../support/child-process.js";
import { ROOT } from "../support/pyredis-process.js";

/** What the tarball may take: the bundle with its maps, the types, the addon's sources and docs. */
const MOST_PACKED_BYTES = 1_500_000;

const folder = makeTestDirectory();
const home = join(folder, "node_modules/pyredis");
let packedBytes = 0;
let isCompiled = false;

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = folder): string {
  const options = { cwd, encoding: "utf8", timeout: 120_000, env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${error?.message ?? ""}${stdout}${stderr}`);
  return stdout;
}

function node(...args: string[]): string {
  return run(process.execPath, args);
}

function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" });
}

before(() => {
  run("npm", ["pack", ROOT, "--ignore-scripts", "--silent"]);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  packedBytes = statSync(join(folder, tarball)).size;
  mkdirSync(home, { recursive: true });
  run("tar", ["xzf", tarball, "-C", home, "--strip-components=1"]);
  rmSync(join(folder, tarball));
  const { dependencies }: { dependencies: object } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    cpSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name), {
      recursive: true,
      dereference: true,
    });
  }
  writeFileSync(join(folder, "package.json"), '{ "name": "app", "private": true }');
  // The addon is the checkout's own: compiling it is the affair of other tests.
  const addon = join(ROOT, "native/build");
  if (existsSync(addon)) symlinkSync(addon, join(home, "native/build"));
  node(join(home, "scripts/compile-code.mjs"));
  isCompiled = listFiles(join(home, "dist")).some((name) => name.endsWith(".compiled"));
});

test("the tarball has the bundle, types and docs; no tests, no single modules, no sources in its maps", () => {
  const files = listFiles(home);
  for (const name of ["dist/index.js", "dist/index.mjs", "dist/index.d.ts", "dist/index.d.mts", "dist/cli/main.js"]) {
    assert.ok(files.includes(name), name);
  }
  const scripts = files.filter((name) => name.startsWith("dist/") && name.endsWith(".js"));
  assert.ok(scripts.length < 40, `a bundle, not ${scripts.length} modules`);
  assert.deepEqual(
    files.filter((name) => /(^|\/)(test|src|bench)\//.test(name)),
    [],
  );
  for (const name of files.filter((file) => file.endsWith(".map"))) {
    const map: { sourcesContent?: unknown } = JSON.parse(readFileSync(join(home, name), "utf8"));
    assert.equal(map.sourcesContent, undefined, name);
  }
  assert.ok(packedBytes < MOST_PACKED_BYTES, `the tarball has ${packedBytes} bytes`);
  assert.match(readFileSync(join(home, "dist/THIRD-PARTY-LICENSES.txt"), "utf8"), /^commander\n\n.*MIT/s);
});

test("the install step leaves compiled code that this Node takes", () => {
  assert.ok(isCompiled);
  const script = `
    const vm = require("node:vm");
    const rejected = [];
    const { Script } = vm;
    vm.Script = class extends Script {
      constructor(...words) {
        super(...words);
        rejected.push(this.cachedDataRejected);
      }
    };
    require("pyredis");
    console.log(JSON.stringify(rejected));`;
  const rejected: unknown[] = JSON.parse(node("-e", script));
  assert.ok(rejected.length >= 2);
  assert.deepEqual(new Set(rejected), new Set([false]));
});

const USE = `
  const redis = await PyRedis.create();
  const socket = require("node:net").connect(redis.port, "127.0.0.1", () => socket.write("PING\\r\\n"));
  console.log(String(await new Promise((resolve) => socket.once("data", resolve))).trim());
  socket.destroy();
  await redis.close();
  try {
    await PyRedis.create({ prot: 1 });
  } catch (error) {
    console.log(error instanceof ConfigError, error.code);
  }`;

for (const [how, words, script] of [
  ["require", ["-e"], `const { PyRedis, ConfigError } = require("pyredis"); (async () => {${USE}})();`],
  [
    "import",
    ["--input-type=module", "-e"],
    `import { createRequire } from "node:module"; import { PyRedis, ConfigError } from "pyredis";
     const require = createRequire(import.meta.url); ${USE}`,
  ],
] as const) {
  test(`${how} gives a server, with the compiled code and without`, () => {
    assert.equal(node(...words, script), "+PONG\ntrue bad-option\n");
    assert.equal(node("--enable-source-maps", ...words, script), "+PONG\ntrue bad-option\n");
  });
}

test("require and import give the same classes", () => {
  const script = `
    import { createRequire } from "node:module";
    import * as byImport from "pyredis";
    import { Daemon } from "pyredis/daemon";
    const require = createRequire(import.meta.url);
    const byRequire = require("pyredis");
    console.log(byImport.PyRedis === byRequire.PyRedis, Daemon === require("pyredis/daemon").Daemon);
    console.log(Daemon === byRequire.Daemon, Object.keys(byRequire).every((name) => byImport[name] === byRequire[name]));`;
  assert.equal(node("--input-type=module", "-e", script), "true true\ntrue true\n");
});

test("a stack under --enable-source-maps names the sources", () => {
  const script = `
    import { PyRedis } from "pyredis";
    await PyRedis.create({ prot: 1 }).catch((error) => console.log(error.stack));`;
  assert.match(
    node("--enable-source-maps", "--input-type=module", "-e", script),
    /src\/server\/embedded-options\.ts:\d+:\d+/,
  );
});

test("the report of a crash names the sources too, without any option of Node's", () => {
  const words = [
    join(home, "dist/cli/main.js"),
    "server",
    "--port",
    "0",
    "--unixsocket",
    join(folder, "crash"),
    "--dir",
    folder,
  ];
  const crash = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ${JSON.stringify(words)}.concat("--enable-debug-command", "yes"));
    let log = "";
    child.stdout.on("data", (data) => {
      log += data;
      if (!log.includes("Ready to accept")) return;
      child.stdout.removeAllListeners("data").on("data", (more) => (log += more));
      require("node:net").connect(${JSON.stringify(join(folder, "crash"))}).on("error", () => {}).write("DEBUG PANIC\\r\\n");
    });
    child.on("close", () => console.log(log));`;
  const log = node("-e", crash);
  assert.match(
    log,
    /STACK TRACE -+\nError: DEBUG PANIC\n\s+at crashOnPurpose \(src\/server\/crash-report\.ts:\d+:\d+\)/,
  );
  assert.match(log, /\(src\/server\/dispatch\.ts:\d+:\d+\)/);
});

test("the command starts a daemon, tells its status, and stops it", (t) => {
  const main = join(home, "dist/cli/main.js");
  const pidfile = join(folder, "p.pid");
  const places = ["--pidfile", pidfile, "--logfile", join(folder, "p.log"), "--dir", folder];
  const env = { PYREDIS_DAEMON_REGISTRY: join(folder, "registry") };
  const path = join(folder, "s");
  const command = (...words: string[]): string => run(process.execPath, [main, ...words], env);
  t.after(() =>
    spawnSync(process.execPath, [main, "stop", "--pidfile", pidfile, "--force"], { env: { ...process.env, ...env } }),
  );
  const started = command("start", "--port", "0", "--unixsocket", path, ...places);
  assert.match(started, new RegExp(`^p is running: pid \\d+, ${path}, pidfile .*, log `));
  assert.match(command("status", "--pidfile", pidfile), /running/);
  command("stop", "--pidfile", pidfile);
  assert.equal(existsSync(pidfile), false);
});

test("status loads no server", () => {
  const script = `
    const Module = require("node:module");
    process.argv = [process.argv[0], "pyredis", "status", "--pidfile", ${JSON.stringify(join(folder, "none.pid"))}];
    process.on("exit", () => {
      const loaded = Object.keys(require.cache).filter((name) => name.includes("/dist/"));
      console.log(Math.max(...loaded.map((name) => require("node:fs").statSync(name.replace(/(?<!code)\\.js$/, ".code.js"), { throwIfNoEntry: false })?.size ?? 0)) < 500_000);
      process.exitCode = 0;
    });
    require(${JSON.stringify(join(home, "dist/cli/main.js"))});`;
  const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", cwd: folder });
  assert.match(stdout, /\ntrue\n$/);
});
