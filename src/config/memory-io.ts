/** Files in memory in place of the disk: for tests, and for an embedded server that must not touch the disk. */
import type { ConfigIo } from "./io.js";

export interface MemoryFiles {
  readonly cwd?: string;
  /** Absolute path to content. A path that ends in `/` is an empty directory. */
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

export interface MemoryIo extends ConfigIo {
  /** What is there now. */
  readonly files: Map<string, string>;
}

function failWith(code: string): never {
  throw Object.assign(new Error(code), { code });
}

/** Without double slashes, `.` and `..`. */
function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

export function memoryConfigIo({ cwd = "/", files = {}, stdin = "" }: MemoryFiles = {}): MemoryIo {
  const content = new Map<string, string>();
  const directories = new Set(["/"]);
  const addFolders = (path: string): void => {
    for (let at = path.indexOf("/", 1); at >= 0; at = path.indexOf("/", at + 1)) directories.add(path.slice(0, at));
  };
  addFolders(`${cwd}/`);
  for (const [path, text] of Object.entries(files)) {
    addFolders(path);
    if (!path.endsWith("/")) content.set(path, text);
  }
  const fileType = (path: string): "file" | "directory" | "none" => {
    const name = normalize(path);
    if (content.has(name)) return "file";
    return directories.has(name) ? "directory" : "none";
  };
  const requireFolder = (path: string): void => {
    const folder = normalize(path).replace(/\/[^/]*$/, "") || "/";
    if (!directories.has(folder)) failWith("ENOENT");
  };
  return {
    cwd,
    files: content,
    readFile(path) {
      if (fileType(path) === "directory") failWith("EISDIR");
      return content.get(normalize(path)) ?? failWith("ENOENT");
    },
    readStdin: () => stdin,
    listDirectory(path) {
      const folder = normalize(path);
      if (!directories.has(folder)) failWith("ENOENT");
      const prefix = folder === "/" ? "/" : `${folder}/`;
      const inside = [...content.keys(), ...directories].filter((name) => name.startsWith(prefix) && name !== prefix);
      return [...new Set(inside.map((name) => name.slice(prefix.length).replace(/\/.*/, "")))];
    },
    fileType,
    enterDirectory(path) {
      if (path === "" || fileType(path) === "none") failWith("ENOENT");
      if (fileType(path) === "file") failWith("ENOTDIR");
      return normalize(path);
    },
    openForAppend(path) {
      requireFolder(path);
      if (fileType(path) === "directory") failWith("EISDIR");
      if (!content.has(normalize(path))) content.set(normalize(path), "");
    },
    replaceFile(path, text) {
      requireFolder(path);
      content.set(normalize(path), text);
    },
  };
}
