/** Paths of configuration files: absolute forms, and the wildcards of `include`. The loader and argv use it. */
import { matchGlob } from "../resp/glob.js";
import type { ConfigIo } from "./io.js";
import { trimLine } from "./split-args.js";

export function joinPath(base: string, path: string): string {
  if (path.startsWith("/")) return path;
  return base.endsWith("/") ? `${base}${path}` : `${base}/${path}`;
}

/** The path as INFO and CONFIG REWRITE name it: joined to the directory, with leading `../` resolved, not more. */
export function absolutePath(path: string, cwd: string): string {
  let relative = trimLine(path);
  if (relative.startsWith("/")) return relative;
  let base = cwd.replace(/\/+$/, "");
  while (relative.startsWith("../")) {
    relative = relative.slice(3);
    base = base.slice(0, Math.max(base.lastIndexOf("/"), 0));
  }
  return `${base}/${relative}`;
}

export function hasWildcard(path: string): boolean {
  return /[*?[]/.test(path);
}

function listMatches(io: ConfigIo, folder: string, pattern: string): string[] {
  const glob = Buffer.from(pattern.replaceAll("[!", "[^"), "latin1");
  let names: readonly string[];
  try {
    names = io.listDirectory(folder === "" ? "." : folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => {
      // A wildcard does not match the dot of a hidden file.
      if (name.startsWith(".") && !pattern.startsWith(".")) return false;
      const bytes = Buffer.from(name, "latin1");
      return matchGlob(glob, 0, glob.length, bytes, 0, bytes.length, false);
    })
    .sort();
}

/** The files that a path with wildcards stands for, sorted. Directories are left out. `base` is taken literally. */
export function expandWildcards(path: string, base: string, io: ConfigIo): string[] {
  const full = joinPath(base.replace(/[\\*?[]/g, "\\$&"), path);
  let found = [""];
  for (const part of full.split("/").slice(1)) {
    found = found.flatMap((folder) =>
      hasWildcard(part)
        ? listMatches(io, `${folder}/`, part).map((name) => `${folder}/${name}`)
        : [`${folder}/${part.replace(/\\(.)/g, "$1")}`],
    );
  }
  return found.filter((file) => io.fileType(file) === "file");
}
