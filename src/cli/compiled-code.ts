// Owns V8's compile cache of the command: where Node has one (22.8), each start after the first saves the compiling.
// The cache is code that will be run, so it lies where nobody but this user can write. Called by main.ts, first thing.
import { mkdirSync, type Stats, statSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** Node 22.8 and later. */
interface CompileCache {
  readonly enableCompileCache?: (directory: string) => unknown;
}

const WRITABLE_BY_OTHERS = 0o022;

function isOurs({ uid, mode }: Stats): boolean {
  return uid === process.geteuid?.() && (mode & WRITABLE_BY_OTHERS) === 0;
}

/** The user's cache directory, or undefined where it, or the one it lies in, could be somebody else's to change. */
export function findCacheDirectory(env: NodeJS.ProcessEnv): string | undefined {
  const { XDG_CACHE_HOME: chosen = "", HOME: home = homedir() } = env;
  const base = isAbsolute(chosen) ? chosen : isAbsolute(home) ? join(home, ".cache") : undefined;
  if (base === undefined || process.geteuid === undefined) return undefined;
  const directory = join(base, "pyredis");
  try {
    if (!isOurs(statSync(dirname(base)))) return undefined;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return isOurs(statSync(base)) && isOurs(statSync(directory)) ? directory : undefined;
  } catch {
    return undefined; // No home, or one that cannot be written: every start compiles.
  }
}

/** NODE_COMPILE_CACHE is the user's own choice, and NODE_DISABLE_COMPILE_CACHE too: Node follows both by itself. */
export function keepCompiledCode(): void {
  const { enableCompileCache } = module as unknown as CompileCache;
  if (enableCompileCache === undefined || process.env.NODE_COMPILE_CACHE !== undefined) return;
  const directory = findCacheDirectory(process.env);
  if (directory !== undefined) enableCompileCache(directory);
}
