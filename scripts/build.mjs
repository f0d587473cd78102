// `npm run build`: the addon (build-native.mjs), types checked and tests compiled (tsc), the bundle (bundle.mjs), its
// compiled code (compile-code.mjs). Each step does nothing when all is up to date.
//
// With --optional it is content with what is there: after `npm ci` in an environment of production, which leaves the
// compilers out, dist/ is used as it is, and where there is none it says what to do.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const TSC = "node_modules/typescript/bin/tsc";
/** npm brings the addon's builder along; without npm the addon stays as it is. */
const hasNodeGyp = process.env.npm_config_node_gyp !== undefined;
const STEPS = [
  ...(hasNodeGyp ? [["scripts/build-native.mjs"]] : []),
  [TSC, "-b", "tsconfig.json", "test/tsconfig.json"],
  ["scripts/bundle.mjs"],
  ["scripts/compile-code.mjs"],
];
const MISSING = `pyredis: the code cannot be built, because the development packages are not installed (NODE_ENV=production or
--omit=dev leaves them out). To install them: npm ci --include=dev`;

function refuse() {
  const isOptional = process.argv.includes("--optional");
  if (isOptional && existsSync(join(root, "dist/index.js"))) return 0;
  console.error(MISSING);
  // An install of the rest is complete without them.
  return isOptional && process.env.npm_lifecycle_event === "prepare" ? 0 : 1;
}

function build() {
  for (const words of STEPS) {
    const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" });
    if (status !== 0) return status ?? 1;
  }
  return 0;
}

const hasCompilers = [TSC, "node_modules/esbuild/package.json"].every((path) => existsSync(join(root, path)));
process.exit(hasCompilers ? build() : refuse());
