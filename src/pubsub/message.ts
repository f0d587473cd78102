/**
 * The message that is being published. It is encoded once for each protocol, when the first subscriber of that protocol
 * comes, and copied as bytes to the others. One object, used for one message after the other; pubsub.ts owns it.
 */
import { Args } from "../resp/args.js";
import type { BufferPool } from "../resp/buffer-pool.js";
import { type Encoded, encodeReply, ReplyWriter } from "../resp/reply-writer.js";

/** A longer text is encoded once in memory of its own, which all outputs then share: none would copy it into a buffer. */
const SHARE_ABOVE_BYTES = 32768;

const PMESSAGE = encodeReply("$8\r\npmessage\r\n");
const CRLF = encodeReply("\r\n");

const NOTHING = new Args(new Uint8Array(0));

export class Message {
  readonly #resp2: ReplyWriter;
  readonly #resp3: ReplyWriter;
  #kind: Encoded = PMESSAGE;
  #pattern: Uint8Array | null = null;
  #args = NOTHING;
  #channel = 0;
  #text = 0;
  /** The text as a bulk string, when it is long. */
  #shared: Uint8Array | null = null;

  constructor(pool: BufferPool) {
    this.#resp2 = new ReplyWriter(pool);
    this.#resp3 = new ReplyWriter(pool);
    this.#resp3.resp = 3;
  }

  /** `kind` is the bulk string `message` or `smessage`; channel and text are arguments, which stay until end(). */
  begin(kind: Encoded, args: Args, channel: number, text: number): void {
    this.#kind = kind;
    this.#pattern = null;
    this.#args = args;
    this.#channel = channel;
    this.#text = text;
  }

  /** From here on for subscribers of this pattern. */
  setPattern(pattern: Uint8Array): void {
    this.#resp2.release();
    this.#resp3.release();
    this.#pattern = pattern;
  }

  /** Drops what it holds. */
  end(): void {
    this.#resp2.release();
    this.#resp3.release();
    this.#args = NOTHING;
    this.#pattern = null;
    this.#shared = null;
  }

  /** Straight into an output: where nobody else gets the same. */
  writeTo(out: ReplyWriter): void {
    if (this.#pattern === null) {
      out.push(3);
      out.raw(this.#kind);
    } else {
      out.push(4);
      out.raw(PMESSAGE);
      out.bulkBytes(this.#pattern);
    }
    const args = this.#args;
    const text = this.#text;
    out.bulk(args.view, args.start(this.#channel), args.end(this.#channel));
    if (args.byteLength(text) > SHARE_ABOVE_BYTES) out.raw(this.#share());
    else out.bulk(args.view, args.start(text), args.end(text));
  }

  /** The same through an encoding that is kept for the next subscriber. */
  copyTo(out: ReplyWriter): void {
    const encoded = out.resp === 3 ? this.#resp3 : this.#resp2;
    if (encoded.byteLength === 0) this.writeTo(encoded);
    out.append(encoded);
  }

  #share(): Uint8Array {
    if (this.#shared !== null) return this.#shared;
    const args = this.#args;
    const header = encodeReply(`$${args.byteLength(this.#text)}\r\n`);
    const shared = new Uint8Array(header.length + args.byteLength(this.#text) + CRLF.length);
    shared.set(header);
    shared.set(args.bytes.subarray(args.start(this.#text), args.end(this.#text)), header.length);
    shared.set(CRLF, shared.length - CRLF.length);
    this.#shared = shared;
    return shared;
  }
}
