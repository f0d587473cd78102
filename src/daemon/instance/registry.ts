// Owns the list of all instances: one small file for each in a directory of the user (root's in root's). It only says
// where the pidfiles are; what becomes of an instance, its own files decide. Written by launcher.ts and by programs
// that do not detach, read by list.ts.
import { createHash } from "node:crypto";
import { closeSync, constants, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DaemonError } from "../errors.js";
import { registryDirectory } from "../places.js";
import { openRegular, readStart, removeQuietly, replaceFile } from "./safe-file.js";

const LONGEST_ENTRY_BYTES = 16 * 1024;

export interface RegistryEntry {
  pidfile: string;
  name: string;
}

function entryPath(pidfile: string): string {
  return join(registryDirectory(), createHash("sha256").update(pidfile).digest("hex").slice(0, 32));
}

/** A daemon that cannot be listed still runs: no failure here is one of the start. */
export function registerInstance(pidfile: string, name: string): void {
  try {
    mkdirSync(registryDirectory(), { recursive: true, mode: 0o755 });
    closeSync(replaceFile(entryPath(pidfile), `${JSON.stringify({ pidfile, name })}\n`, 0o644));
  } catch {
    // No such directory and no right to make it, or no space.
  }
}

/** An entry that is not ours any more (the privileges are given away) is dropped by the next list. */
export function unregisterInstance(pidfile: string): void {
  removeQuietly(entryPath(pidfile));
}

function readEntry(path: string): RegistryEntry | undefined {
  let fd: number | undefined;
  try {
    fd = openRegular(path, path, constants.O_RDONLY);
    if (fd === undefined) return undefined;
    const fields: { pidfile?: unknown; name?: unknown } = { ...JSON.parse(readStart(fd, LONGEST_ENTRY_BYTES)) };
    if (typeof fields.pidfile !== "string") return undefined;
    return { pidfile: fields.pidfile, name: typeof fields.name === "string" ? fields.name : "" };
  } catch (error) {
    if (error instanceof DaemonError || error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** All entries of this user; what is no entry is dropped. Never throws. */
export function readRegistry(): RegistryEntry[] {
  const directory = registryDirectory();
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  const found: RegistryEntry[] = [];
  for (const name of names.filter((word) => /^[0-9a-f]{32}$/.test(word))) {
    const path = join(directory, name);
    const entry = readEntry(path);
    if (entry === undefined) removeQuietly(path);
    else found.push(entry);
  }
  return found;
}
