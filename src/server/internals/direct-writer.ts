/**
 * Writes to a socket's handle without the Writable stream in between, which costs more than the system call: its
 * bookkeeping, a request object and a tick for every buffer. socket-transport.ts has one for each connection that has
 * no poller, where probe.ts has found that the handle is as known here.
 *
 * A handle takes a buffer at once (what is left of the cost is the call), or in part: then libuv keeps the rest, and
 * tells a request object. There are two protocols. Up to Node 24.21 and 26.9 the caller makes that object, of a class that
 * Node does not export: it is learned from a write of the stream. Later the caller gives null, and the handle answers
 * with the object where it has not written all.
 *
 * The handle has one queue, so what the stream is given while a direct write is pending follows it.
 */

/** What libuv calls back for a write that did not go out at once. Node's WriteWrap. */
interface WriteRequest {
  oncomplete: ((status: number) => void) | null;
  /** Keeps the memory alive that libuv reads from. */
  buffer: unknown;
  /** Where the handle makes it: how the write ended already, if it did. */
  writeStatus?: number | null;
}

/** The parts of a stream handle that are used here. */
interface StreamHandle {
  /** 0, or a negative errno; or the request, where the handle makes it. */
  writeBuffer(request: WriteRequest | null, buffer: Uint8Array): unknown;
  writev(request: WriteRequest | null, buffers: readonly Uint8Array[], allBuffers: true): unknown;
  /** Bytes that wait in libuv. */
  readonly writeQueueSize: number;
}

/** Who makes the request. */
export type WriteProtocol = { readonly Request: new () => WriteRequest } | "handle-makes-it";

export class DirectWriter {
  /** Bytes of a write that is not done. While there are any, nothing may be written here. */
  pendingBytes = 0;
  readonly #handle: StreamHandle;
  readonly #protocol: WriteProtocol;
  /** Called when a pending write is done, with 0 or a negative errno. */
  readonly #onDone: (status: number) => void;

  private constructor(handle: StreamHandle, protocol: WriteProtocol, onDone: (status: number) => void) {
    this.#handle = handle;
    this.#protocol = protocol;
    this.#onDone = onDone;
  }

  /** A writer for a handle of net.Socket, or null when it is not one as expected. */
  static tryCreate(handle: unknown, protocol: WriteProtocol, onDone: (status: number) => void): DirectWriter | null {
    return isStreamHandle(handle) ? new DirectWriter(handle, protocol, onDone) : null;
  }

  /**
   * Writes these in order. 0 or a negative errno; with pendingBytes above 0 they are in use until onDone. Throws when the
   * handle answers what is not known: whether it has written anything is not known then, either.
   */
  write(buffers: readonly Uint8Array[]): number {
    // libuv ends the process for a write of nothing.
    const filled = buffers.every(isFilled) ? buffers : buffers.filter(isFilled);
    const [first] = filled;
    if (first === undefined) return 0;
    const handle = this.#handle;
    // Never the same one twice: of a write that the kernel takes in two goes nothing may wait any more, and its request is
    // called back all the same, a little later. Node ends the process for one that is used until then.
    const request = this.#protocol === "handle-makes-it" ? null : new this.#protocol.Request();
    if (request !== null) request.oncomplete = ignore;
    const answer = filled.length === 1 ? handle.writeBuffer(request, first) : handle.writev(request, filled, true);
    if (typeof answer === "number") {
      if (request !== null && handle.writeQueueSize > 0) this.#pend(request, filled);
      return answer;
    }
    if (request !== null || !isWriteRequest(answer)) throw new Error(`a write was answered with ${typeof answer}`);
    this.#pend(answer, filled);
    if (typeof answer.writeStatus === "number") answer.oncomplete?.(answer.writeStatus);
    return 0;
  }

  #pend(request: WriteRequest, buffers: readonly Uint8Array[]): void {
    for (const buffer of buffers) this.pendingBytes += buffer.length;
    request.buffer = buffers;
    request.oncomplete = (status) => {
      request.oncomplete = null;
      request.buffer = null;
      this.pendingBytes = 0;
      this.#onDone(status);
    };
  }
}

/**
 * Which protocol Node's own streams use: `writeOnce` makes one write a buffer to this handle, and it is looked at what
 * the handle is called with. Throws when that is neither.
 */
export function learnWriteProtocol(handle: unknown, writeOnce: () => void): WriteProtocol {
  if (!isStreamHandle(handle)) throw new Error("there is no writeBuffer, writev or writeQueueSize");
  const { writeBuffer } = handle;
  const seen: unknown[] = [];
  handle.writeBuffer = (...words: [WriteRequest | null, Uint8Array]) => {
    seen.push(...words);
    return writeBuffer.apply(handle, words);
  };
  try {
    writeOnce();
  } finally {
    Reflect.deleteProperty(handle, "writeBuffer");
  }
  const [request, buffer] = seen;
  if (!ArrayBuffer.isView(buffer)) throw new Error("the stream does not write by writeBuffer(request, buffer)");
  if (request === null) return "handle-makes-it";
  if (!isWriteRequest(request) || request.constructor === Object) throw new Error("a request is of no class");
  return { Request: request.constructor as new () => WriteRequest };
}

function ignore(): void {}

function isFilled(buffer: Uint8Array): boolean {
  return buffer.length > 0;
}

function isWriteRequest(value: unknown): value is WriteRequest {
  return typeof value === "object" && value !== null;
}

function isStreamHandle(handle: unknown): handle is StreamHandle {
  if (typeof handle !== "object" || handle === null) return false;
  const { writeBuffer, writev, writeQueueSize } = handle as Partial<StreamHandle>;
  return typeof writeBuffer === "function" && typeof writev === "function" && typeof writeQueueSize === "number";
}
