/**
 * Makes transports of accepted sockets. Owned by the server; the listeners call open() before they listen, so that every
 * connection is served in the fastest way that this Node is known to allow (internals/probe.ts).
 */
import type { Socket } from "node:net";
import { type Broken, logBroken, reasonOf } from "./internals/internals.js";
import { DOCUMENTED_WAYS, findSocketWays, type SocketKind, type SocketWays } from "./internals/probe.js";
import type { Server } from "./server.js";
import { SocketTransport } from "./socket-transport.js";

export class Connections {
  readonly #server: Server;
  readonly #ways: Record<SocketKind, SocketWays> = { tcp: DOCUMENTED_WAYS, unix: DOCUMENTED_WAYS };
  #hasLogged = false;
  #hasFallenBack = false;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Finds out what can be done with sockets of this kind. */
  async open(kind: SocketKind): Promise<void> {
    const ways = await findSocketWays(kind);
    if (!this.#hasFallenBack) this.#ways[kind] = ways;
    // Both kinds have the same trouble, usually.
    if (!this.#hasLogged) logBroken(ways.broken, this.#server.log);
    this.#hasLogged ||= ways.broken.length > 0;
  }

  /** Null where the socket is beyond use; it is closed then. */
  accept(socket: Socket, kind: SocketKind, unixPath: string): SocketTransport | null {
    const { readBuffer, cycle } = this.#server;
    const ways = this.#ways[kind];
    const poller = ways.descriptor ? cycle.openPoller() : null;
    const onBroken = (broken: Broken): void => this.#fallBack(broken);
    try {
      return new SocketTransport({ accepted: socket, kind, unixPath, read: readBuffer, poller, ways, onBroken });
    } catch (error) {
      onBroken({ name: "wrapping", reason: reasonOf(error) });
      socket.destroy();
      return null;
    }
  }

  /** What has worked when it was tried out does so no more: one connection has met that, and none is to again. */
  #fallBack(broken: Broken): void {
    if (!this.#hasFallenBack) logBroken([broken], this.#server.log);
    this.#hasFallenBack = true;
    this.#ways.tcp = DOCUMENTED_WAYS;
    this.#ways.unix = DOCUMENTED_WAYS;
  }
}
