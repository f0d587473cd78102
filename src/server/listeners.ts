/**
 * Listeners: TCP on every `bind` address, and the unix socket. Accepts, refuses (maxclients, protected mode), and makes
 * sessions. Owned by whoever runs the server: main.ts, index.ts.
 */
import { chmodSync, existsSync, lstatSync, unlinkSync } from "node:fs";
import { createConnection, createServer, type Server as NetServer, type Socket } from "node:net";
import type { Server } from "./server.js";
import { SocketTransport } from "./socket-transport.js";

const ERR_MAX_CLIENTS = "-ERR max number of clients reached\r\n";
const ERR_PROTECTED =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. " +
  "In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: " +
  "1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. " +
  "2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. " +
  "3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. " +
  "4) Set up an authentication password for the default user. " +
  "NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n";

/** One address of `bind`: `-` in front makes it optional, `*` is every one of its family. */
interface BindAddress {
  readonly host: string;
  readonly optional: boolean;
}

function parseBind(word: string): BindAddress {
  const optional = word.startsWith("-");
  const name = optional ? word.slice(1) : word;
  if (name === "*") return { host: "0.0.0.0", optional };
  return { host: name === "::*" ? "::" : name, optional };
}

export class ListenError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ListenError";
  }
}

export class Listeners {
  readonly #server: Server;
  #tcp: NetServer[] = [];
  #unix: NetServer | null = null;
  #unixPath = "";
  /** The TCP port in use: with `port 0` of the embedded server, the one that the system chose. */
  port = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** `ip:port` of each TCP listener. */
  get addresses(): string[] {
    return this.#tcp.map((listener) => {
      const address = listener.address();
      if (address === null || typeof address === "string") return "";
      return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
    });
  }

  get unixPath(): string {
    return this.#unixPath;
  }

  get tcpCount(): number {
    return this.#tcp.length;
  }

  /** Listens on every address. `anyPort`: port 0 lets the system choose; otherwise it means "no TCP". */
  async listenTcp(port: number, bind: readonly string[], anyPort: boolean): Promise<void> {
    const opened: NetServer[] = [];
    let chosen = port;
    try {
      if (port !== 0 || anyPort) {
        for (const word of bind) {
          const { host, optional } = parseBind(word);
          try {
            const listener = await this.#listen({ host, port: chosen, ipv6Only: host.includes(":") }, "tcp");
            opened.push(listener);
            const address = listener.address();
            if (address !== null && typeof address === "object") chosen = address.port;
          } catch (error) {
            const reason = error instanceof Error ? error : new Error(String(error));
            if (optional && isUnavailable(reason)) continue;
            this.#server.log(
              "warning",
              `Warning: Could not create server TCP listening socket ${host}:${chosen}: ${bindReason(reason)}`,
            );
            throw new ListenError(`${host}:${chosen}: ${bindReason(reason)}`);
          }
        }
        if (opened.length === 0) throw new ListenError(`no address of bind could be used on port ${chosen}`);
      }
    } catch (error) {
      for (const listener of opened) listener.close();
      throw error;
    }
    for (const old of this.#tcp) old.close();
    this.#tcp = opened;
    this.port = chosen;
  }

  /** Listens on a unix socket. A stale one is removed; a live one is an error. */
  async listenUnix(path: string, permissions: number): Promise<void> {
    if (existsSync(path)) {
      if (!lstatSync(path).isSocket()) throw new ListenError(`${path} exists, and is not a socket`);
      if (await isAlive(path)) throw new ListenError(`${path}: Address already in use`);
      unlinkSync(path);
    }
    try {
      this.#unix = await this.#listen({ path }, "unix");
    } catch (error) {
      throw new ListenError(`${path}: ${error instanceof Error ? bindReason(error) : String(error)}`);
    }
    if (permissions !== 0) chmodSync(path, permissions);
    this.#unixPath = path;
  }

  async close(): Promise<void> {
    const closing = [...this.#tcp, ...(this.#unix === null ? [] : [this.#unix])];
    this.#tcp = [];
    this.#unix = null;
    await Promise.all(closing.map((listener) => new Promise<void>((done) => listener.close(() => done()))));
  }

  #listen(
    where: { host?: string; port?: number; path?: string; ipv6Only?: boolean },
    kind: "tcp" | "unix",
  ): Promise<NetServer> {
    const backlog = this.#server.config.source.values["tcp-backlog"];
    return new Promise((resolve, reject) => {
      const listener = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket, kind));
      listener.once("error", reject);
      listener.listen({ ...where, backlog }, () => {
        listener.off("error", reject);
        listener.on("error", (error) => this.#server.log("warning", `Accepting client connection: ${error.message}`));
        resolve(listener);
      });
    });
  }

  #accept(socket: Socket, kind: "tcp" | "unix"): void {
    const server = this.#server;
    const { values } = server.config.source;
    server.stats.connections++;
    socket.on("error", () => socket.destroy());
    if (server.sessions.count >= values.maxclients) {
      server.stats.rejectedConnections++;
      socket.end(ERR_MAX_CLIENTS, () => socket.destroy());
      return;
    }
    if (kind === "tcp" && values["protected-mode"] && server.needsNoPassword && !isLoopback(socket.remoteAddress)) {
      server.stats.rejectedConnections++;
      socket.end(ERR_PROTECTED, () => socket.destroy());
      return;
    }
    const transport = new SocketTransport(socket, kind, this.#unixPath, server.readBuffer);
    const session = server.sessions.add(transport);
    server.log("verbose", `Accepted ${transport.address}`);
    transport.start(session, values["tcp-keepalive"]);
  }
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

function errorCodeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** An optional address is one that this machine need not have. */
function isUnavailable(error: Error): boolean {
  return ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT"].includes(errorCodeOf(error));
}

function bindReason(error: Error): string {
  const reasons: Record<string, string> = {
    EADDRINUSE: "Address already in use",
    EACCES: "Permission denied",
    EADDRNOTAVAIL: "Cannot assign requested address",
    ENOTFOUND: "Name or service not known",
  };
  return reasons[errorCodeOf(error)] ?? error.message;
}

/** Whether someone answers on a unix socket. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}
