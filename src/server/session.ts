/**
 * A session: one connected client. Its state, its output, and what CLIENT LIST shows of it. Input is session-input.ts,
 * MULTI is transaction.ts; dispatch.ts runs its commands.
 */
import { KeptText } from "../base/kept-text.js";
import type { Command } from "../commands/command.js";
import type {
  BlockRequest,
  ClientType,
  ReplyMode,
  SessionMemory,
  SessionView,
  TrackingOptions,
} from "../commands/context.js";
import type { Database } from "../keyspace/database.js";
import type { Subscriber } from "../pubsub/channel.js";
import { Subscriptions } from "../pubsub/subscriptions.js";
import { FIRST_BUFFER_BYTES } from "../resp/buffer-pool.js";
import type { OutputOwner } from "../resp/output.js";
import { ReplyWriter } from "../resp/reply-writer.js";
import type { Waiter } from "./blocked-keys.js";
import { deferReply } from "./deferred-reply.js";
import { describeFlags } from "./describe-flags.js";
import { GATE_MONITORS, GATE_REPLY_MODE, GATE_SUBSCRIBED, GATE_UNAUTHENTICATED } from "./gates.js";
import { leaveServer } from "./leave-server.js";
import { followOutputLimit } from "./output-limits.js";
import { sendOutput } from "./send-output.js";
import type { Server } from "./server.js";
import { SessionInput } from "./session-input.js";
import { measureSession } from "./session-memory.js";
import type { ClientTracking } from "./tracking/client-tracking.js";
import { Transaction } from "./transaction.js";
import { FLUSH_NOW_BYTES, type Transport, type TransportOwner } from "./transport.js";

/** Why a session's commands wait. */
export type WaitReason = "none" | "paused" | "blocked" | "deferred";

export class Session implements SessionView, TransportOwner, OutputOwner, Subscriber {
  readonly server: Server;
  readonly transport: Transport;
  readonly id: number;
  readonly out: ReplyWriter;
  readonly input: SessionInput;
  readonly transaction: Transaction;
  readonly subscriptions: Subscriptions;
  readonly createdMs: number;
  db: Database;
  readonly #name = new KeptText();
  readonly #libName = new KeptText();
  readonly #libVersion = new KeptText();
  user = "default";
  noTouch = false;
  lastInteractionMs: number;
  /** The command last looked up; null when there is none of that name. */
  last: Command | null = null;
  commandCount = 0;
  /** Of the errors in `out`, those counted already: a call must not count those of the calls inside of it again. */
  countedErrors = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  /** See gates.ts: kept up to date by the setters below. */
  gates = 0;
  waiting: WaitReason = "none";
  /** Its wait for keys, while `waiting` is "blocked". */
  waiter: Waiter | null = null;
  /** Its wait for keys that is over, while CLIENT PAUSE holds the command back. */
  pending: Waiter | null = null;
  /** Null before the first CLIENT TRACKING ON. */
  tracking: ClientTracking | null = null;
  closing = false;
  /** It was ended: it is not counted any more, and leaves as soon as no request of it is under way. */
  isGone = false;
  /** It closes as soon as it was sent all that is written. */
  closesWhenSent = false;
  /** What it takes, as ClientMemory last measured it, and its bucket there; -1 in none. */
  countedBytes = 0;
  memoryBucket = -1;
  /** Whether it is in the server's list of sessions with output to send. */
  touched = false;
  /** The most bytes of its first output buffer that it had use for lately, and since when: see reply-buffer.ts. */
  replyPeak = FIRST_BUFFER_BYTES;
  replyPeakSinceMs: number;
  /** Since when the soft output limit is exceeded, in ms; 0 when it is not. */
  softLimitSinceMs = 0;
  #authenticated = false;
  #replyMode: ReplyMode = "on";
  #noEvict = false;
  /** How many of its requests, or parts of their answers, are under way: see hold. */
  #holds = 0;
  #hasLeft = false;

  constructor(server: Server, transport: Transport, id: number) {
    this.server = server;
    this.transport = transport;
    this.id = id;
    this.out = new ReplyWriter(server.outputBuffers, this);
    this.input = new SessionInput(this);
    this.transaction = new Transaction(this);
    this.subscriptions = new Subscriptions(server.pubsub, this);
    this.db = server.keyspace.database(0);
    this.createdMs = server.clock.nowMs();
    this.lastInteractionMs = this.createdMs;
    this.replyPeakSinceMs = this.createdMs;
    this.authenticated = server.needsNoPassword;
  }

  get name(): string {
    return this.#name.text;
  }

  set name(name: string) {
    this.#name.text = name;
  }

  get libName(): string {
    return this.#libName.text;
  }

  set libName(name: string) {
    this.#libName.text = name;
  }

  get libVersion(): string {
    return this.#libVersion.text;
  }

  set libVersion(version: string) {
    this.#libVersion.text = version;
  }

  /** What the names that the client gave itself take. */
  get nameBytes(): number {
    return this.#name.byteLength + this.#libName.byteLength + this.#libVersion.byteLength;
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

  /** Whether it has shown a password, or came while none was needed. */
  get authenticated(): boolean {
    return this.#authenticated;
  }

  set authenticated(value: boolean) {
    this.#authenticated = value;
    this.checkAuthentication();
  }

  /** Sets the gate: without a password on `default` nobody has to authenticate. Called when that changes. */
  checkAuthentication(): void {
    this.setGate(GATE_UNAUTHENTICATED, !this.#authenticated && !this.server.needsNoPassword);
  }

  get mustAuthenticate(): boolean {
    return (this.gates & GATE_UNAUTHENTICATED) !== 0;
  }

  get lastCommand(): string {
    return this.last?.fullName ?? "";
  }

  get monitor(): boolean {
    return (this.gates & GATE_MONITORS) !== 0;
  }

  get denyBlocking(): boolean {
    return this.transaction.executing;
  }

  get clientType(): ClientType {
    return this.gates & GATE_SUBSCRIBED ? "pubsub" : "normal";
  }

  get isConfinedToPubSub(): boolean {
    return (this.gates & GATE_SUBSCRIBED) !== 0 && this.out.resp === 2;
  }

  onSubscribed(isSubscribed: boolean): void {
    this.setGate(GATE_SUBSCRIBED, isSubscribed);
    followOutputLimit(this);
  }

  openPush(): ReplyWriter | null {
    if (this.closing) return null;
    const { ownPushes } = this.server.dispatch;
    if (ownPushes.serving === this) return ownPushes.openMessages(this);
    this.touch();
    return this.out;
  }

  openOwnPushes(): ReplyWriter {
    return this.isSilent ? this.server.dispatch.ownPushes.openReplies(this) : this.out;
  }

  startTracking(options: TrackingOptions): boolean {
    return this.server.tracking.start(this, options);
  }

  stopTracking(): void {
    this.server.tracking.stop(this);
  }

  /** CLIENT NO-EVICT: maxmemory-clients does not close it. */
  get noEvict(): boolean {
    return this.#noEvict;
  }

  set noEvict(value: boolean) {
    this.#noEvict = value;
    this.server.clientMemory.follow(this);
  }

  get mayBeEvicted(): boolean {
    return !this.#noEvict && (this.clientType === "normal" || this.clientType === "pubsub");
  }

  get replyMode(): ReplyMode {
    return this.#replyMode;
  }

  set replyMode(mode: ReplyMode) {
    this.#replyMode = mode;
    this.setGate(GATE_REPLY_MODE, mode !== "on");
  }

  /** A request begins: whether CLIENT REPLY silences it. */
  beginReply(): boolean {
    if (this.#replyMode === "skip-next") this.replyMode = "skip";
    return this.isSilent;
  }

  /** CLIENT REPLY keeps the reply under way from going out. */
  get isSilent(): boolean {
    return this.#replyMode === "off" || this.#replyMode === "skip";
  }

  setGate(gate: number, on: boolean): void {
    this.gates = on ? this.gates | gate : this.gates & ~gate;
  }

  /**
   * A request of it begins to be served, or the answer to one to be written. Until letGo() it stays in the server whatever
   * ends it: a command may go on with its session, its queue and its subscriptions, which are then taken down once.
   */
  hold(): void {
    this.#holds++;
  }

  letGo(): void {
    if (--this.#holds === 0 && this.isGone) this.#leave();
  }

  /** What was served of it has thrown, a bug of ours: it ends, and nobody else. */
  fail(error: unknown): void {
    this.server.reportFailure("while a client was served, which is closed", error, this);
    this.kill();
  }

  get isReceivingLarge(): boolean {
    return this.input.isReceivingLarge;
  }

  onData(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    if (this.closing) return;
    this.hold();
    try {
      this.#receive(bytes, view, start, end);
    } catch (error) {
      this.fail(error);
    }
    this.letGo();
  }

  #receive(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const { server } = this;
    this.netInputBytes += end - start;
    server.stats.netInputBytes += end - start;
    server.stats.reads++;
    // Of several sessions in one turn, the next one's time begins where that of the one before ends.
    const isTurn = !server.cycle.isServing;
    if (isTurn) server.beginTurn();
    this.lastInteractionMs = server.keyspace.nowMs;
    this.input.receive(bytes, view, start, end);
    if (isTurn) server.dispatch.endTurn();
    // Replies of all clients that this poll woke go out together, after the last of them was read: the peers then
    // wake once a batch and not once a reply. A large reply does not wait.
    if (this.out.byteLength > FLUSH_NOW_BYTES) this.flush();
    else if (this.out.byteLength > 0) this.touch();
    server.clientMemory.follow(this);
  }

  onDrain(): void {
    if (this.closesWhenSent && this.out.byteLength === 0) this.kill();
    else this.resume();
  }

  /** The peer has ended its side. It gets what the kernel takes of the replies so far, and no more: as with Redis. */
  onEnd(): void {
    this.flush();
    this.kill();
  }

  onClose(): void {
    this.kill();
  }

  /** Serves what had to wait: after CLIENT UNPAUSE, an unblocked command, or a slow reader that caught up. */
  resume(): void {
    if (this.closing) return;
    this.hold();
    try {
      this.server.beginTurn();
      this.server.blocking.runPending(this);
      this.input.resume();
      sendOutput(this);
      this.server.endTurn();
    } catch (error) {
      this.fail(error);
    }
    this.letGo();
  }

  block(request: BlockRequest): void {
    if (this.denyBlocking) throw new Error("session: a transaction cannot wait for keys");
    this.server.blocking.block(this, request);
  }

  unblock(withError: boolean): boolean {
    return this.server.blocking.unblock(this, withError);
  }

  defer<T>(work: Promise<T>, reply: (out: ReplyWriter, value: T) => void): void {
    deferReply(this, work, reply);
  }

  /** Bytes written and not yet taken by the kernel. */
  get outputBytes(): number {
    return this.out.byteLength + this.transport.pendingBytes;
  }

  /** Sends what is written; a client with more unread output than its class may have is closed instead. */
  flush(): void {
    try {
      sendOutput(this);
    } catch (error) {
      this.fail(error);
    }
  }

  /** One command has written more than its class may have unread: it runs to its end, and the session closes. */
  onOverflow(): void {
    this.touch();
    this.closing = true;
  }

  /** Marks that something was written outside of its own turn: it is sent at the end of the server's turn. */
  touch(): void {
    if (this.touched || this.closing) return;
    this.touched = true;
    this.server.cycle.sendLater(this);
  }

  closeAfterReply(): void {
    this.closesWhenSent = true;
    this.touch();
    this.closing = true;
  }

  kill(): void {
    this.closing = true;
    if (!this.isGone) {
      this.isGone = true;
      this.server.clientMemory.forget(this);
    }
    if (this.#holds === 0) this.#leave();
    else this.out.abandon();
  }

  reset(): void {
    this.transaction.reset();
    this.server.monitors.remove(this);
    this.subscriptions.release();
    this.stopTracking();
    this.out.resp = 2;
    this.db = this.server.keyspace.database(0);
    this.name = "";
    this.user = "default";
    this.authenticated = this.server.needsNoPassword;
    // A RESET that CLIENT REPLY SKIP has silenced stays silent.
    if (this.replyMode !== "skip") this.replyMode = "on";
    this.noEvict = false;
    this.noTouch = false;
  }

  describeFlags(): string {
    return describeFlags(this);
  }

  get memory(): SessionMemory {
    return measureSession(this);
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    leaveServer(this);
  }
}
