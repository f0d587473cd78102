/**
 * A session's input: cuts what arrives into requests and hands them to dispatch, in place. Owned by its session.
 *
 * Three ways, by what is left when a read ends:
 *   nothing               the common case: parsed in the shared read buffer, nothing is kept
 *   a short rest          copied aside; put in front of the next read, and its request parsed anew
 *   a long rest           an `InputBacklog`: a buffer and a parser of its own. Also used while the session waits (paused,
 *                         blocked) and its requests pile up.
 */
import { setImmediate } from "../base/timers.js";
import { UNLIMITED } from "../resp/output.js";
import {
  PARSE_COMPLETE,
  PARSE_EMPTY,
  PARSE_ERROR,
  PARSE_INCOMPLETE,
  type RequestParser,
} from "../resp/request-parser.js";
import { InputBacklog } from "./input-backlog.js";
import type { Session } from "./session.js";
import { FLUSH_NOW_BYTES, HEADROOM_BYTES } from "./transport.js";

/** After so many commands in one turn the other clients come first. */
const COMMANDS_PER_TURN = 5000;
/** A client that does not read its replies is not served while this much is unsent. */
const OUTPUT_PAUSE_BYTES = 256 * 1024 * 1024;
/** A client that has not authenticated may not send more than this unserved. */
const UNAUTHENTICATED_MAX_BYTES = 1024 * 1024;
const POISON = 0xaa;

/** More than this is no request that the end of a read has cut, but a large one. */
const LARGE_REST_BYTES = 4096;

export class SessionInput {
  readonly #session: Session;
  #rest: Uint8Array | null = null;
  #backlog: InputBacklog | null = null;
  #resumeScheduled = false;
  /** Bytes of the read that is being served from the shared buffer. */
  #readBytes = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Bytes that are here and not done with: while a request runs, those of the read that brought it count. */
  get bufferedBytes(): number {
    const backlog = this.#backlog;
    // Of a request that is here in part, what has been parsed counts as arguments.
    if (backlog?.parser.isUnderWay) return backlog.end - backlog.parser.next;
    return this.#keptBytes + this.#readBytes;
  }

  /** Of a request that is here in part, and of which kilobytes are here, more is on its way. */
  get isReceivingLarge(): boolean {
    const backlog = this.#backlog;
    if (backlog === null) return this.#rest !== null && this.#rest.length > LARGE_REST_BYTES;
    return backlog.isStaged || backlog.parser.isUnderWay;
  }

  get freeBytes(): number {
    if (this.#backlog !== null) return this.#backlog.freeBytes;
    return this.#readBytes === 0 ? 0 : this.#session.server.readBuffer.area.length - this.#readBytes;
  }

  /** What this session has of its own; the read buffer, which is everybody's, for as long as it is served from it. */
  get ownBytes(): number {
    return this.#backlog?.bytes ?? (this.#rest?.length ?? 0) + this.#readBytes;
  }

  /** Bytes of the arguments of the request that runs, or that is parsed in part. */
  get argsBytes(): number {
    if (this.#backlog !== null) return this.#backlog.parser.args.totalByteLength();
    return this.#readBytes === 0 ? 0 : this.#session.server.sharedParser.args.totalByteLength();
  }

  get #keptBytes(): number {
    return (this.#rest?.length ?? 0) + (this.#backlog === null ? 0 : this.#backlog.end - this.#backlog.start);
  }

  receive(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    if (this.#backlog !== null) {
      if (!this.#backlog.append(bytes.subarray(start, end))) {
        this.#closeForInput("has no memory for its query buffer");
        return;
      }
      // A request that made the buffer too large for maxmemory-clients is not run any more.
      this.#session.server.clientMemory.follow(this.#session);
      this.#serveBacklog();
      return;
    }
    let from = start;
    const rest = this.#rest;
    if (rest !== null) {
      from -= rest.length;
      bytes.set(rest, from);
      this.#rest = null;
    }
    if (this.#isWaiting()) {
      this.#keepLater(bytes, from, end);
      return;
    }
    const parser = this.#session.server.sharedParser;
    parser.args.setBuffer(bytes, view);
    parser.reset();
    this.#readBytes = end - from;
    const served = this.#serve(parser, from, end);
    this.#readBytes = 0;
    if (served < end && !this.#session.closing) this.#keep(parser, bytes, served, end);
    if (this.#session.gates !== 0) this.#checkLimit();
  }

  /** Goes on with requests that had to wait, unless the client still does not read its replies. */
  resume(): void {
    if (this.#resumeScheduled) {
      if (this.#session.outputBytes > OUTPUT_PAUSE_BYTES) return;
      this.#resumeScheduled = false;
      this.#session.transport.resumeReading();
    }
    if (this.#backlog !== null && !this.#session.closing) this.#serveBacklog();
  }

  release(): void {
    this.#rest = null;
    this.#backlog?.release();
    this.#backlog = null;
  }

  /** Serves requests from `pos` on; returns where the first one that was not served begins. */
  #serve(parser: RequestParser, pos: number, end: number): number {
    const session = this.#session;
    const server = session.server;
    const { dispatch, poison } = server;
    parser.maxBulkBytes = server.maxBulkBytes;
    parser.unauthenticated = session.mustAuthenticate;
    for (let served = 0; ; served++) {
      const status = parser.parse(pos, end);
      if (status === PARSE_COMPLETE) {
        if (this.#backlog?.isStaged) return this.#serveStaged(this.#backlog);
        if (!dispatch.execute(session, parser.args)) {
          // The session has to wait (CLIENT PAUSE): this request is served again later, from its first byte.
          parser.reset();
          return parser.requestStart;
        }
        if (poison) parser.args.bytes.fill(POISON, parser.requestStart, parser.next);
        pos = parser.next;
        if (session.closing) return end;
        if (session.gates !== 0) parser.unauthenticated = session.mustAuthenticate;
        if (this.#isWaiting()) return pos;
        if (session.out.byteLength > FLUSH_NOW_BYTES) {
          // A long pipeline's replies leave while they are in the cache, and their buffers are used again at once. Where
          // output is limited, that of one read counts together.
          if (session.out.limitBytes === UNLIMITED) session.flush();
          if (session.closing) return end;
          if (session.outputBytes > OUTPUT_PAUSE_BYTES) {
            this.#scheduleResume();
            return pos;
          }
        }
        if (served >= COMMANDS_PER_TURN) {
          this.#scheduleResume();
          return pos;
        }
      } else if (status === PARSE_EMPTY) {
        pos = parser.next;
      } else if (status === PARSE_INCOMPLETE) {
        return parser.requestStart;
      } else if (status === PARSE_ERROR) {
        server.log("verbose", `Protocol error (${parser.error}) from client: id=${session.id} addr=${session.address}`);
        if (!session.beginReply()) session.out.errorText(`ERR Protocol error: ${parser.error}`);
        server.stats.countError("ERR Protocol error");
        session.closeAfterReply();
        return end;
      }
    }
  }

  #isWaiting(): boolean {
    return this.#session.waiting !== "none";
  }

  /** Keeps a request that was cut at the end of a read, or requests that must wait. */
  #keep(parser: RequestParser, bytes: Uint8Array, start: number, end: number): void {
    const announced = end - start + parser.bytesMissing(end);
    if (this.#isWaiting() || this.#resumeScheduled || announced > HEADROOM_BYTES / 2) {
      parser.reset();
      this.#keepLater(bytes, start, end);
      if (!this.#isWaiting() && !this.#resumeScheduled) this.#serveBacklog();
    } else {
      this.#rest = bytes.slice(start, end);
    }
  }

  #keepLater(bytes: Uint8Array, start: number, end: number): void {
    this.#backlog = new InputBacklog(end - start, this.#session.server.keyspace.arena);
    this.#backlog.append(bytes.subarray(start, end));
    this.#checkLimit();
  }

  #serveBacklog(): void {
    while (this.#backlog !== null) {
      const backlog = this.#backlog;
      if (this.#session.closing || !this.#checkLimit() || this.#isWaiting() || this.#resumeScheduled) return;
      backlog.open();
      const { parser, isStaged } = backlog;
      // A cut request goes on where it stopped: `start` is its first byte, parser.next the place.
      const from = parser.isUnderWay ? parser.next : backlog.start;
      backlog.start = this.#serve(parser, from, backlog.end);
      if (this.#session.closing) return this.release();
      if (backlog.start === backlog.end) this.#backlog = null;
      // What had come behind a staged request has not been looked at.
      if (!isStaged || backlog.isStaged) return;
    }
  }

  /** Serves a request that was received into the arena; returns where the first byte lies that was not served. */
  #serveStaged(backlog: InputBacklog): number {
    const session = this.#session;
    const { dispatch, poison } = session.server;
    let isServed = true;
    backlog.offer();
    try {
      isServed = dispatch.execute(session, backlog.parser.args);
    } finally {
      backlog.withdraw(isServed, poison);
    }
    if (isServed) return 0;
    backlog.parser.reset();
    return backlog.parser.requestStart;
  }

  /**
   * False, and the session is closed, when the client has sent more than it may. What waits in a transaction's queue
   * counts, too.
   */
  #checkLimit(): boolean {
    const session = this.#session;
    const { server } = session;
    const limit = session.mustAuthenticate
      ? Math.min(UNAUTHENTICATED_MAX_BYTES, server.queryBufferLimit)
      : server.queryBufferLimit;
    if (session.closing || this.#keptBytes + session.transaction.argumentBytes <= limit) return true;
    this.#closeForInput("reached max query buffer length");
    return false;
  }

  #closeForInput(reason: string): void {
    const session = this.#session;
    const { server } = session;
    server.stats.queryBufferLimitDisconnections++;
    server.log("warning", `Closing client that ${reason}: ${server.sessions.describe(session)}`);
    session.kill();
  }

  /** Leaves the rest for a later turn: after the other clients, or when this one has read its replies. */
  #scheduleResume(): void {
    if (this.#resumeScheduled) return;
    this.#resumeScheduled = true;
    this.#session.transport.pauseReading();
    setImmediate(() => this.#session.resume());
  }
}
