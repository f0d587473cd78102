// Runs the compiled tests: every build/test/**/*.test.js, or those below the paths given (test/unit, or one file).
// node:test gets an explicit list of files, so that a test that is not compiled is an error and not a silence.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function listTests(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(folder, name))
    .sort();
}

const asked = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const options = process.argv.slice(2).filter((word) => word.startsWith("-"));
const sources = (asked.length > 0 ? asked : ["test"]).flatMap((path) => {
  const full = join(root, path.replace(/\.js$/, ".ts").replace(/^build\//, ""));
  if (!existsSync(full)) throw new Error(`no such test: ${path}`);
  return full.endsWith(".ts") ? [full] : listTests(full);
});
const compiled = sources.map((file) => join(root, "build", relative(root, file)).replace(/\.ts$/, ".js"));
const missing = compiled.filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.error(`not compiled: ${missing.join(", ")}`);
  process.exit(1);
}
// Two at a time: most files drive a server process of their own, and CI has two cores.
const runner = spawn(
  process.execPath,
  ["--enable-source-maps", "--expose-gc", "--test", "--test-concurrency=2", ...options, ...compiled],
  {
    cwd: root,
    stdio: "inherit",
  },
);
runner.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
