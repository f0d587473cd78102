/**
 * Reads and small replies of all connections in batches: one call from C++ and one into it for each turn of the loop,
 * where Node takes one for each read and one for each write. The server owns one, made with its first connection;
 * socket-transport.ts enters its sockets here and gets back what is not the common case (end, error, a full socket).
 * Where the addon is missing (no compiler, not Linux), or internals/probe.ts has found that sockets cannot be handed over,
 * there is none, and Node reads and writes every socket by itself.
 *
 * One turn: native/socket-poller.cc reads what has come on any socket into the server's read buffer, one read behind
 * another, and calls #onReads; each read goes to its transport; replies collect in the outbox; all are sent at the end.
 * A turn does not look for more before the loop goes on: that saves libuv's way, but the peers then wake for fewer replies
 * at a time, and 50 clients at pipeline 1 get 10 % less done.
 *
 *   read buffer   headroom | read of slot 7 | read of slot 2 | ...       What is left of a request is put in front of
 *   reads         7, end of its read | 2, end of its read | ...          its next read: over one that has been served.
 *   outbox        reply | reply | ...
 *   sends         fd, offset, length, taken | ...
 */
import { type NativeSocketPoller, nativeAddon } from "../native/addon.js";
import { copyBytes } from "../storage/bytes.js";
import { HEADROOM_BYTES } from "./transport.js";

/** Reads handed over in one call. */
const READS_MAX = 512;
const OUTBOX_BYTES = 262_144;
const SENDS_MAX = 1024;
const SEND_FIELDS = 4;
/** A larger reply is written by itself: the copy would cost more than the call. */
const REPLY_MAX_BYTES = 8192;
/** In `reads`: the socket has ended or failed. */
const ENDED = -1;

/** A socket of the poller. */
export interface PolledSocket {
  readonly fd: number;
  /** It has sent bytes [start, end) of the read buffer. */
  onRead(start: number, end: number): void;
  /** The poller has let go of it: reading on finds out why. */
  onReadEnded(): void;
  /** Of a reply in the outbox the kernel has not taken this rest, which is a copy. */
  onUnsent(rest: Uint8Array): void;
  /** Closes it: what it was called for has thrown. */
  destroy(): void;
}

/** Whom the turns belong to. */
export interface TurnOwner {
  onTurnBegin(): void;
  /** What was read is served: the replies can be written. */
  onTurnEnd(): void;
  /** Something has thrown past its owner, a bug of ours: in C++ it would end the process. */
  onFailure(error: unknown): void;
}

export class SocketPoller {
  /** Counts how often the outbox was emptied: a socket knows by it whether something of its own is still in there. */
  round = 0;
  /** Whether a turn is under way: only then there is somebody who empties the outbox. */
  isInTurn = false;
  readonly #owner: TurnOwner;
  readonly #native: NativeSocketPoller;
  readonly #reads = new Int32Array(2 * READS_MAX);
  readonly #outbox = new Uint8Array(new ArrayBuffer(OUTBOX_BYTES));
  readonly #outboxView = new DataView(this.#outbox.buffer);
  readonly #sends = new Int32Array(SEND_FIELDS * SENDS_MAX);
  #outboxEnd = 0;
  #sendCount = 0;
  /** By entry of `sends`: slots, and no sockets, which would be kept for as long as nobody else sends. */
  readonly #senders = new Int32Array(SENDS_MAX);
  /** By slot. */
  readonly #sockets: (PolledSocket | null)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #leftInTurn: number[] = [];

  private constructor(
    readBuffer: Uint8Array,
    owner: TurnOwner,
    Native: NonNullable<ReturnType<typeof nativeAddon>>["SocketPoller"] & {},
  ) {
    this.#owner = owner;
    this.#native = new Native(readBuffer, HEADROOM_BYTES, this.#reads, this.#outbox, this.#sends, (count) =>
      this.#onReads(count),
    );
  }

  /** Throws where there is none to be had: no addon, another libuv, no descriptor left. */
  static create(readBuffer: Uint8Array, owner: TurnOwner): SocketPoller {
    const Native = nativeAddon()?.SocketPoller;
    if (Native === undefined) throw new Error("the addon has no poller");
    return new SocketPoller(readBuffer, owner, Native);
  }

  /** The same, or null: the connection is served all the same. */
  static tryCreate(readBuffer: Uint8Array, owner: TurnOwner): SocketPoller | null {
    try {
      return SocketPoller.create(readBuffer, owner);
    } catch {
      return null;
    }
  }

  /** Gives the socket a slot, which it keeps until remove(). Nothing is read yet. */
  add(socket: PolledSocket): number {
    const slot = this.#freeSlots.pop() ?? this.#sockets.length;
    this.#sockets[slot] = socket;
    return slot;
  }

  /** Begins to read. False when the system cannot watch this socket. */
  watch(slot: number): boolean {
    const socket = this.#sockets[slot];
    return socket != null && this.#native.add(socket.fd, slot) === 0;
  }

  /** Whether a read takes all that there is room for, or leaves the rest of a deep pipeline to the next turn. */
  setBulk(slot: number, bulk: boolean): void {
    this.#native.setBulk(slot, bulk);
  }

  /** Drops what the socket has sent and nobody will read, so that closing it does not reset the connection. */
  discard(slot: number): void {
    this.#native.discard(slot);
  }

  /** Ends that. What was read in the present turn is still handed over. */
  unwatch(slot: number): void {
    this.#native.remove(slot);
  }

  /** Forgets the socket. Before it is closed. */
  remove(slot: number): void {
    this.#native.remove(slot);
    this.#sockets[slot] = null;
    // A read of this turn may still name the slot: nobody else may get it before that is over.
    if (this.isInTurn) this.#leftInTurn.push(slot);
    else this.#freeSlots.push(slot);
  }

  /** Puts a reply into the outbox, which is a copy; false when it has to be written in another way. */
  post(slot: number, fd: number, view: DataView, length: number): boolean {
    if (!this.isInTurn || length > REPLY_MAX_BYTES) return false;
    if (this.#sendCount === SENDS_MAX || this.#outboxEnd + length > OUTBOX_BYTES) this.sendPosted();
    const at = this.#outboxEnd;
    copyBytes(view, 0, this.#outboxView, at, length);
    this.#outboxEnd = at + length;
    const sends = this.#sends;
    const index = this.#sendCount++;
    sends[index * SEND_FIELDS] = fd;
    sends[index * SEND_FIELDS + 1] = at;
    sends[index * SEND_FIELDS + 2] = length;
    this.#senders[index] = slot;
    return true;
  }

  /** Writes these at once, past the outbox. How many bytes the kernel has taken; why not all of them, Node finds out. */
  write(fd: number, buffers: readonly Uint8Array[]): number {
    return this.#native.write(fd, buffers);
  }

  /** Sends what is in the outbox. */
  sendPosted(): void {
    const count = this.#sendCount;
    if (count === 0) return;
    this.round++;
    this.#sendCount = 0;
    this.#outboxEnd = 0;
    if (this.#native.send(count) > 0) this.#handRestsBack(count);
  }

  close(): void {
    this.#native.close();
  }

  #onReads(first: number): void {
    const owner = this.#owner;
    this.isInTurn = true;
    // A second round only where the read buffer was too small for all that were ready.
    for (let count = first; count > 0; count = this.#native.poll()) {
      try {
        owner.onTurnBegin();
        this.#serve(count);
        owner.onTurnEnd();
        this.sendPosted();
      } catch (error) {
        owner.onFailure(error);
      }
      for (const slot of this.#leftInTurn) this.#freeSlots.push(slot);
      this.#leftInTurn.length = 0;
    }
    this.isInTurn = false;
  }

  /** Hands each read to its socket. What one has thrown ends that one: what the others have sent is not lost for it. */
  #serve(count: number): void {
    const reads = this.#reads;
    let start = HEADROOM_BYTES;
    for (let i = 0; i < count; i++) {
      // None: another session of this turn has closed it, and it is heard no more.
      const socket = this.#sockets[reads[2 * i] ?? 0] ?? null;
      const end = reads[2 * i + 1] ?? ENDED;
      try {
        if (end === ENDED) socket?.onReadEnded();
        else socket?.onRead(start, end);
      } catch (error) {
        this.#owner.onFailure(error);
        socket?.destroy();
      }
      if (end !== ENDED) start = end;
    }
  }

  #handRestsBack(count: number): void {
    const sends = this.#sends;
    // Copies: the outbox is in use again as soon as the first of them writes more.
    const unsent: [PolledSocket, Uint8Array][] = [];
    for (const [i, slot] of this.#senders.slice(0, count).entries()) {
      const [, start = 0, length = 0, taken = 0] = sends.subarray(i * SEND_FIELDS, (i + 1) * SEND_FIELDS);
      const socket = this.#sockets[slot];
      if (taken < length && socket != null) unsent.push([socket, this.#outbox.slice(start + taken, start + length)]);
    }
    for (const [socket, rest] of unsent) {
      try {
        socket.onUnsent(rest);
      } catch (error) {
        this.#owner.onFailure(error);
        socket.destroy();
      }
    }
  }
}
