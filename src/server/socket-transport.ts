/**
 * Sockets of net.Server as transports. Made by connections.ts for each connection, which says in which way it is served:
 *
 *   poller       socket-poller.ts reads and writes its descriptor. The socket is paused for good: Node accepts, closes and
 *                ends it, and writes the rest of what the kernel does not take.
 *   wrapped      Node gives every connection a fresh Buffer a read, which is most of its cost. Here all connections read
 *                into one buffer: the handle is wrapped again in a net.Socket with the `onread` option, which net.Server
 *                does not pass on. direct-writer.ts writes to the handle.
 *   documented   'data' events, copied into that buffer; socket.write(). It always works, and costs the most.
 *
 * In each of them what the kernel does not take at once waits in the socket, and nothing else is written before it is gone.
 */
import type { Socket } from "node:net";
import { descriptorOf, handleOf, wrapAgain } from "./internals/accepted-socket.js";
import { DirectWriter } from "./internals/direct-writer.js";
import { type Broken, reasonOf } from "./internals/internals.js";
import type { SocketKind, SocketWays } from "./internals/probe.js";
import type { PolledSocket, SocketPoller } from "./socket-poller.js";
import { HEADROOM_BYTES, type Transport, type TransportOwner } from "./transport.js";

const READ_BYTES = 131072;
/** Of it, for a socket that Node reads: one size for all it sends, so that a deep pipeline does not hold the others up. */
const WRAPPED_READ_BYTES = 65536;

/** The read buffer that all connections of a server share: valid during one onData call. */
export class ReadBuffer {
  readonly bytes = new Uint8Array(new ArrayBuffer(HEADROOM_BYTES + READ_BYTES));
  readonly view = new DataView(this.bytes.buffer);
  /** The part that sockets read into. */
  readonly area = this.bytes.subarray(HEADROOM_BYTES);
  /** The part of it for one that Node reads. */
  readonly wrappedArea = this.area.subarray(0, WRAPPED_READ_BYTES);
}

/** A slot of the poller that is none. */
const NO_SLOT = -1;

/** A reply up to this size is copied for socket.write(), so that its buffer can be used again at once. */
const COPY_MAX_BYTES = 4096;

export interface AcceptedConnection {
  readonly accepted: Socket;
  readonly kind: SocketKind;
  readonly unixPath: string;
  readonly read: ReadBuffer;
  /** Null where Node reads this socket. */
  readonly poller: SocketPoller | null;
  readonly ways: SocketWays;
  /** Something of Node has failed that had worked when it was tried out. */
  onBroken(broken: Broken): void;
}

export class SocketTransport implements Transport, PolledSocket {
  readonly kind: SocketKind;
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;
  readonly #socket: Socket;
  readonly #direct: DirectWriter | null = null;
  readonly #read: ReadBuffer;
  readonly #onBroken: (broken: Broken) => void;
  #poller: SocketPoller | null = null;
  #slot = NO_SLOT;
  #isPaused = false;
  /** As the poller has been told. */
  #isBulk = false;
  /** The round of the poller's outbox that a reply of this socket is in, or was. */
  #postedRound = -1;
  #owner: TransportOwner | null = null;
  /** Bytes that the stream has, and has not called back for. */
  #queuedBytes = 0;
  /** Somebody waits for onDrain. */
  #isAwaited = false;

  /** Throws where the handle cannot be wrapped again although it was tried out: the accepted socket has to be closed. */
  constructor({ accepted, kind, unixPath, read, poller, ways, onBroken }: AcceptedConnection) {
    this.kind = kind;
    if (kind === "unix") {
      this.address = `${unixPath}:0`;
      this.localAddress = `${unixPath}:0`;
    } else {
      this.address = formatAddress(accepted.remoteAddress, accepted.remotePort);
      this.localAddress = formatAddress(accepted.localAddress, accepted.localPort);
    }
    this.fd = descriptorOf(accepted);
    this.#read = read;
    this.#onBroken = onBroken;
    if (poller !== null) {
      if (this.fd >= 0) this.#poller = poller;
      else onBroken({ name: "descriptor", reason: "there is none" });
    }
    const isWrapped = this.#poller === null && ways.wrapping;
    const socket = isWrapped
      ? wrapAgain(accepted, read.wrappedArea, (length) =>
          this.#owner?.onData(read.bytes, read.view, HEADROOM_BYTES, HEADROOM_BYTES + length),
        )
      : accepted;
    this.#socket = socket;
    if (!isWrapped) socket.on("data", (chunk: Buffer) => this.#copyIn(chunk, read));
    if (this.#poller === null && ways.writing !== null) {
      this.#direct = DirectWriter.tryCreate(handleOf(socket), ways.writing, (status) => this.#onWritten(status));
    }
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
    return this.#queuedBytes + (this.#direct?.pendingBytes ?? 0);
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
    if (this.#socket.destroyed || length === 0) return true;
    const poller = this.#poller;
    if (poller !== null && this.#slot !== NO_SLOT && this.pendingBytes === 0) {
      // One at a time: a second one must not go out where a part of the first does not.
      if (this.#postedRound === poller.round) poller.sendPosted();
      else if (poller.post(this.#slot, this.fd, view, length)) {
        this.#postedRound = poller.round;
        return true;
      }
    }
    const bytes = buffer.subarray(0, length);
    if (poller !== null || this.#direct !== null || length > COPY_MAX_BYTES) return this.#write([bytes]);
    this.#queue([Buffer.from(bytes)], length);
    return true;
  }

  sendMany(buffers: readonly Uint8Array[]): boolean {
    if (this.#socket.destroyed) return true;
    this.#sendPosted();
    return this.#write(buffers);
  }

  get isClogged(): boolean {
    const isClogged = this.pendingBytes > 0;
    if (isClogged) this.#isAwaited = true;
    return isClogged;
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
    // It forgets that with the descriptor.
    this.#isBulk = false;
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
    // Or the peer would lose replies that it has not read yet.
    if (this.#slot !== NO_SLOT) this.#poller?.discard(this.#slot);
    this.#leavePoller();
    this.#socket.destroy();
  }

  onRead(start: number, end: number): void {
    const { bytes, view } = this.#read;
    this.#owner?.onData(bytes, view, start, end);
    const isBulk = this.#owner?.isReceivingLarge ?? false;
    if (isBulk !== this.#isBulk && this.#slot !== NO_SLOT) {
      this.#isBulk = isBulk;
      this.#poller?.setBulk(this.#slot, isBulk);
    }
  }

  /** Node reads on, and finds the end or the error. */
  onReadEnded(): void {
    this.#leavePoller();
    if (!this.#isPaused) this.#socket.resume();
  }

  onUnsent(rest: Uint8Array): void {
    if (!this.#socket.destroyed) this.#queue([rest], rest.length);
  }

  /** True when all of it is taken; what is not waits in the socket, and is in use until then. */
  #write(buffers: readonly Uint8Array[]): boolean {
    let bytes = 0;
    for (const buffer of buffers) bytes += buffer.length;
    const canWriteNow = this.pendingBytes === 0 && !this.#socket.destroyed;
    if (canWriteNow && this.#poller !== null) {
      const taken = this.#poller.write(this.fd, buffers);
      if (taken < bytes) this.#queue(cutFront(buffers, taken), bytes - taken);
    } else if (canWriteNow && this.#direct !== null) {
      this.#writeDirectly(this.#direct, buffers);
    } else {
      this.#queue(buffers, bytes);
    }
    const isTaken = this.pendingBytes === 0;
    if (!isTaken) this.#isAwaited = true;
    return isTaken;
  }

  #writeDirectly(direct: DirectWriter, buffers: readonly Uint8Array[]): void {
    try {
      if (direct.write(buffers) < 0) this.destroy();
    } catch (error) {
      // Nobody knows what has been written: this connection cannot go on.
      this.#onBroken({ name: "direct-writes", reason: reasonOf(error) });
      this.destroy();
    }
  }

  /** Gives these to the stream, which writes them behind all that it, or libuv, has. */
  #queue(buffers: readonly Uint8Array[], byteLength: number): void {
    if (byteLength === 0 || this.#socket.destroyed) return;
    const socket = this.#socket;
    this.#queuedBytes += byteLength;
    socket.cork();
    let left = buffers.length;
    for (const buffer of buffers) {
      if (--left > 0) socket.write(buffer);
      else
        socket.write(buffer, (error) => {
          this.#queuedBytes -= byteLength;
          if (error == null) this.#onWritten(0);
        });
    }
    socket.uncork();
  }

  #sendPosted(): void {
    if (this.#poller !== null && this.#postedRound === this.#poller.round) this.#poller.sendPosted();
  }

  #leavePoller(): void {
    if (this.#slot !== NO_SLOT) this.#poller?.remove(this.#slot);
    this.#slot = NO_SLOT;
  }

  /** The kernel has taken what was pending, unless there is more meanwhile. */
  #onWritten(status: number): void {
    if (status < 0) return this.destroy();
    if (this.pendingBytes > 0 || !this.#isAwaited) return;
    this.#isAwaited = false;
    this.#owner?.onDrain();
  }

  #copyIn(chunk: Buffer, read: ReadBuffer): void {
    for (let at = 0; at < chunk.length; at += READ_BYTES) {
      const part = chunk.subarray(at, at + READ_BYTES);
      read.area.set(part);
      this.#owner?.onData(read.bytes, read.view, HEADROOM_BYTES, HEADROOM_BYTES + part.length);
    }
  }
}

/** What is left of the buffers without their first bytes. */
function cutFront(buffers: readonly Uint8Array[], byteLength: number): Uint8Array[] {
  let skipped = 0;
  let at = 0;
  for (; at < buffers.length; at++) {
    const length = buffers[at]?.length ?? 0;
    if (skipped + length > byteLength) break;
    skipped += length;
  }
  const [first, ...rest] = buffers.slice(at);
  return first === undefined ? [] : [first.subarray(byteLength - skipped), ...rest];
}

/** `127.0.0.1:6379`, `[::1]:6379`: as CLIENT LIST shows it. */
export function formatAddress(host: string | undefined, port: number | undefined): string {
  if (host === undefined) return "?:0";
  const bare = host.startsWith("::ffff:") ? host.slice(7) : host;
  return bare.includes(":") ? `[${bare}]:${port ?? 0}` : `${bare}:${port ?? 0}`;
}
