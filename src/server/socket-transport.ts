/**
 * Sockets of net.Server as transports. Made by the listeners for each connection.
 *
 * net.Server gives every connection a fresh Buffer a read, which is most of its cost. Here all connections read into
 * one buffer: the accepted handle is wrapped again in a net.Socket with the documented `onread` option, which
 * net.Server does not pass on. The one undocumented step is taking `_handle` off the first socket; where that is not
 * possible (TLS, a later Node), the transport reads through 'data' events and copies into the same buffer.
 *
 * With a poller (socket-poller.ts) the socket is paused for good, and reads come from there. Node still accepts, closes
 * and ends it, and writes what the poller does not: large replies, and the rest of one that the kernel has not taken.
 */
import { Socket } from "node:net";
import { DirectWriter } from "./direct-writer.js";
import type { PolledSocket, SocketPoller } from "./socket-poller.js";
import { HEADROOM_BYTES, type Transport, type TransportOwner } from "./transport.js";

const READ_BYTES = 131072;

/** The read buffer that all connections of a server share: valid during one onData call. */
export class ReadBuffer {
  readonly bytes = new Uint8Array(new ArrayBuffer(HEADROOM_BYTES + READ_BYTES));
  readonly view = new DataView(this.bytes.buffer);
  /** The part that sockets read into. */
  readonly area = this.bytes.subarray(HEADROOM_BYTES);
}

/** The parts of a socket that wrapping it again needs. */
interface AcceptedSocket {
  _handle?: { useUserBuffer?: unknown; fd?: number } | null;
  _server?: unknown;
  server?: unknown;
}

/** A slot of the poller that is none. */
const NO_SLOT = -1;

export class SocketTransport implements Transport, PolledSocket {
  readonly kind: "tcp" | "unix" | "tls";
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;
  readonly #socket: Socket;
  readonly #direct: DirectWriter | null;
  readonly #read: ReadBuffer;
  /** Null when Node reads this socket. */
  #poller: SocketPoller | null = null;
  #slot = NO_SLOT;
  #isPaused = false;
  /** The round of the poller's outbox that a reply of this socket is in, or was. */
  #postedRound = -1;
  #owner: TransportOwner | null = null;

  constructor(
    accepted: Socket,
    kind: "tcp" | "unix" | "tls",
    unixPath: string,
    read: ReadBuffer,
    poller: SocketPoller | null,
  ) {
    this.kind = kind;
    if (kind === "unix") {
      this.address = `${unixPath}:0`;
      this.localAddress = `${unixPath}:0`;
    } else {
      this.address = formatAddress(accepted.remoteAddress, accepted.remotePort);
      this.localAddress = formatAddress(accepted.localAddress, accepted.localPort);
    }
    this.fd = (accepted as unknown as AcceptedSocket)._handle?.fd ?? -1;
    this.#read = read;
    this.#socket = wrapAgain(accepted, read, (count) =>
      this.#owner?.onData(read.bytes, read.view, HEADROOM_BYTES, HEADROOM_BYTES + count),
    );
    const socket = this.#socket;
    if (socket === accepted) {
      socket.on("data", (chunk: Buffer) => this.#copyIn(chunk, read));
      this.#direct = null;
    } else {
      const handle = (socket as unknown as AcceptedSocket)._handle;
      this.#direct = DirectWriter.tryCreate(handle, (status) => this.#onWritten(status));
      if (this.fd >= 0) this.#poller = poller;
    }
    socket.on("drain", () => {
      this.#owner?.onDrain();
    });
    socket.on("end", () => {
      this.#owner?.onEnd();
      this.destroy();
    });
    socket.on("error", () => this.destroy());
    socket.on("close", () => {
      this.#leavePoller();
      const owner = this.#owner;
      this.#owner = null;
      owner?.onClose();
    });
  }

  get pendingBytes(): number {
    return this.#socket.writableLength + (this.#direct?.pendingBytes ?? 0);
  }

  /** Begins to read. Before this no event reaches the owner. */
  start(owner: TransportOwner, keepAliveSeconds: number): void {
    this.#owner = owner;
    if (this.kind !== "unix" && keepAliveSeconds > 0) this.#socket.setKeepAlive(true, keepAliveSeconds * 1000);
    const poller = this.#poller;
    if (poller === null) {
      this.#socket.resume();
      return;
    }
    this.#socket.pause();
    this.#slot = poller.add(this);
    if (!poller.watch(this.#slot)) this.onReadEnded();
  }

  send(buffer: Buffer, view: DataView, length: number): boolean {
    const socket = this.#socket;
    if (socket.destroyed) return true;
    const direct = this.#direct;
    if (!direct?.isReady || socket.writableLength > 0) {
      socket.write(buffer.subarray(0, length));
      return this.pendingBytes === 0;
    }
    const poller = this.#poller;
    if (poller !== null) {
      // One at a time: a second one must not go out where a part of the first does not.
      if (this.#postedRound === poller.round) poller.sendPosted();
      else if (poller.post(this, view, length)) {
        this.#postedRound = poller.round;
        return true;
      }
      if (!direct.isReady) return this.send(buffer, view, length);
    }
    if (direct.write(buffer.subarray(0, length)) < 0) this.destroy();
    return this.pendingBytes === 0;
  }

  sendMany(buffers: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (socket.destroyed) return true;
    this.#sendPosted();
    const direct = this.#direct;
    if (direct?.isReady && socket.writableLength === 0) {
      if (direct.writeMany(buffers) < 0) this.destroy();
    } else {
      socket.cork();
      for (const buffer of buffers) socket.write(buffer);
      socket.uncork();
    }
    return this.pendingBytes === 0;
  }

  get isClogged(): boolean {
    // Of less than the high-water mark Node says nothing when it is gone: whoever waited for that would wait for ever.
    const socket = this.#socket;
    return (socket.writableNeedDrain && socket.writableLength > 0) || (this.#direct?.pendingBytes ?? 0) > 0;
  }

  pauseReading(): void {
    this.#isPaused = true;
    if (this.#slot === NO_SLOT) this.#socket.pause();
    else this.#poller?.unwatch(this.#slot);
  }

  resumeReading(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#slot === NO_SLOT) this.#socket.resume();
    else if (this.#poller?.watch(this.#slot) === false) this.onReadEnded();
  }

  end(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#sendPosted();
    if (this.pendingBytes === 0) this.destroy();
    else socket.end(() => this.destroy());
  }

  /** Every way to close the socket leads here: the poller must not send to a descriptor that is somebody else's. */
  destroy(): void {
    this.#sendPosted();
    this.#leavePoller();
    this.#socket.destroy();
  }

  onRead(start: number, end: number): void {
    const { bytes, view } = this.#read;
    this.#owner?.onData(bytes, view, start, end);
  }

  /** Node reads on, and finds the end or the error. */
  onReadEnded(): void {
    this.#leavePoller();
    if (!this.#isPaused) this.#socket.resume();
  }

  onUnsent(rest: Uint8Array): void {
    const direct = this.#direct;
    if (this.#socket.destroyed || direct === null) return;
    if (direct.write(rest) < 0) this.destroy();
  }

  #sendPosted(): void {
    if (this.#poller !== null && this.#postedRound === this.#poller.round) this.#poller.sendPosted();
  }

  #leavePoller(): void {
    if (this.#slot !== NO_SLOT) this.#poller?.remove(this.#slot);
    this.#slot = NO_SLOT;
  }

  /** A direct write is done: with it everything, unless the stream was given more meanwhile. */
  #onWritten(status: number): void {
    if (status < 0) this.destroy();
    else if (this.#socket.writableLength === 0) this.#owner?.onDrain();
  }

  #copyIn(chunk: Buffer, read: ReadBuffer): void {
    for (let at = 0; at < chunk.length; at += READ_BYTES) {
      const part = chunk.subarray(at, at + READ_BYTES);
      read.area.set(part);
      this.#owner?.onData(read.bytes, read.view, HEADROOM_BYTES, HEADROOM_BYTES + part.length);
    }
  }
}

/** A socket on the same handle that reads into the shared buffer; the accepted one itself where that cannot be. */
function wrapAgain(accepted: Socket, read: ReadBuffer, onRead: (count: number) => void): Socket {
  const inner = accepted as unknown as AcceptedSocket;
  const handle = inner._handle;
  if (!handle || typeof handle.useUserBuffer !== "function" || accepted.constructor !== Socket) return accepted;
  const options = {
    handle,
    allowHalfOpen: false,
    readable: true,
    writable: true,
    onread: {
      buffer: read.area,
      callback: (count: number) => {
        onRead(count);
        return true;
      },
    },
  };
  const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
  // The listener counts its connections through these two; the first wrapper must not close the handle.
  const again = socket as unknown as AcceptedSocket;
  again._server = inner._server;
  again.server = inner.server;
  inner._handle = null;
  inner._server = null;
  return socket;
}

/** `127.0.0.1:6379`, `[::1]:6379`: as CLIENT LIST shows it. */
export function formatAddress(host: string | undefined, port: number | undefined): string {
  if (host === undefined) return "?:0";
  const bare = host.startsWith("::ffff:") ? host.slice(7) : host;
  return bare.includes(":") ? `[${bare}]:${port ?? 0}` : `${bare}:${port ?? 0}`;
}
