/**
 * What every write does beyond its key: the dirty count, WATCH, key events, and the commands that the AOF and replicas
 * get. A command ends each change in one call of keyChanged; dispatch calls commit() after each command.
 *
 * With nobody watching, listening or following, a change costs one addition and one test.
 */
import type { Database } from "../keyspace/database.js";
import type { Record, Records } from "../keyspace/record.js";
import type { WatchTable } from "../keyspace/watch-table.js";
import { Args } from "../resp/args.js";

/** A change that no event tells of. */
export const EVENT_NONE = 0;
/** Event classes, with the letters and bits of notify-keyspace-events. */
export const EVENT_KEYSPACE = 1; // K
export const EVENT_KEYEVENT = 2; // E
export const EVENT_GENERIC = 4; // g
export const EVENT_STRING = 8; // $
export const EVENT_LIST = 16; // l
export const EVENT_SET = 32; // s
export const EVENT_HASH = 64; // h
export const EVENT_SORTED_SET = 128; // z
export const EVENT_EXPIRED = 256; // x
export const EVENT_EVICTED = 512; // e
export const EVENT_STREAM = 1024; // t
export const EVENT_KEY_MISS = 2048; // m
export const EVENT_NEW = 16384; // n

/** Receives key events that notify-keyspace-events asks for: pub/sub. The key's bytes are valid during the call only. */
export interface KeyEventSink {
  onKeyEvent(db: Database, event: string, view: DataView, start: number, length: number): void;
}

/** Receives the commands that make the same change elsewhere: the AOF, replicas. The args are the sink's to keep. */
export interface CommandSink {
  onCommands(commands: readonly PropagatedCommand[]): void;
}

export interface PropagatedCommand {
  readonly dbId: number;
  readonly args: Args;
}

/** Told of every changed key: blocked clients. */
export interface ChangeListener {
  onChange(db: Database, view: DataView, start: number, length: number): void;
}

/** Told of changed keys while a client tracks keys. The key's bytes are valid during the call only. */
export interface KeyTracker {
  onChange(view: DataView, start: number, length: number): void;
  /** The key goes without a command: its deadline has passed, or memory is short. */
  onVanish(view: DataView, start: number, length: number): void;
  onFlush(): void;
}

export class Effects {
  /** Changes since the server started; INFO subtracts what the last save had. */
  dirty = 0;
  /** Bits of notify-keyspace-events. */
  eventMask = 0;
  readonly watches: WatchTable;
  /** Told of databaseChanged: blocked clients. */
  onDatabaseChange: (db: Database) => void = () => {};
  /** Told of keyReady: the same. */
  onKeyReady: (db: Database, view: DataView, start: number, length: number) => void = () => {};
  #eventSink: KeyEventSink | null = null;
  readonly #commandSinks: CommandSink[] = [];
  readonly #listeners: ChangeListener[] = [];
  #tracker: KeyTracker | null = null;
  /** Whether a change concerns anyone at all. */
  #idle = true;
  #replacement: PropagatedCommand[] | null = null;
  #pending: PropagatedCommand[] = [];
  /** Depth of MULTI or a script: their commands go out together. */
  #depth = 0;
  /** The commands of the present call go out one by one, without MULTI. */
  #separate = false;

  constructor(watches: WatchTable) {
    this.watches = watches;
    watches.onUse = () => this.#update();
  }

  setEventMask(mask: number): void {
    this.eventMask = mask;
    this.#update();
  }

  setEventSink(sink: KeyEventSink): void {
    this.#eventSink = sink;
    this.#update();
  }

  addCommandSink(sink: CommandSink): void {
    this.#commandSinks.push(sink);
  }

  removeCommandSink(sink: CommandSink): void {
    const at = this.#commandSinks.indexOf(sink);
    if (at >= 0) this.#commandSinks.splice(at, 1);
  }

  addListener(listener: ChangeListener): void {
    this.#listeners.push(listener);
    this.#update();
  }

  removeListener(listener: ChangeListener): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
    this.#update();
  }

  /** Null: no client tracks keys. */
  setTracker(tracker: KeyTracker | null): void {
    this.#tracker = tracker;
    this.#update();
  }

  /** Argument i of the command, a key of `db`, has changed: one change, one event. */
  keyChanged(db: Database, args: Args, i: number, eventClass: number, event: string): void {
    this.dirty++;
    if (this.#idle) return;
    this.#announce(db, args.view, args.start(i), args.byteLength(i), eventClass, event);
  }

  /** The same for a key that is no argument. The bytes must not be freed before this returns. */
  keyTouched(db: Database, view: DataView, start: number, length: number, eventClass: number, event: string): void {
    this.dirty++;
    if (this.#idle) return;
    this.#announce(db, view, start, length, eventClass, event);
  }

  /** An event without a change: a second event of one change, a miss. */
  notify(db: Database, view: DataView, start: number, length: number, eventClass: number, event: string): void {
    if ((this.eventMask & eventClass) === 0 || this.#eventSink === null) return;
    this.#eventSink.onKeyEvent(db, event, view, start, length);
  }

  /** A further key of a change that keyChanged has counted: the target of RENAME. */
  keyAlsoChanged(db: Database, args: Args, i: number, eventClass: number, event: string): void {
    if (this.#idle) return;
    this.#announce(db, args.view, args.start(i), args.byteLength(i), eventClass, event);
  }

  /**
   * Who waits for argument i may get something from it now (XADD), or never again (XGROUP DESTROY). Keys that come into
   * being, and those that go, need no call.
   */
  keyReady(db: Database, args: Args, i: number): void {
    this.onKeyReady(db, args.view, args.start(i), args.byteLength(i));
  }

  /**
   * All of `db` is about to be replaced by what `by` holds, or (null) by nothing. Before the change: which watchers
   * it concerns depends on the keys that are there.
   */
  databaseChanged(db: Database, by: Database | null): void {
    if (this.watches.size > 0) this.watches.touchDatabase(db, by);
    this.onDatabaseChange(db);
  }

  /** FLUSHDB or FLUSHALL, whether there were keys or not. */
  flushed(): void {
    this.#tracker?.onFlush();
  }

  /** A record's deadline has passed, and it is about to be deleted. No change of the client's data: not counted. */
  onExpired(db: Database, record: Record, records: Records): void {
    if (this.#idle && !this.propagates) return;
    this.watches.touchExpired(db.id, records.view(record), records.keyStart(record), records.keyLength(record));
    this.#onVanishing(db, record, records, EVENT_EXPIRED, "expired", db.keyspace.lazy.expire);
  }

  /** Memory is short, and a record is about to be deleted. To its watchers, a change; not counted either. */
  onEvicted(db: Database, record: Record, records: Records): void {
    if (this.#idle && !this.propagates) return;
    this.watches.touch(db.id, records.view(record), records.keyStart(record), records.keyLength(record));
    this.#onVanishing(db, record, records, EVENT_EVICTED, "evicted", db.keyspace.lazy.eviction);
  }

  /** A field of a hash is about to be deleted because its deadline has passed: an HDEL elsewhere. */
  onFieldExpired(db: Database, record: Record, records: Records, field: DataView, start: number, length: number): void {
    if (!this.propagates) return;
    const view = records.view(record);
    const key = new Uint8Array(view.buffer, view.byteOffset + records.keyStart(record), records.keyLength(record));
    this.propagateBefore(db, ["HDEL", key, new Uint8Array(field.buffer, field.byteOffset + start, length)]);
  }

  /** That has happened, and with the last field the key goes: a change of the key, though not of the client's data. */
  onFieldsExpired(db: Database, record: Record, records: Records, isEmpty: boolean): void {
    if (this.#idle) return;
    const view = records.view(record);
    const start = records.keyStart(record);
    const length = records.keyLength(record);
    this.#announce(db, view, start, length, EVENT_HASH, "hexpired");
    if (isEmpty) this.notify(db, view, start, length, EVENT_GENERIC, "del");
  }

  onMiss(db: Database, view: DataView, start: number, length: number): void {
    this.notify(db, view, start, length, EVENT_KEY_MISS, "keymiss");
  }

  onAdded(db: Database, view: DataView, start: number, length: number): void {
    if (this.eventMask !== 0) this.notify(db, view, start, length, EVENT_NEW, "new");
  }

  /** Whether anyone follows the commands: nobody needs a replacement otherwise. */
  get propagates(): boolean {
    return this.#commandSinks.length > 0;
  }

  /** The present command goes out as these words instead of its own; several calls, several commands. */
  propagateAs(db: Database, words: readonly (string | Uint8Array)[]): void {
    if (!this.propagates) return;
    this.#replacement ??= [];
    this.#replacement.push({ dbId: db.id, args: Args.from(words) });
  }

  /** The present command does not go out at all. */
  propagateNothing(): void {
    this.#replacement ??= [];
  }

  /** A further command, in front of the present one: the DEL of an expired key. */
  propagateBefore(db: Database, words: readonly (string | Uint8Array)[]): void {
    if (this.propagates) this.#pending.push({ dbId: db.id, args: Args.from(words) });
  }

  /** Commands from here to the matching leave() go out together, between MULTI and EXEC. */
  enter(): void {
    this.#depth++;
  }

  leave(): void {
    this.#depth--;
    if (this.#depth === 0) this.#send();
  }

  /** After a command: sends it on when it changed something. `dirtyBefore` is `dirty` at its start. */
  commit(db: Database, args: Args, dirtyBefore: number): void {
    const replacement = this.#replacement;
    if (replacement !== null) {
      this.#replacement = null;
      this.#pending.push(...replacement);
    } else if (this.dirty !== dirtyBefore && this.propagates) {
      this.#pending.push({ dbId: db.id, args: args.clone() });
    }
    if (this.#pending.length > 0 && this.#depth === 0) this.#send();
  }

  /**
   * What the present command has propagated so far goes out one by one, without MULTI around it: the DELs of expired
   * keys that SCAN and RANDOMKEY happen to meet belong together no more than those of active expiry.
   */
  propagateSeparately(): void {
    if (this.#depth === 0 && this.#pending.length > 0) this.#separate = true;
  }

  /** Sends what expiry by cron or eviction left, each on its own: no command commits them. */
  flush(): void {
    this.#separate = true;
    if (this.#depth === 0) this.#send();
  }

  #send(): void {
    const commands = this.#pending;
    const separate = this.#separate;
    this.#separate = false;
    if (commands.length === 0) return;
    this.#pending = [];
    if (commands.length > 1 && !separate) {
      const dbId = commands[0]?.dbId ?? 0;
      commands.unshift({ dbId, args: Args.from(["MULTI"]) });
      commands.push({ dbId, args: Args.from(["EXEC"]) });
    }
    for (const sink of this.#commandSinks) sink.onCommands(commands);
  }

  /** A key goes without a command of its own: an event, and a DEL or UNLINK elsewhere. */
  #onVanishing(db: Database, record: Record, records: Records, eventClass: number, event: string, lazy: boolean): void {
    const view = records.view(record);
    const start = records.keyStart(record);
    const length = records.keyLength(record);
    for (const listener of this.#listeners) listener.onChange(db, view, start, length);
    this.notify(db, view, start, length, eventClass, event);
    this.#tracker?.onVanish(view, start, length);
    if (!this.propagates) return;
    this.propagateBefore(db, [lazy ? "UNLINK" : "DEL", new Uint8Array(view.buffer, view.byteOffset + start, length)]);
  }

  #announce(db: Database, view: DataView, start: number, length: number, eventClass: number, event: string): void {
    this.watches.touch(db.id, view, start, length);
    for (const listener of this.#listeners) listener.onChange(db, view, start, length);
    this.#tracker?.onChange(view, start, length);
    this.notify(db, view, start, length, eventClass, event);
  }

  #update(): void {
    const notifies = this.eventMask !== 0 && this.#eventSink !== null;
    const isHeard = this.watches.size > 0 || this.#listeners.length > 0 || this.#tracker !== null;
    this.#idle = !isHeard && !notifies;
  }
}
