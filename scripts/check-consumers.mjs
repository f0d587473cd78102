// What others do with the published package: it is packed, installed into a fresh folder beside TypeScript 5.4, Jest and
// Vitest, and used by each in every way that they have (test/consumers). Needs the registry; `.ci/run` runs it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const TOOLS = ["typescript@5.4.5", "@types/node@20", "jest@30", "vitest@3"];
const RESOLUTIONS = [
  ["node10", "commonjs"],
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["bundler", "esnext"],
];
const STRICT = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false"];
const TARGET = ["--target", "es2022", "--lib", "es2022,esnext.disposable"];

const folder = mkdtempSync(join(tmpdir(), "pyredis-consumers-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function run(what, command, args, env = {}) {
  const options = { cwd: folder, encoding: "utf8", timeout: 600_000, env: { ...process.env, ...env } };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status !== 0) {
    console.error(`check-consumers: ${what} fails\n${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}`);
    process.exit(1);
  }
  console.log(`check-consumers: ${what}`);
}

function setType(type) {
  const jest = { testMatch: ["**/*.spec.*js"], moduleFileExtensions: ["js", "cjs", "mjs"], transform: {} };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type, jest }));
}

setType("commonjs");
run("npm pack", "npm", ["pack", root, "--ignore-scripts", "--silent"]);
const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
run("npm install", "npm", ["install", "--no-save", "--no-audit", "--no-fund", `./${tarball}`, ...TOOLS], {
  PYREDIS_SKIP_NATIVE: "1",
});
cpSync(join(root, "test/consumers"), folder, { recursive: true });
for (const type of ["commonjs", "module"]) {
  setType(type);
  for (const [resolution, module] of RESOLUTIONS) {
    const words = [...STRICT, ...TARGET, "--moduleResolution", resolution, "--module", module, "types.ts"];
    run(`TypeScript 5.4, ${type}, ${resolution}`, process.execPath, ["node_modules/typescript/bin/tsc", ...words]);
  }
}
setType("commonjs");
const jest = ["node_modules/jest/bin/jest.js", "--forceExit"];
run("Jest, require", process.execPath, [...jest, "common.spec.cjs"]);
run("Jest, ES modules", process.execPath, ["--experimental-vm-modules", ...jest, "module.spec.mjs"]);
run("Vitest", process.execPath, ["node_modules/vitest/vitest.mjs", "run", "--globals", "module.spec.mjs"]);
