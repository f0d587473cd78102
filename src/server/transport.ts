/**
 * What a session needs of a connection. net.Server is behind it (socket-transport.ts); an in-memory pair serves tests
 * and in-process clients. A faster one can come without touching a command.
 */

export interface Transport {
  readonly kind: "tcp" | "unix" | "tls" | "memory";
  /** `ip:port`, or `path:0` for unix sockets. */
  readonly address: string;
  readonly localAddress: string;
  readonly fd: number;
  /** Bytes handed over that the kernel has not taken yet. */
  readonly pendingBytes: number;
  /** So much is pending that it had better get no more before onDrain, which will be called. */
  readonly isClogged: boolean;
  /** Sends the first `length` bytes of a buffer. True when they are taken: the caller may use the buffer again. */
  send(buffer: Buffer, view: DataView, length: number): boolean;
  /** Sends several in order; true as for send. */
  sendMany(buffers: readonly Uint8Array[]): boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** Sends what is pending, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** The session's side: what a transport calls. */
export interface TransportOwner {
  /** What arrives is one large argument, which costs the others little: a read may be as large as it can. */
  readonly isReceivingLarge: boolean;
  /**
   * bytes[start, end) have arrived. The buffer is reused for the next read of any connection: nothing of it may be
   * kept. At least HEADROOM_BYTES lie in front of `start`, for the rest of a request that was cut.
   */
  onData(bytes: Uint8Array, view: DataView, start: number, end: number): void;
  /** The kernel has taken everything that was pending. */
  onDrain(): void;
  /** The peer sends no more; it may still read. */
  onEnd(): void;
  onClose(): void;
}

/** Room in front of a read for what a session kept of the read before. */
export const HEADROOM_BYTES = 16384;

/** More output of one session than this does not wait for the end of the loop's iteration. */
export const FLUSH_NOW_BYTES = 32768;
