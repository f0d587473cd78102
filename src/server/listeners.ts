/**
 * Listeners: TCP on every `bind` address, and the unix socket. Accepts, refuses (maxclients, protected mode), and makes
 * sessions. Owned by whoever runs the server: main.ts, index.ts.
 */
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { codeOf, isError, toError } from "../base/errors.js";
import { canListenNow, listenNow } from "./internals/listen-now.js";
import { ListenError } from "./listen-error.js";
import type { Server } from "./server.js";
import { formatAddress } from "./socket-transport.js";
import { checkSocketPath, clearSocketPath, listenWithMode } from "./unix-socket.js";

const ERR_MAX_CLIENTS = "-ERR max number of clients reached\r\n";
const ERR_PROTECTED =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
  "In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: " +
  "1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. " +
  "2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. " +
  "3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. " +
  "4) Set up an authentication password for the default user. " +
  "NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n";

const FAILED_ACCEPT = "while a connection was accepted, which is closed";

/** One address of `bind`: `-` in front makes it optional, `*` is every one of its family. */
export interface BindAddress {
  readonly host: string;
  readonly optional: boolean;
}

export function parseBind(word: string): BindAddress {
  const optional = word.startsWith("-");
  const name = optional ? word.slice(1) : word;
  if (name === "*") return { host: "0.0.0.0", optional };
  return { host: name === "::*" ? "::" : name, optional };
}

interface TcpListener {
  readonly host: string;
  readonly port: number;
  readonly net: NetServer;
}

/** One step of listening: what is to be opened; the answer is the listener, or why there is none. */
interface Opening {
  readonly host: string;
  readonly port: number;
}
type Opened = NetServer | Error;

/** An address, a path or a descriptor. */
interface ListenPlace {
  readonly host?: string;
  readonly port?: number;
  readonly ipv6Only?: boolean;
  readonly path?: string;
  readonly fd?: number;
}

export class Listeners {
  readonly #server: Server;
  #tcp: TcpListener[] = [];
  #unix: NetServer | null = null;
  #unixPath = "";
  /** Unix sockets that a service manager has opened; their files are the manager's. */
  #adopted: NetServer[] = [];
  /** The TCP port in use: with `port 0` of the embedded server, the one that the system chose. */
  port = 0;

  constructor(server: Server) {
    this.#server = server;
    server.listeners = this;
  }

  /** `ip:port` of each TCP listener. */
  get addresses(): string[] {
    return this.#tcp.map(({ net }) => {
      const address = net.address();
      if (address === null || typeof address === "string") return "";
      return formatAddress(address.address, address.port);
    });
  }

  /** All of them, as a person is told: the unix socket by its path. */
  get places(): string[] {
    return this.#unixPath === "" ? this.addresses : [...this.addresses, this.#unixPath];
  }

  get unixPath(): string {
    return this.#unixPath;
  }

  get tcpCount(): number {
    return this.#tcp.length;
  }

  /** Listens on every address. `anyPort`: port 0 lets the system choose; otherwise it means "no TCP". */
  async listenTcp(port: number, bind: readonly string[], anyPort: boolean): Promise<void> {
    if (port === 0 && !anyPort) return;
    const { connections, config } = this.#server;
    // Of both kinds, so that the unix socket is there soon after the port.
    if (config.source.values.unixsocket !== null) await connections.open("unix");
    await connections.open("tcp");
    this.#tcp = await this.#carryOut(this.#open(bind.map(parseBind), port));
    this.port = this.#tcp[0]?.port ?? port;
    if (this.#tcp.length === 0 && bind.length > 0) {
      throw new ListenError(`no address of bind could be used on port ${port}`, "EADDRNOTAVAIL");
    }
  }

  /**
   * Changes to another port or other addresses: all of them, or (false) none. Listeners that stay are not touched, so
   * nobody is turned away; connections live on in any case.
   */
  async rebind(port: number, bind: readonly string[]): Promise<boolean> {
    await this.#server.connections.open("tcp");
    return await this.#carryOut(this.#rebind(port, bind));
  }

  /** The same at once; null, with nothing changed, where that cannot be: a host name has to be looked up. */
  rebindNow(port: number, bind: readonly string[]): boolean | null {
    const hosts = [...bind.map((word) => parseBind(word).host), ...this.#tcp.map(({ host }) => host)];
    if (!canListenNow(hosts, this.#server.log)) return null;
    void this.#server.connections.open("tcp");
    return this.#carryOutNow(this.#rebind(port, bind));
  }

  *#rebind(port: number, bind: readonly string[]): Generator<Opening, boolean, Opened> {
    const wanted = port === 0 ? [] : bind.map(parseBind);
    const isWanted = (old: TcpListener): boolean => old.port === port && wanted.some(({ host }) => host === old.host);
    const staying = this.#tcp.filter(isWanted);
    const leaving = this.#tcp.filter((old) => !isWanted(old));
    const missing = wanted.filter(({ host }) => !staying.some((old) => old.host === host));
    let opened: TcpListener[];
    try {
      opened = yield* this.#openInPlaceOf(leaving, staying, missing, port);
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      return false;
    }
    for (const { net } of leaving) net.close();
    this.#tcp = [...staying, ...opened];
    this.port = port;
    return true;
  }

  /** Listens on a unix socket. A stale one is removed; a live one is an error. */
  async listenUnix(path: string, permissions: number): Promise<void> {
    await this.#server.connections.open("unix");
    const problem = checkSocketPath(path) ?? (await clearSocketPath(path));
    if (problem !== null) throw new ListenError(`${path}: ${problem.text}`, problem.code);
    try {
      this.#unix = await listenWithMode(path, permissions, (place) => this.#listen({ path: place }, "unix"));
    } catch (error) {
      throw new ListenError(`${path}: ${bindReason(toError(error))}`, codeOf(error));
    }
    this.#unixPath = path;
  }

  /** Takes a listening socket that somebody else has opened and bound: the service manager. Answers its kind. */
  async adopt(fd: number): Promise<"tcp" | "unix"> {
    for (const kind of ["tcp", "unix"] as const) await this.#server.connections.open(kind);
    const net = await this.#listen({ fd }, (socket) => (socket.remoteAddress === undefined ? "unix" : "tcp"));
    const address = net.address();
    if (address !== null && typeof address === "object") {
      this.#tcp.push({ host: address.address, port: address.port, net });
      this.port ||= address.port;
      return "tcp";
    }
    this.#adopted.push(net);
    this.#unixPath ||= address ?? "";
    return "unix";
  }

  async close(): Promise<void> {
    const closing = this.#tcp.map(({ net }) => net);
    if (this.#unix !== null) closing.push(this.#unix);
    closing.push(...this.#adopted);
    this.#adopted = [];
    this.#tcp = [];
    this.#unix = null;
    await Promise.all(closing.map((listener) => new Promise<void>((done) => listener.close(() => done()))));
  }

  *#openInPlaceOf(
    leaving: readonly TcpListener[],
    staying: readonly TcpListener[],
    missing: readonly BindAddress[],
    port: number,
  ): Generator<Opening, TcpListener[], Opened> {
    try {
      return yield* this.#open(missing, port);
    } catch (error) {
      // The one in the way may be our own: 127.0.0.1:6379 stands against 0.0.0.0:6379.
      const own = leaving.filter((old) => old.port === port);
      if (own.length === 0) throw error;
      for (const { net } of own) net.close();
      try {
        return yield* this.#open(missing, port);
      } catch (again) {
        const others = leaving.filter((old) => !own.includes(old));
        this.#tcp = [...staying, ...others, ...(yield* this.#open(own, port))];
        throw again;
      }
    }
  }

  /** Opens all of these or none; optional addresses that this machine does not have are left out. */
  *#open(
    bind: readonly { host: string; optional?: boolean }[],
    port: number,
  ): Generator<Opening, TcpListener[], Opened> {
    const opened: TcpListener[] = [];
    let chosen = port;
    for (const { host, optional = false } of bind) {
      const net = yield { host, port: chosen };
      if (isError(net)) {
        const text = `${host}:${chosen}: ${bindReason(net)}`;
        this.#server.log("warning", `Warning: Could not create server TCP listening socket ${text}`);
        if (isUnsupported(net) || (optional && codeOf(net) === "EADDRNOTAVAIL")) continue;
        for (const { net } of opened) net.close();
        throw new ListenError(text, codeOf(net));
      }
      const address = net.address();
      if (address !== null && typeof address === "object") chosen = address.port;
      opened.push({ host, port: chosen, net });
    }
    return opened;
  }

  async #carryOut<T>(work: Generator<Opening, T, Opened>): Promise<T> {
    let step = work.next();
    while (step.done !== true) {
      const { host, port } = step.value;
      const opened = await this.#listen({ host, port, ipv6Only: host.includes(":") }, "tcp").catch(toError);
      step = work.next(opened);
    }
    return step.value;
  }

  #carryOutNow<T>(work: Generator<Opening, T, Opened>): T {
    let step = work.next();
    while (step.done !== true) {
      const { host, port } = step.value;
      const listener = this.#createListener("tcp");
      const error = listenNow(listener, host, port, this.#server.config.source.values["tcp-backlog"]);
      if (error === null) this.#logErrorsOf(listener);
      step = work.next(error ?? listener);
    }
    return step.value;
  }

  #listen(where: ListenPlace, kind: "tcp" | "unix" | ((socket: Socket) => "tcp" | "unix")): Promise<NetServer> {
    const backlog = this.#server.config.source.values["tcp-backlog"];
    return new Promise((resolve, reject) => {
      const listener = this.#createListener(kind);
      listener.once("error", reject);
      const onListening = (): void => {
        listener.off("error", reject);
        this.#logErrorsOf(listener);
        resolve(listener);
      };
      // Exclusive: each worker of node:cluster is a server of its own, and shares no port, and no clients, with others.
      listener.listen({ ...where, backlog, exclusive: true }, onListening);
    });
  }

  #createListener(kind: "tcp" | "unix" | ((socket: Socket) => "tcp" | "unix")): NetServer {
    return createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      try {
        this.#accept(socket, typeof kind === "function" ? kind(socket) : kind);
      } catch (error) {
        this.#server.reportFailure(FAILED_ACCEPT, error);
        socket.destroy();
      }
    });
  }

  #logErrorsOf(listener: NetServer): void {
    listener.on("error", (error) => this.#server.log("warning", `Accepting client connection: ${error.message}`));
  }

  #accept(socket: Socket, kind: "tcp" | "unix"): void {
    const server = this.#server;
    const { values } = server.config.source;
    socket.on("error", () => socket.destroy());
    const refusal =
      server.sessions.count >= values.maxclients
        ? ERR_MAX_CLIENTS
        : isRefusedByProtection(kind, socket.remoteAddress, values["protected-mode"], server.needsNoPassword)
          ? ERR_PROTECTED
          : null;
    if (refusal !== null) {
      server.stats.rejectedConnections++;
      socket.end(refusal, () => socket.destroy());
      return;
    }
    server.stats.connections++;
    const transport = server.connections.accept(socket, kind, this.#unixPath);
    if (transport === null) return;
    try {
      const session = server.sessions.add(transport);
      server.log("verbose", `Accepted ${transport.address}`);
      transport.start(session, values["tcp-keepalive"]);
    } catch (error) {
      // The transport has the connection by now.
      server.reportFailure(FAILED_ACCEPT, error);
      transport.destroy();
    }
  }
}

/** Protected mode: without a password, only clients of this machine may come in. */
export function isRefusedByProtection(
  kind: "tcp" | "unix",
  address: string | undefined,
  protectedMode: boolean,
  needsNoPassword: boolean,
): boolean {
  return kind === "tcp" && protectedMode && needsNoPassword && !isLoopback(address);
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** A family of addresses that this machine does not have at all. */
function isUnsupported(error: Error): boolean {
  return ["EAFNOSUPPORT", "EPROTONOSUPPORT", "ENOPROTOOPT", "ESOCKTNOSUPPORT"].includes(codeOf(error));
}

function bindReason(error: Error): string {
  const reasons: Record<string, string> = {
    EADDRINUSE: "Address already in use",
    EACCES: "Permission denied",
    EADDRNOTAVAIL: "Cannot assign requested address",
    ENOTFOUND: "Name or service not known",
  };
  return reasons[codeOf(error)] ?? error.message;
}
