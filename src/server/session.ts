/**
 * A session: one connected client. Its state, its output, and what CLIENT LIST shows of it. Input is session-input.ts,
 * MULTI is transaction.ts; dispatch.ts runs its commands.
 */
import type { ReplyMode, SessionMemory, SessionView } from "../commands/context.js";
import type { Database } from "../keyspace/database.js";
import { ReplyWriter } from "../resp/reply-writer.js";
import { GATE_REPLY_MODE, GATE_UNAUTHENTICATED } from "./gates.js";
import type { Server } from "./server.js";
import { SessionInput } from "./session-input.js";
import { Transaction } from "./transaction.js";
import type { Transport, TransportOwner } from "./transport.js";

/** More output than this is sent at once. */
const FLUSH_NOW_BYTES = 65536;

/** Why a session's commands wait. */
export type WaitReason = "none" | "paused" | "blocked";

export class Session implements SessionView, TransportOwner {
  readonly server: Server;
  readonly transport: Transport;
  readonly id: number;
  readonly out: ReplyWriter;
  readonly input: SessionInput;
  readonly transaction: Transaction;
  readonly createdMs: number;
  db: Database;
  name = "";
  libName = "";
  libVersion = "";
  user = "default";
  noEvict = false;
  noTouch = false;
  monitor = false;
  lastInteractionMs: number;
  lastCommand = "";
  commandCount = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  /** See gates.ts: kept up to date by the setters below. */
  gates = 0;
  waiting: WaitReason = "none";
  closing = false;
  /** Whether it is in the server's list of sessions with output to send. */
  touched = false;
  /** The most bytes its output buffer had to hold lately: `rbp` of CLIENT LIST. */
  replyPeak = 0;
  /** Since when the soft output limit is exceeded, in ms; 0 when it is not. */
  softLimitSinceMs = 0;
  #replyMode: ReplyMode = "on";
  #closeWhenSent = false;

  constructor(server: Server, transport: Transport, id: number) {
    this.server = server;
    this.transport = transport;
    this.id = id;
    this.out = new ReplyWriter(server.outputBuffers);
    this.input = new SessionInput(this);
    this.transaction = new Transaction(this);
    this.db = server.keyspace.database(0);
    this.createdMs = server.clock.nowMs();
    this.lastInteractionMs = this.createdMs;
    this.authenticated = server.needsNoPassword;
  }

  get kind(): string {
    return this.transport.kind;
  }

  get address(): string {
    return this.transport.address;
  }

  get localAddress(): string {
    return this.transport.localAddress;
  }

  get authenticated(): boolean {
    return (this.gates & GATE_UNAUTHENTICATED) === 0;
  }

  set authenticated(value: boolean) {
    this.setGate(GATE_UNAUTHENTICATED, !value);
  }

  get replyMode(): ReplyMode {
    return this.#replyMode;
  }

  set replyMode(mode: ReplyMode) {
    this.#replyMode = mode;
    this.setGate(GATE_REPLY_MODE, mode !== "on");
  }

  setGate(gate: number, on: boolean): void {
    this.gates = on ? this.gates | gate : this.gates & ~gate;
  }

  onData(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    if (this.closing) return;
    this.netInputBytes += end - start;
    this.server.stats.netInputBytes += end - start;
    this.server.stats.reads++;
    this.server.beginTurn();
    this.lastInteractionMs = this.server.keyspace.nowMs;
    this.input.receive(bytes, view, start, end);
    this.server.dispatch.endTurn();
    // Replies of all clients that this poll woke go out together, after the last of them was read: the peers then
    // wake once a batch and not once a reply. A large reply does not wait.
    if (this.out.byteLength > FLUSH_NOW_BYTES) this.flush();
    else if (this.out.byteLength > 0) this.touch();
  }

  onDrain(): void {
    if (this.#closeWhenSent && this.out.byteLength === 0) return this.kill();
    this.resume();
  }

  onClose(): void {
    this.closing = true;
    this.out.release();
    this.transaction.reset();
    this.input.release();
    this.server.sessions.remove(this);
  }

  /** Serves what had to wait: after CLIENT UNPAUSE, an unblocked command, or a slow reader that caught up. */
  resume(): void {
    this.server.beginTurn();
    this.input.resume();
    this.flush();
    this.server.endTurn();
  }

  /** Bytes written and not yet taken by the kernel. */
  get outputBytes(): number {
    return this.out.byteLength + this.transport.pendingBytes;
  }

  /** Sends what is written. */
  flush(): void {
    const out = this.out;
    const bytes = out.byteLength;
    if (bytes === 0) {
      out.dropTail();
    } else {
      this.netOutputBytes += bytes;
      this.server.stats.netOutputBytes += bytes;
      this.server.stats.writes++;
      if (bytes > this.replyPeak) this.replyPeak = bytes;
      if (out.chunks.length > 0) {
        const chunks = out.takeChunks();
        if (out.pos > 0) chunks.push(out.takeTail());
        this.transport.sendMany(chunks);
      } else if (this.transport.send(out.buffer.subarray(0, out.pos))) {
        out.dropTail();
      } else {
        out.takeTail();
      }
    }
    if (this.#closeWhenSent) this.#endTransport();
  }

  /** Marks that something was written outside of its own turn: it is sent at the end of the server's turn. */
  touch(): void {
    if (this.touched || this.closing) return;
    this.touched = true;
    this.server.sendLater(this);
  }

  closeAfterReply(): void {
    this.#closeWhenSent = true;
    this.touch();
    this.closing = true;
  }

  kill(): void {
    this.closing = true;
    this.transport.destroy();
  }

  reset(): void {
    this.transaction.reset();
    this.server.stopMonitor(this);
    this.out.resp = 2;
    this.db = this.server.keyspace.database(0);
    this.name = "";
    this.user = "default";
    this.authenticated = this.server.needsNoPassword;
    this.replyMode = "on";
    this.noEvict = false;
    this.noTouch = false;
  }

  describeFlags(): string {
    let flags = "";
    if (this.monitor) flags += "O";
    if (this.transaction.active) flags += "x";
    if (this.waiting === "blocked") flags += "b";
    if (this.transaction.spoiled) flags += "d";
    if (this.#closeWhenSent) flags += "c";
    if (this.transport.kind === "unix") flags += "U";
    if (this.noEvict) flags += "e";
    if (this.noTouch) flags += "T";
    return flags === "" ? "N" : flags;
  }

  get memory(): SessionMemory {
    const chunks = this.out.chunks.length;
    const queryBuffer = this.input.bufferedBytes;
    const outputBytes = this.out.chunkBytes + this.transport.pendingBytes;
    const multi = this.transaction.bytes;
    const replyBuffer = this.out.buffer.length;
    const args = this.input.argsBytes;
    return {
      queryBuffer,
      queryBufferFree: this.input.freeBytes,
      args,
      multi,
      replyBuffer,
      replyBufferPeak: this.replyPeak,
      replyPending: this.out.pos,
      outputChunks: chunks,
      outputBytes,
      total: SESSION_BYTES + queryBuffer + this.input.freeBytes + outputBytes + replyBuffer + multi + args,
      netInputBytes: this.netInputBytes,
      netOutputBytes: this.netOutputBytes,
    };
  }

  #endTransport(): void {
    if (this.transport.pendingBytes === 0) this.transport.destroy();
    else this.transport.end();
  }
}

/** What a session itself takes on the JS heap: objects, socket and handles, as measured with 10,000 idle clients. */
const SESSION_BYTES = 2048;
