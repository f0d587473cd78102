// Owns the way from what a caller names to a module's file, as another process can import it. Called by daemon.ts and
// job.ts.
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../base/errors.js";
import { DaemonError } from "./errors.js";
import { asCalled, currentDirectory } from "./program.js";

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** As import and require find it; and as TypeScript's loaders do, `./work.js` may be work.ts. */
function findFile(path: string): string | undefined {
  if (isFile(path)) return path;
  const typed = path.replace(/\.([cm]?)js$/, ".$1ts");
  if (typed !== path && isFile(typed)) return typed;
  for (const end of [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", "/index.js", "/index.ts"]) {
    if (isFile(path + end)) return path + end;
  }
  return undefined;
}

/** What a URL or a text says; anything else is refused. */
function readName(module: unknown): string {
  if (typeof module === "function") {
    throw new DaemonError("bad-option", "a function cannot go to another process: name the module that exports it");
  }
  const text = typeof module === "object" && module !== null ? Reflect.get(module, "href") : module;
  if (typeof text === "string" && text !== "") return text;
  throw new DaemonError(
    "bad-option",
    `a module is named by its path, its file URL or its package, not by ${typeof module}`,
  );
}

/** A path (from here), a file URL or a package, as the daemon can import it. Throws a DaemonError if it is not there. */
export function findModule(module: unknown): string {
  const name = readName(module);
  const missing = (why: string): DaemonError => new DaemonError("bad-option", `there is no module ${name}${why}`);
  if (/^(data|node|https?|blob):/.test(name)) throw missing(": only files and packages can be run as daemons");
  const here = currentDirectory();
  if (name.startsWith("file:") || isAbsolute(name) || /^\.\.?(\/|$)/.test(name)) {
    const path = name.startsWith("file:") ? fileURLToPath(name) : resolve(here, name);
    const found = findFile(path);
    if (found === undefined) throw missing(path === name ? "" : ` (${path})`);
    return asCalled(found);
  }
  try {
    return asCalled(createRequire(join(here, "package.json")).resolve(name));
  } catch (error) {
    if (isFile(resolve(here, name))) throw missing(` among the packages; the file is ./${name}`);
    throw missing(`: ${messageOf(error).split("\n")[0] ?? ""}`);
  }
}
