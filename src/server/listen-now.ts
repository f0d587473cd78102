/**
 * Listening on an address without waiting: for CONFIG SET of port or bind inside of a transaction, which must know how
 * it went before its next command runs. listeners.ts calls it.
 *
 * net.Server binds at once too, but tells later, because a host name would have to be looked up. Node's own cluster
 * module binds through net._createServerHandle; that is undocumented, so whoever calls asks canListenNow first.
 */
import net from "node:net";
import { getSystemErrorName } from "node:util";

/** An open handle, or the number of the error that binding met. */
type CreateHandle = (host: string, port: number, family: number, fd: undefined, flags: number) => object | number;

const IPV6_ONLY = 1;

const createHandle = (net as unknown as { _createServerHandle?: CreateHandle })._createServerHandle;

export function canListenNow(hosts: readonly string[]): boolean {
  return typeof createHandle === "function" && hosts.every((host) => net.isIP(host) !== 0);
}

/** Null when `listener` listens there, else why it does not. */
export function listenNow(listener: net.Server, host: string, port: number, backlog: number): Error | null {
  if (createHandle === undefined) throw new Error("listen-now: this Node cannot");
  const isIpv6 = net.isIPv6(host);
  const handle = createHandle(host, port, isIpv6 ? 6 : 4, undefined, isIpv6 ? IPV6_ONLY : 0);
  if (typeof handle === "number") return makeError(getSystemErrorName(handle));
  // What listen() meets it tells later, too; but that it has met something shows at once.
  listener.once("error", () => {});
  listener.listen(handle, backlog);
  return listener.listening ? null : makeError("EADDRINUSE");
}

function makeError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
