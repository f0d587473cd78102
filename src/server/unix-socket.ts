/**
 * The file of a unix socket: its path is checked, a dead server's file is taken away, and nobody can connect before its
 * mode is set. Called by listeners.ts.
 */
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
} from "node:fs";
import { createConnection, type Server as NetServer } from "node:net";
import { dirname, join } from "node:path";
import { codeOf } from "../base/errors.js";

/** sizeof(sockaddr_un.sun_path), the NUL at its end included. */
const PATH_SIZE_BYTES = process.platform === "darwin" ? 104 : 108;
const PERMISSION_BITS = 0o777;

/** A code and the system's words for it; `listeners.ts` makes its error of them. */
export interface SocketProblem {
  readonly code: string;
  readonly text: string;
}

/** Node cuts a longer path silently, and libuv says EACCES for a directory that is not there. */
export function checkSocketPath(path: string): SocketProblem | null {
  const bytes = Buffer.byteLength(path);
  if (bytes >= PATH_SIZE_BYTES) {
    const text = `unix socket path too long (${bytes}), must be under ${PATH_SIZE_BYTES}`;
    return { code: "ENAMETOOLONG", text };
  }
  try {
    if (!statSync(dirname(path)).isDirectory()) return { code: "ENOTDIR", text: "Not a directory" };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return { code, text: "No such file or directory" };
    if (code === "ENOTDIR") return { code, text: "Not a directory" };
    // The bind itself tells what else there is to tell.
  }
  return null;
}

/** Makes room for a socket: what is there may be the file of a server that is gone, and nothing else. */
export async function clearSocketPath(path: string): Promise<SocketProblem | null> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isSocket()) return { code: "EADDRINUSE", text: "it exists, and is not a socket" };
  if (!(await isDead(path))) return { code: "EADDRINUSE", text: "Address already in use" };
  return removeDeadSocket(path, found) ? null : { code: "EADDRINUSE", text: "Address already in use" };
}

/**
 * Only a refused connection means that nobody listens. Anything else, such as a full queue or a missing permission, may
 * be a server that lives.
 */
function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error) => resolve(["ECONNREFUSED", "ENOENT"].includes(codeOf(error))));
  });
}

/**
 * Another server may have taken the place since the probe: the file is moved aside, and put back if it is not the one
 * that was probed. False if it was.
 */
function removeDeadSocket(path: string, probed: Stats): boolean {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    return codeOf(error) === "ENOENT";
  }
  const moved = lstatSync(aside);
  const isSame = moved.ino === probed.ino && moved.dev === probed.dev;
  if (!isSame) putBack(aside, path);
  unlinkSync(aside);
  return isSame;
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch {
    // A third server has taken the place meanwhile, and keeps it.
  }
}

/**
 * Has `listen` bind and open the socket, with a mode from the first moment on that lets nobody in whom `permissions`
 * keeps out. `permissions` 0 leaves it to the umask, as Redis does.
 *
 * listen(2) follows bind(2) within one call of Node, so a chmod comes too late. The mask of the process works, and can
 * only take rights away meanwhile: files that other threads make are not opened to anybody. Worker threads cannot change
 * it: there the socket is made in a directory of its own, which nobody else can enter, and moved into its place.
 */
export async function listenWithMode(
  path: string,
  permissions: number,
  listen: (path: string) => Promise<NetServer>,
): Promise<NetServer> {
  if (permissions === 0) return await listen(path);
  const mask = restrictMask(permissions);
  if (mask === null) return await listenAside(path, permissions, listen);
  let listening: Promise<NetServer>;
  try {
    listening = listen(path);
  } finally {
    process.umask(mask);
  }
  const listener = await listening;
  await orClose(listener, () => chmodSync(path, permissions));
  return listener;
}

/** The mask before, or null in a worker thread. */
function restrictMask(permissions: number): number | null {
  try {
    return process.umask(process.umask() | (PERMISSION_BITS & ~permissions));
  } catch (error) {
    if (codeOf(error) !== "ERR_WORKER_UNSUPPORTED_OPERATION") throw error;
    return null;
  }
}

async function listenAside(
  path: string,
  permissions: number,
  listen: (path: string) => Promise<NetServer>,
): Promise<NetServer> {
  const directory = mkdtempSync(join(dirname(path), ".s"));
  try {
    const aside = join(directory, "s");
    const problem = checkSocketPath(aside);
    if (problem !== null) throw Object.assign(new Error(problem.text), { code: problem.code });
    const listener = await listen(aside);
    await orClose(listener, () => {
      chmodSync(aside, permissions);
      renameSync(aside, path);
    });
    // Node removes the file by the name it was bound to.
    const { ino, dev } = lstatSync(path);
    listener.once("close", () => removeIfSame(path, ino, dev));
    return listener;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function removeIfSame(path: string, ino: number, dev: number): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.ino === ino && found.dev === dev) unlinkSync(path);
}

async function orClose(listener: NetServer, finish: () => void): Promise<void> {
  try {
    finish();
  } catch (error) {
    await new Promise((resolve) => listener.close(resolve));
    throw error;
  }
}
