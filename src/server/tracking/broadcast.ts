/**
 * BCAST: clients that want to know of every changed key with a prefix, whether they have read it or not. Owned by
 * tracking.ts.
 *
 * A changed key is kept with each prefix that it has until the end of the loop's iteration; then all clients of a prefix
 * get one message with all keys, in the order of their bytes. A change costs a string as long as the longest prefix and
 * a few bisections; for a key that some prefix fits, one of the whole key. Keys that are kept are bounded: beyond PENDING_MAX_BYTES the messages go out at once.
 */
import { PrefixIndex } from "../../base/prefix-index.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { Session } from "../session.js";

const PENDING_MAX_BYTES = 4 * 1024 * 1024;
/** A longer key is not kept, as a string on the JS heap: its message goes out at once. */
const KEPT_KEY_MAX_BYTES = 64 * 1024;
const CRLF = encodeReply("\r\n");
/** What a kept key takes beside its bytes, about. */
const ENTRY_BYTES = 64;

interface PrefixGroup {
  readonly prefix: string;
  readonly sessions: Set<Session>;
  /** Who changed the key last: a client, or (null) time or memory. */
  readonly keys: Map<string, Session | null>;
}

export class Broadcast {
  readonly #groups = new PrefixIndex<PrefixGroup>();
  /** Of any prefix so far. */
  #longestBytes = 0;
  #pendingBytes = 0;
  /** Where to write a message to this client; its head is written already. Null: it can get none. */
  readonly #open: (session: Session) => ReplyWriter | null;

  constructor(open: (session: Session) => ReplyWriter | null) {
    this.#open = open;
  }

  get prefixCount(): number {
    return this.#groups.size;
  }

  get hasPending(): boolean {
    return this.#pendingBytes > 0;
  }

  /** So much is kept that it had better go out now. */
  get isFull(): boolean {
    return this.#pendingBytes > PENDING_MAX_BYTES;
  }

  add(prefix: string, session: Session): void {
    let group = this.#groups.find(prefix);
    if (group === undefined) {
      group = { prefix, sessions: new Set(), keys: new Map() };
      this.#groups.add(group);
      this.#longestBytes = Math.max(this.#longestBytes, prefix.length);
    }
    group.sessions.add(session);
  }

  /** With the last client go the keys that its prefix has kept. */
  remove(prefix: string, session: Session): void {
    const group = this.#groups.find(prefix);
    if (group === undefined) return;
    group.sessions.delete(session);
    if (group.sessions.size > 0) return;
    this.#groups.remove(group);
    if (this.#groups.size === 0) this.#longestBytes = 0;
  }

  /** The key view[start, start + length) has changed. */
  onChange(view: DataView, start: number, length: number, by: Session | null): void {
    const bytes = Buffer.from(view.buffer, view.byteOffset + start, length);
    const beginning = bytes.toString("latin1", 0, Math.min(length, this.#longestBytes));
    if (length > KEPT_KEY_MAX_BYTES) return this.#sendLongKey(bytes, beginning, by);
    let key: string | null = null;
    this.#groups.forEachPrefixOf(beginning, ({ keys }) => {
      const name = key ?? bytes.toString("latin1");
      key = name;
      if (!keys.has(name)) this.#pendingBytes += length + ENTRY_BYTES;
      keys.set(name, by);
    });
  }

  /** Forgets all that was kept. */
  drop(): void {
    this.#pendingBytes = 0;
    for (const { keys } of this.#groups.all) keys.clear();
  }

  /** Sends all that was kept. */
  send(): void {
    this.#pendingBytes = 0;
    // Sending may close clients, and so take groups away.
    const groups = this.#groups.all.filter((group) => group.keys.size > 0);
    for (const group of groups) {
      const keys = [...group.keys.keys()].sort(compareBytes);
      const all = encodeKeys(keys);
      for (const session of group.sessions) {
        if (!session.tracking?.noLoop) {
          this.#open(session)?.raw(all);
          continue;
        }
        const others = keys.filter((key) => group.keys.get(key) !== session);
        if (others.length > 0) this.#open(session)?.raw(others.length === keys.length ? all : encodeKeys(others));
      }
      group.keys.clear();
    }
  }

  /** Sends a key that is too long to be kept, behind what is: as bytes, which all clients' outputs share. */
  #sendLongKey(key: Uint8Array, beginning: string, by: Session | null): void {
    const groups: PrefixGroup[] = [];
    this.#groups.forEachPrefixOf(beginning, (group) => groups.push(group));
    if (groups.length === 0) return;
    this.send();
    const head = encodeReply(`*1\r\n$${key.length}\r\n`);
    const message = new Uint8Array(head.length + key.length + CRLF.length);
    message.set(head);
    message.set(key, head.length);
    message.set(CRLF, head.length + key.length);
    for (const { sessions } of groups) {
      for (const session of sessions) {
        if (!(session.tracking?.noLoop && by === session)) this.#open(session)?.raw(message);
      }
    }
  }
}

/** Byte strings have one char a byte: their order is that of the bytes. */
function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function encodeKeys(keys: readonly string[]): Uint8Array {
  return Buffer.from(`*${keys.length}\r\n${keys.map((key) => `$${key.length}\r\n${key}\r\n`).join("")}`, "latin1");
}
