/**
 * Writes to a socket's handle without the Writable stream in between, which costs more than the system call: its
 * bookkeeping, a request object and a tick for every buffer. socket-transport.ts has one for each connection.
 *
 * A handle takes a buffer at once (what is left of the cost is the call), or in part: then libuv keeps the rest, and
 * tells the request object. Node does not export that object's class, so it is learned from the first write of the
 * process, which goes through the stream; where the handle looks different from what is known here (TLS, another
 * runtime), there is no direct writer, and everything goes through the stream.
 *
 * Both ways lead to the one queue of the handle, so what the stream is given while a direct write is pending follows it.
 */

/** What libuv calls back for a write that did not go out at once. Node's WriteWrap. */
interface WriteRequest {
  oncomplete: ((status: number) => void) | null;
  /** Keeps the memory alive that libuv reads from. */
  buffer: unknown;
}

/** The parts of a stream handle that are used here. */
interface StreamHandle {
  /** 0, or a negative errno. The request is used only when something is left to write. */
  writeBuffer(request: WriteRequest, buffer: Uint8Array): number;
  writev(request: WriteRequest, buffers: readonly Uint8Array[], allBuffers: true): number;
  /** Bytes that wait in libuv. */
  readonly writeQueueSize: number;
}

type WriteRequestClass = new () => WriteRequest;

/** Of this process; null until the first write has shown it. */
let requestClass: WriteRequestClass | null = null;

export class DirectWriter {
  /** Bytes of a write that is not done. While there are any, further ones go through the stream. */
  pendingBytes = 0;
  readonly #handle: StreamHandle;
  /** Called when a pending write is done, with 0 or a negative errno. */
  readonly #onDone: (status: number) => void;
  #request: WriteRequest | null = null;

  private constructor(handle: StreamHandle, onDone: (status: number) => void) {
    this.#handle = handle;
    this.#onDone = onDone;
  }

  /** A writer for a handle of net.Socket, or null when it is not one as expected. */
  static tryCreate(handle: unknown, onDone: (status: number) => void): DirectWriter | null {
    if (!isStreamHandle(handle)) return null;
    if (requestClass === null) learnRequestClass(handle);
    return new DirectWriter(handle, onDone);
  }

  /** Whether write() may be called now: nothing is pending, and the class of requests is known. */
  get isReady(): boolean {
    return this.pendingBytes === 0 && requestClass !== null;
  }

  /** Writes one buffer. 0 or a negative errno; with pendingBytes above 0 the buffer is in use until onDone. */
  write(buffer: Uint8Array): number {
    const request = this.#openRequest();
    const status = this.#handle.writeBuffer(request, buffer);
    if (this.#handle.writeQueueSize > 0) this.#pend(request, buffer, buffer.length);
    return status;
  }

  /** The same for several buffers. */
  writeMany(buffers: readonly Uint8Array[]): number {
    const request = this.#openRequest();
    const status = this.#handle.writev(request, buffers, true);
    if (this.#handle.writeQueueSize === 0) return status;
    let bytes = 0;
    for (const buffer of buffers) bytes += buffer.length;
    this.#pend(request, buffers, bytes);
    return status;
  }

  #openRequest(): WriteRequest {
    if (this.#request === null) {
      if (requestClass === null) throw new Error("direct writer: used before it is ready");
      this.#request = new requestClass();
    }
    return this.#request;
  }

  #pend(request: WriteRequest, memory: unknown, bytes: number): void {
    this.#request = null;
    this.pendingBytes = bytes;
    request.buffer = memory;
    request.oncomplete = (status) => {
      request.buffer = null;
      this.pendingBytes = 0;
      this.#onDone(status);
    };
  }
}

function isStreamHandle(handle: unknown): handle is StreamHandle {
  if (typeof handle !== "object" || handle === null) return false;
  const { writeBuffer, writev, writeQueueSize } = handle as Partial<StreamHandle>;
  return typeof writeBuffer === "function" && typeof writev === "function" && typeof writeQueueSize === "number";
}

/** Looks at the request that the stream makes for its next write to this handle, once. */
function learnRequestClass(handle: StreamHandle): void {
  const { writeBuffer } = handle;
  handle.writeBuffer = (request, buffer) => {
    Reflect.deleteProperty(handle, "writeBuffer");
    const found: unknown = request.constructor;
    if (typeof found === "function" && found !== Object) requestClass = found as WriteRequestClass;
    return writeBuffer.call(handle, request, buffer);
  };
}
