// Makes `npx pyredis` work in a checkout, where npm does not link a package's own bin: after each build, the entry is
// executable and linked in node_modules/.bin, as it is for those who install the package.
import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = join(root, "dist", "cli", "main.js");
chmodSync(entry, 0o755);
if (process.platform !== "win32" && existsSync(join(root, "node_modules"))) {
  const bin = join(root, "node_modules", ".bin");
  const link = join(bin, "pyredis");
  mkdirSync(bin, { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link);
  symlinkSync("../../dist/cli/main.js", link);
}
