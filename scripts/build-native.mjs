// Builds native/ during `npm install`. The addon is optional: without a compiler, or on a platform it is not
// written for, this prints why and exits 0; the daemon then falls back and says so in its log.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nativeDir = join(root, "native");

function skip(reason) {
  console.log(`pyredis: native addon not built (${reason}); the server runs, the daemon uses its fallback`);
  process.exit(0);
}

if (process.env.PYREDIS_SKIP_NATIVE === "1") skip("PYREDIS_SKIP_NATIVE=1");
if (process.platform !== "linux" && process.platform !== "darwin") skip(`platform ${process.platform}`);
if (!existsSync(join(nativeDir, "binding.gyp"))) skip("native/ is not part of this package");

// npm names its own bundled node-gyp; other package managers put one on the PATH.
const bundled = process.env.npm_config_node_gyp;
const [command, args] = bundled ? [process.execPath, [bundled]] : ["node-gyp", []];
// Most installations of Node carry their headers: using them, the build needs no network.
const prefix = dirname(dirname(process.execPath));
const headers = existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
const built = spawnSync(command, [...args, "rebuild", ...headers], {
  cwd: nativeDir,
  stdio: ["ignore", "ignore", "pipe"],
  encoding: "utf8",
  timeout: 300_000,
});
if (built.error) skip(built.error.message);
if (built.status !== 0) {
  // Of the compiler, or of node-gyp that has found none.
  const reason = /\berror: .*|\bstack Error: .*/.exec(built.stderr)?.[0] ?? built.stderr.trim().split("\n").at(-1);
  skip(`node-gyp exited with ${built.status ?? built.signal}: ${reason}`);
}
