// Owns how a program is named so that it can be run again later: as it was called, with the links in its path. Where a
// deployment switches a link (`current` -> v2), what is started next is what the link means then. Node itself resolves
// links for its own path, for the main module and for the current directory. Called by the options, the CLI and
// everything that makes a command.
import { realpathSync, statSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, normalize, resolve } from "node:path";

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isSameDirectory(left: string, right: string): boolean {
  try {
    const [a, b] = [statSync(left), statSync(right)];
    return a.ino === b.ino && a.dev === b.dev;
  } catch {
    return false;
  }
}

/** The current directory as the caller's shell calls it; "/" if it has been deleted, which makes cwd() throw. */
export function currentDirectory(): string {
  let real: string;
  try {
    real = process.cwd();
  } catch {
    return "/";
  }
  const { PWD } = process.env;
  if (PWD === undefined || PWD === real || !isAbsolute(PWD) || normalize(PWD) !== PWD) return real;
  return isSameDirectory(PWD, real) ? PWD : real;
}

/** Two names of one directory, without what they end in alike: `current` and `v1`. */
interface Link {
  called: string;
  real: string;
}

function findLink(called: string): Link | undefined {
  let left = called;
  let right = realOf(called);
  if (right === undefined || left === right) return undefined;
  while (basename(left) === basename(right) && dirname(left) !== "/" && dirname(right) !== "/") {
    left = dirname(left);
    right = dirname(right);
  }
  return { called: left, real: right };
}

/** The file or directory by the name it was called by, if the way to it led through a link; otherwise as it is. */
export function asCalled(path: string): string {
  const script = process.argv[1];
  const places = script === undefined ? [currentDirectory()] : [dirname(script), currentDirectory()];
  for (const place of places) {
    const link = findLink(place);
    if (link === undefined || !`${path}/`.startsWith(`${link.real}/`)) continue;
    const candidate = link.called + path.slice(link.real.length);
    if (realOf(candidate) === realOf(path)) return candidate;
  }
  return path;
}

/** The program of this process. Node makes it absolute with the real current directory. */
export function scriptAsCalled(): string | undefined {
  const script = process.argv[1];
  return script === undefined ? undefined : asCalled(script);
}

/** Node's own program: where the caller, or his PATH, found it. */
export function nodeAsCalled(): string {
  const { argv0, execPath } = process;
  const places = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  const candidates = argv0.includes("/")
    ? [resolve(currentDirectory(), argv0)]
    : places.map((place) => join(place, argv0));
  const real = realOf(execPath);
  return candidates.find((path) => real !== undefined && realOf(path) === real) ?? execPath;
}
