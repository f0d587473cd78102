/**
 * Client-side caching (CLIENT TRACKING): tells clients which of the keys that they may have cached are no longer what
 * they were. One per server. Dispatch says what tracking clients read (remember), effects.ts what changes (KeyTracker);
 * the message goes to the client itself (RESP3), or to the one that it named (REDIRECT).
 *
 * While nobody tracks and the table is empty, effects.ts does not know of this object, and no session has the gate: a
 * command costs nothing more.
 *
 * Order. A client's own messages stand behind the reply that is under way (own-pushes.ts): of a whole EXEC, too. Those
 * about keys that had to go before its command could run (maxmemory, tracking-table-max-keys) stand in front of it.
 * Messages of BCAST follow all replies of the loop's iteration.
 *
 * A client that does not track any more leaves its ids in the table, as in Redis: it may go on, and will then hear of
 * the keys that it has read. Those of clients that are gone are swept up: see tracking-table.ts.
 */

import { getHeapStatistics } from "node:v8";
import { PrefixIndex } from "../../base/prefix-index.js";
import { type Command, FLAG_PUBSUB } from "../../commands/command.js";
import type { TrackingOptions } from "../../commands/context.js";
import type { KeyTracker } from "../../commands/effects.js";
import { findKeys, KeyList } from "../../commands/key-specs.js";
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { ArenaFullError } from "../../storage/arena.js";
import type { BlockMover } from "../../storage/block-mover.js";
import { GATE_REDIRECTED, GATE_TRACKING, GATE_TRACKING_TABLE } from "../gates.js";
import type { Server } from "../server.js";
import type { Session } from "../session.js";
import { Broadcast } from "./broadcast.js";
import { ClientTracking } from "./client-tracking.js";
import { TrackingTable } from "./tracking-table.js";

const INVALIDATE = encodeReply("$10\r\ninvalidate\r\n");
const REDIR_BROKEN = encodeReply("$21\r\ntracking-redir-broken\r\n");
const MESSAGE = encodeReply("$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n");

/** Keys that one call of limitTable takes out of a table that is too large; more with each call that was not enough. */
const LIMIT_EFFORT = 100;
/** A sweep begins when one id in so many is dead. */
const DEAD_SHARE = 4;
/** What a prefix takes beside its bytes, about; and the share of the JS heap that all may take. */
const PREFIX_BYTES = 256;
const PREFIXES_HEAP_SHARE = 1 / 16;

export class Tracking implements KeyTracker {
  /** How many clients track. */
  clients = 0;
  /** `tracking-table-max-keys`; 0: any number. */
  maxKeys = 0;
  readonly table: TrackingTable;
  readonly #server: Server;
  readonly #broadcast: Broadcast;
  readonly #keys = new KeyList();
  /** Ids in the table whose clients are gone. */
  #deadItems = 0;
  #prefixBytes = 0;
  /** How often in a row limitTable was not enough. */
  #limitMisses = 0;
  /** How many track by way of another client, by that one's id. */
  readonly #redirects = new Map<number, number>();

  constructor(server: Server) {
    this.#server = server;
    this.table = new TrackingTable(server.keyspace.arena, server.keyspace.dict.keyHash);
    this.#broadcast = new Broadcast((session) => this.#open(session));
  }

  get prefixCount(): number {
    return this.#broadcast.prefixCount;
  }

  get hasWork(): boolean {
    return this.table.hasWork || this.#deadItems * DEAD_SHARE > this.table.itemCount;
  }

  /** TRACKING ON, with options that fit what the client does already. False when there is no memory for its prefixes. */
  start(session: Session, options: TrackingOptions): boolean {
    session.tracking ??= new ClientTracking();
    const { tracking } = session;
    if (options.broadcasts) {
      const added = options.prefixes.filter((prefix) => tracking.prefixes.find(prefix) === undefined);
      const bytes = added.reduce((sum, prefix) => sum + prefix.length + PREFIX_BYTES, 0);
      if (this.#prefixBytes + bytes > getHeapStatistics().heap_size_limit * PREFIXES_HEAP_SHARE) return false;
      this.#prefixBytes += bytes;
      tracking.prefixBytes += bytes;
      for (const prefix of added) {
        tracking.prefixes.add({ prefix });
        this.#broadcast.add(prefix, session);
      }
    }
    if (!tracking.isOn) this.clients++;
    tracking.isOn = true;
    tracking.broadcasts = options.broadcasts;
    tracking.optsIn = options.optsIn;
    tracking.optsOut = options.optsOut;
    tracking.noLoop = options.noLoop;
    tracking.isBroken = false;
    this.#redirect(tracking, options.redirect);
    session.setGate(GATE_TRACKING, true);
    this.#update();
    return true;
  }

  /** TRACKING OFF, RESET, or the end of the client. */
  stop(session: Session): void {
    const { tracking } = session;
    if (tracking === null || !tracking.isOn) return;
    for (const { prefix } of tracking.prefixes.all) this.#broadcast.remove(prefix, session);
    tracking.prefixes = new PrefixIndex();
    this.#prefixBytes -= tracking.prefixBytes;
    tracking.prefixBytes = 0;
    this.#redirect(tracking, 0);
    tracking.isOn = tracking.broadcasts = tracking.optsIn = tracking.optsOut = tracking.noLoop = false;
    tracking.isBroken = tracking.caching = false;
    this.clients--;
    session.setGate(GATE_TRACKING, false);
    this.#update();
  }

  /** The client is gone: its ids in the table are garbage. */
  leave(session: Session): void {
    this.stop(session);
    this.#redirects.delete(session.id);
    this.#deadItems += session.tracking?.items ?? 0;
    session.tracking = null;
  }

  /** A tracking client has run a command that reads. */
  remember(session: Session, command: Command, args: Args): void {
    const { tracking } = session;
    if (tracking === null || tracking.broadcasts) return;
    if (tracking.optsIn ? !tracking.caching : tracking.optsOut && tracking.caching) return;
    // Shard channels are no keys here, and a script's own commands tell what it reads.
    if (command.has(FLAG_PUBSUB) || command.spec.group === "scripting") return;
    const { first, last, step, movable } = command.keyRange;
    if (movable || command.spec.findKeys !== undefined) {
      findKeys(command.spec, args, this.#keys);
      for (const i of this.#keys.indexes) this.#rememberKey(session, tracking, args, i);
    } else if (first > 0) {
      const end = last < 0 ? args.count + last : last;
      for (let i = first; i <= end && i < args.count; i += step) this.#rememberKey(session, tracking, args, i);
    }
  }

  /** A request of a tracking client is over: CLIENT CACHING holds for one, or for all of a transaction. */
  endRequest(session: Session, command: Command | null): void {
    const { tracking } = session;
    if (tracking === null || !tracking.caching || session.transaction.active || session.waiting === "blocked") return;
    const container = command?.parent ?? command;
    if (container?.spec.name !== "client") tracking.caching = false;
  }

  onChange(view: DataView, start: number, length: number): void {
    const by = this.#server.dispatch.ownPushes.serving;
    if (this.#broadcast.prefixCount > 0) this.#onBroadcastChange(view, start, length, by);
    this.#invalidate(view, start, length, by);
  }

  /** The key's time has come, or memory is short: nobody's doing, even where a client's command met it. */
  onVanish(view: DataView, start: number, length: number): void {
    if (this.#broadcast.prefixCount > 0) this.#onBroadcastChange(view, start, length, null);
    this.#invalidate(view, start, length, null);
  }

  /** One message for all keys: null. */
  onFlush(): void {
    for (const session of this.#server.sessions.all) {
      const { tracking } = session;
      if (tracking === null) continue;
      tracking.items = 0;
      if (tracking.isOn) this.#open(session)?.nil();
    }
    this.table.clear();
    this.#deadItems = 0;
    this.#update();
  }

  /** The loop's iteration ends: what BCAST has kept goes out. */
  broadcast(): void {
    if (!this.#broadcast.hasPending) return;
    try {
      this.#broadcast.send();
    } catch (error) {
      this.#server.reportFailure("while keys were broadcast to tracking clients, which are closed", error);
      this.#broadcast.drop();
      // Who may not have heard of a change must not go on with what it has cached.
      for (const session of this.#server.sessions.all) if (session.tracking?.broadcasts) session.kill();
    }
  }

  /** The limit may have been exceeded, or changed. */
  checkLimit(): void {
    const isExceeded = this.maxKeys > 0 && this.table.keyCount > this.maxKeys;
    if (!isExceeded) this.#limitMisses = 0;
    this.#server.dispatch.setGate(GATE_TRACKING_TABLE, isExceeded);
  }

  /** Takes some keys out of a table that is too large: to their clients they have changed. */
  limitTable(): void {
    const { table } = this;
    const { random } = this.#server;
    let effort = LIMIT_EFFORT * (this.#limitMisses + 1);
    for (; effort > 0 && table.keyCount > this.maxKeys; effort--) {
      table.pick((limit) => random.below(limit));
      const { pickedKey } = table;
      const view = new DataView(pickedKey.buffer, pickedKey.byteOffset, pickedKey.length);
      this.#invalidate(view, 0, pickedKey.length, null);
    }
    this.#limitMisses++;
    this.checkLimit();
  }

  /** Defragmentation: moves some blocks of the table; true when it came to the end. */
  moveBlocks(mover: BlockMover): boolean {
    return this.table.moveBlocks(mover);
  }

  /** Called by cron: keeps the table small, until `isOver` says so. */
  work(isOver: () => boolean): void {
    if (this.table.hasWork) this.table.freeSlice(isOver);
    if (!this.hasWork || isOver()) return;
    this.#deadItems -= this.table.sweep((id) => this.#server.sessions.find(id) !== null, isOver);
    this.#update();
  }

  close(): void {
    this.table.close();
  }

  #rememberKey(session: Session, tracking: ClientTracking, args: Args, i: number): void {
    const start = args.start(i);
    const length = args.byteLength(i);
    try {
      if (!this.table.add(args.view, start, length, session.id)) return;
    } catch (error) {
      if (!(error instanceof ArenaFullError)) throw error;
      // There is no memory to remember it: the client must not keep it.
      this.#sendKey(session, args.view, start, length);
      return;
    }
    tracking.items++;
    if (this.table.keyCount > this.maxKeys) this.checkLimit();
  }

  /**
   * Whoever has read the key hears of it, and is forgotten. `by` is who changed it, if a client did: NOLOOP spares it,
   * but where time, memory or the limit took the key away it could not know otherwise.
   */
  #invalidate(view: DataView, start: number, length: number, by: Session | null): void {
    const { table } = this;
    if (table.take(view, start, length) === 0) return;
    const { sessions } = this.#server;
    for (const id of table.ids) {
      const session = sessions.find(id);
      const tracking = session?.tracking ?? null;
      if (session === null || tracking === null) {
        this.#deadItems--;
        continue;
      }
      tracking.items--;
      if (!tracking.isOn || tracking.broadcasts) continue;
      if (tracking.noLoop && by === session) continue;
      this.#sendKey(session, view, start, length);
    }
    if (table.keyCount === 0) this.#update();
  }

  #sendKey(session: Session, view: DataView, start: number, length: number): void {
    const out = this.#open(session);
    out?.array(1);
    out?.bulk(view, start, start + length);
  }

  #onBroadcastChange(view: DataView, start: number, length: number, by: Session | null): void {
    this.#broadcast.onChange(view, start, length, by);
    if (this.#broadcast.isFull) this.broadcast();
    else if (this.#broadcast.hasPending) this.#server.cycle.endSoon();
  }

  /** Begins a message for what `session` tracks: its receiver's output, with all but the keys written; or null. */
  #open(session: Session): ReplyWriter | null {
    const redirect = session.tracking?.redirect ?? 0;
    const receiver = redirect === 0 ? session : this.#server.sessions.find(redirect);
    if (receiver === null || receiver.closing) {
      if (redirect !== 0) this.#reportBroken(session, redirect);
      return null;
    }
    // Under RESP2 only who listens to channels understands a message that it has not asked for.
    const isPush = receiver.out.resp === 3;
    if (!isPush && (redirect === 0 || receiver.clientType !== "pubsub")) return null;
    const out = receiver.openPush();
    out?.push(isPush ? 2 : 3);
    out?.raw(isPush ? INVALIDATE : MESSAGE);
    return out;
  }

  #reportBroken(session: Session, redirect: number): void {
    if (session.tracking !== null) session.tracking.isBroken = true;
    const out = session.out.resp === 3 ? session.openPush() : null;
    out?.push(2);
    out?.raw(REDIR_BROKEN);
    out?.integer(redirect);
  }

  /** Who gets others' messages needs the gate as well: they must not stand inside of its replies. */
  #redirect(tracking: ClientTracking, to: number): void {
    const { redirect } = tracking;
    tracking.redirect = to;
    this.#countRedirect(to, 1);
    this.#countRedirect(redirect, -1);
  }

  #countRedirect(id: number, change: number): void {
    const receiver = id === 0 ? null : this.#server.sessions.find(id);
    if (receiver === null) return;
    const count = (this.#redirects.get(id) ?? 0) + change;
    if (count > 0) this.#redirects.set(id, count);
    else this.#redirects.delete(id);
    receiver.setGate(GATE_REDIRECTED, count > 0);
  }

  /** Whether changes concern anyone here. */
  #update(): void {
    const isIdle = this.clients === 0 && this.table.keyCount === 0;
    this.#server.effects.setTracker(isIdle ? null : this);
  }
}
