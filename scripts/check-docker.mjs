// Lints what is in docker/, and the shell scripts: the Dockerfile with dockerfile-utils, the compose file with dclint
// (the Compose Specification's schema and its own rules), the scripts with shellcheck. Any warning fails. shellcheck is
// no npm package: `npm test` installs it on Debian as root, CI has to have it, and elsewhere `sh -n` has to do.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SCRIPTS = ["docker/entrypoint.sh", ".ci/run"];

function fromPackage(name, entry, ...args) {
  return [process.execPath, join(root, "node_modules", name, entry), ...args];
}

const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;
const checks = [
  fromPackage("dockerfile-utils", "bin/dockerfile-utils", "lint", "docker/Dockerfile"),
  fromPackage("dclint", "bin/dclint.cjs", "--max-warnings", "0", "docker/compose.yaml"),
  hasShellcheck ? ["shellcheck", ...SCRIPTS] : ["sh", "-c", 'for file; do sh -n "$file"; done', "sh", ...SCRIPTS],
];

let isGood = true;
if (!hasShellcheck) {
  console.log("check-docker: shellcheck is not installed, the scripts are only parsed");
  isGood = process.env.CI !== "true";
}
for (const [command, ...args] of checks) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status === 0) continue;
  isGood = false;
  console.error(`check-docker: ${[command, ...args].join(" ")}\n${error?.message ?? stdout + stderr}`);
}
process.exit(isGood ? 0 : 1);
