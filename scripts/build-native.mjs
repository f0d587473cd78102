// Builds native/ during `npm install`; does nothing when what is built is of the present sources. The addon is optional:
// without a compiler, or on a platform it is not written for, this prints why and exits 0; the daemon then falls back
// and says so in its log. It is built beside and renamed into its place, so that a daemon that starts meanwhile finds
// the old one or the new one.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nativeDir = join(root, "native");
const release = join(nativeDir, "build/Release");
const addon = join(release, "pyredis.node");
const stampFile = join(release, "pyredis.stamp");

function skip(reason) {
  console.log(`pyredis: native addon not built (${reason}); the server runs, the daemon uses its fallback`);
  process.exit(0);
}

/** N-API is the same for every Node, so its version does not count. */
function hashInputs(sources) {
  const { version } = createRequire(join(root, "package.json"))("node-addon-api/package.json");
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} node-addon-api ${version}`);
  for (const name of sources) hash.update(`\0${name}\0`).update(readFileSync(join(nativeDir, name)));
  return hash.digest("hex");
}

function isUpToDate(stamp) {
  return existsSync(addon) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
}

function build(directory) {
  // npm names its own bundled node-gyp; other package managers put one on the PATH.
  const bundled = process.env.npm_config_node_gyp;
  const [command, args] = bundled ? [process.execPath, [bundled]] : ["node-gyp", []];
  // Most installations of Node carry their headers: using them, the build needs no network.
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
  return spawnSync(command, [...args, "rebuild", ...headers], {
    cwd: directory,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    timeout: 300_000,
  });
}

/** Why there is no addon; empty when it is in its place. */
function buildBeside(directory, sources, stamp) {
  mkdirSync(directory, { recursive: true });
  for (const name of sources) copyFileSync(join(nativeDir, name), join(directory, name));
  const built = build(directory);
  if (built.error) return built.error.message;
  if (built.status !== 0) {
    // Of the compiler, or of node-gyp that has found none.
    const reason = /\berror: .*|\bstack Error: .*/.exec(built.stderr)?.[0] ?? built.stderr.trim().split("\n").at(-1);
    return `node-gyp exited with ${built.status ?? built.signal}: ${reason}`;
  }
  mkdirSync(release, { recursive: true });
  renameSync(join(directory, "build/Release/pyredis.node"), addon);
  writeFileSync(stampFile, stamp);
  return "";
}

if (process.env.PYREDIS_SKIP_NATIVE === "1") skip("PYREDIS_SKIP_NATIVE=1");
if (process.platform !== "linux" && process.platform !== "darwin") skip(`platform ${process.platform}`);
if (!existsSync(join(nativeDir, "binding.gyp"))) skip("native/ is not part of this package");
const sources = readdirSync(nativeDir)
  .filter((name) => /\.(cc|h|gyp)$/.test(name))
  .sort();
const stamp = hashInputs(sources);
if (!isUpToDate(stamp)) {
  // Inside of the package, where node-addon-api is found.
  const directory = join(nativeDir, "build", `beside-${process.pid}`);
  const problem = buildBeside(directory, sources, stamp);
  rmSync(directory, { recursive: true, force: true });
  if (problem !== "") skip(problem);
}
