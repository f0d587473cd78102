/**
 * Keyspace notifications: each key event becomes up to two messages, one on the key's channel that names the event, one
 * on the event's channel that names the key. Effects calls it for the events that notify-keyspace-events asks for.
 *
 *   scratch: [__keyspace@<db>__:][key] [__keyevent@<db>__:][event]
 *            └──── channel ──────────┘                     └ text ┘    K
 *                                └text┘ └────── channel ──────────┘    E
 */
import { type Effects, EVENT_KEYEVENT, EVENT_KEYSPACE, type KeyEventSink } from "../commands/effects.js";
import type { Database } from "../keyspace/database.js";
import type { PubSub } from "../pubsub/pubsub.js";
import { Args } from "../resp/args.js";
import { writeInteger } from "../resp/numbers.js";
import { copyBytes } from "../storage/bytes.js";

/** The words beside the key are shorter than this together: two prefixes with a database number, and an event's name. */
const WORDS_BYTES = 128;
const FIRST_KEY_BYTES = 256;

const KEYSPACE_CHANNEL = 0;
const KEYEVENT_CHANNEL = 1;
const KEY = 2;
const EVENT = 3;

export class KeyEvents implements KeyEventSink {
  readonly #effects: Effects;
  readonly #pubsub: PubSub;
  #scratch = makeScratch(FIRST_KEY_BYTES);

  constructor(effects: Effects, pubsub: PubSub) {
    this.#effects = effects;
    this.#pubsub = pubsub;
  }

  onKeyEvent(db: Database, event: string, view: DataView, start: number, length: number): void {
    const pubsub = this.#pubsub;
    if (!pubsub.hasListeners) return;
    const { eventMask } = this.#effects;
    const args = this.#write(db, event, view, start, length);
    if (eventMask & EVENT_KEYSPACE) pubsub.publish(args, KEYSPACE_CHANNEL, EVENT);
    if (eventMask & EVENT_KEYEVENT) pubsub.publish(args, KEYEVENT_CHANNEL, KEY);
  }

  /** Puts the words together, in the order of the constants above. */
  #write(db: Database, event: string, view: DataView, start: number, length: number): Args {
    const capacity = this.#scratch.bytes.length;
    // A scratch that one long key has made large is not kept for the short ones after it.
    const isMisfit = length + WORDS_BYTES > capacity || (capacity > 65536 && length < 1024);
    if (isMisfit) this.#scratch = makeScratch(Math.max(length, FIRST_KEY_BYTES));
    const args = this.#scratch;
    const { bytes } = args;
    const keyAt = writePrefix(bytes, 0, "__keyspace@", db.id);
    copyBytes(view, start, args.view, keyAt, length);
    const keyEnd = keyAt + length;
    const eventAt = writePrefix(bytes, keyEnd, "__keyevent@", db.id);
    const eventEnd = writeText(bytes, eventAt, event);
    args.clear();
    args.push(0, keyEnd);
    args.push(keyEnd, eventEnd);
    args.push(keyAt, keyEnd);
    args.push(eventAt, eventEnd);
    return args;
  }
}

function makeScratch(keyBytes: number): Args {
  return new Args(new Uint8Array(keyBytes + WORDS_BYTES));
}

function writePrefix(bytes: Uint8Array, at: number, word: string, dbId: number): number {
  return writeText(bytes, writeInteger(bytes, writeText(bytes, at, word), dbId), "__:");
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
