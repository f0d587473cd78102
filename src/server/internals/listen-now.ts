/**
 * Listening on an address without waiting: for CONFIG SET of port or bind inside of a transaction, which must know how
 * it went before its next command runs. listeners.ts calls it.
 *
 * net.Server binds at once too, but tells later, because a host name would have to be looked up. Node's own cluster
 * module binds through net._createServerHandle; that is undocumented, so whoever calls asks canListenNow first, which
 * tries it out on a free loopback port. Where that fails, CONFIG SET waits for listen() to call back.
 */
import { createRequire } from "node:module";
import net from "node:net";
import { getSystemErrorName } from "node:util";
import { toError } from "../../base/errors.js";
import type { Logger } from "../logger.js";
import { logBroken, reasonOf } from "./internals.js";

/** An open handle, or the number of the error that binding met. */
type CreateHandle = (host: string, port: number, family: number, fd: undefined, flags: number) => unknown;

const IPV6_ONLY = 1;
const NO_FLAGS = 0;

/** Of this process; null before it was tried out. */
let works: boolean | null = null;

/** A worker of node:cluster would ask its primary to listen on the handle that it has itself. */
function isClusterWorker(): boolean {
  if (process.send === undefined) return false;
  const cluster: { readonly isWorker: boolean } = createRequire(import.meta.url)("node:cluster");
  return cluster.isWorker;
}

/** Whether listenNow can be called for these. */
export function canListenNow(hosts: readonly string[], log: Logger): boolean {
  if (!hosts.every((host) => net.isIP(host) !== 0) || isClusterWorker()) return false;
  works ??= tryOut(log);
  return works;
}

/** Null when `listener` listens there, else why it does not. */
export function listenNow(listener: net.Server, host: string, port: number, backlog: number): Error | null {
  try {
    return listenOnHandle(listener, host, port, backlog);
  } catch (error) {
    return toError(error);
  }
}

/** Throws when Node is not as known. */
function listenOnHandle(listener: net.Server, host: string, port: number, backlog: number): Error | null {
  const { _createServerHandle: createHandle } = net as unknown as { _createServerHandle?: CreateHandle };
  if (typeof createHandle !== "function") throw new Error("there is none");
  const isIpv6 = net.isIPv6(host);
  const handle = createHandle(host, port, isIpv6 ? 6 : 4, undefined, isIpv6 ? IPV6_ONLY : NO_FLAGS);
  if (typeof handle === "number") return makeError(getSystemErrorName(handle));
  if (typeof handle !== "object" || handle === null) throw new Error(`it answers with ${typeof handle}`);
  // What listen() meets it tells later, too; but that it has met something shows at once.
  listener.once("error", () => {});
  listener.listen(handle, backlog);
  return listener.listening ? null : makeError("EADDRINUSE");
}

/** The documented way cannot be tried first, since it answers later: so this is, where nobody is disturbed. */
function tryOut(log: Logger): boolean {
  const listener = net.createServer();
  try {
    const error = listenOnHandle(listener, "127.0.0.1", 0, 1);
    if (error !== null) throw error;
    const address = listener.address();
    if (address === null || typeof address === "string" || !(address.port > 0))
      throw new Error("it is bound to no port");
    // A second one on the same port must be told at once.
    const second = net.createServer();
    const isRefused = listenOnHandle(second, "127.0.0.1", address.port, 1) !== null;
    if (second.listening) second.close();
    if (!isRefused) throw new Error("a port that is taken is not refused");
    return true;
  } catch (error) {
    logBroken([{ name: "binding", reason: reasonOf(error) }], log);
    return false;
  } finally {
    if (listener.listening) listener.close();
  }
}

function makeError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
