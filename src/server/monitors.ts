/** MONITOR: the sessions that see every command, and the line they see. */
import { type Command, FLAG_ADMIN, FLAG_SKIP_MONITOR } from "../commands/command.js";
import type { Args } from "../resp/args.js";
import { GATE_MONITORED, GATE_MONITORS } from "./gates.js";
import { countHidden, viewShown } from "./redact.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";

export class Monitors {
  readonly #server: Server;
  readonly #sessions = new Set<Session>();

  constructor(server: Server) {
    this.#server = server;
  }

  get count(): number {
    return this.#sessions.size;
  }

  add(session: Session): void {
    session.setGate(GATE_MONITORS, true);
    this.#sessions.add(session);
    this.#server.dispatch.setGate(GATE_MONITORED, true);
  }

  remove(session: Session): void {
    session.setGate(GATE_MONITORS, false);
    this.#sessions.delete(session);
    this.#server.dispatch.setGate(GATE_MONITORED, this.#sessions.size > 0);
  }

  /** Shows a command that has run; administrative ones are not shown. */
  feed(source: Session, command: Command, args: Args): void {
    if (command.has(FLAG_SKIP_MONITOR | FLAG_ADMIN)) return;
    const us = this.#server.wallUs;
    const time = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, "0")}`;
    const client = source.kind === "unix" ? `unix:${source.address.slice(0, -":0".length)}` : source.address;
    const line = encodeLine(`+${time} [${source.db.id} ${client}]`, command, args);
    for (const session of this.#sessions) {
      if (session.closing || session.isSilent) continue;
      session.out.raw(line);
      session.touch();
    }
  }
}

/** What monitors see of the arguments of one call, all together, before they are escaped. */
const SHOWN_MAX_BYTES = 128 * 1024;
/** A byte becomes four at most; quotes, a blank, and `... (2147483647 more bytes)` come to it. */
const ESCAPED_BYTES = 4;
const WORD_BYTES = 40;

const QUOTE = 34;
const BACKSLASH = 92;
const HEX_DIGITS = Buffer.from("0123456789abcdef");
/** What follows the backslash, by byte: 7 is a, 8 is b. */
const ESCAPES: Readonly<Record<number, number>> = { 7: 97, 8: 98, 9: 116, 10: 110, 13: 114, 34: QUOTE, 92: BACKSLASH };

/** The head and the words as a simple string, in bytes: escaped, they may be too long for a string of JavaScript. */
function encodeLine(head: string, command: Command, args: Args): Uint8Array {
  let shown = 0;
  let size = head.length + WORD_BYTES;
  let left = SHOWN_MAX_BYTES;
  for (; shown < args.count && left > 0; shown++) {
    const { length } = viewShown(command, args, shown, left);
    left -= length + 1;
    size += ESCAPED_BYTES * length + WORD_BYTES;
  }
  const line = Buffer.allocUnsafe(size);
  let at = line.write(head, "latin1");
  left = SHOWN_MAX_BYTES;
  for (let i = 0; i < shown; i++) {
    const word = viewShown(command, args, i, left);
    const hidden = countHidden(command, args, i, left);
    left -= word.length + 1;
    line[at++] = 32;
    at = quoteInto(line, at, word);
    if (hidden > 0) at += line.write(`... (${hidden} more bytes)`, at, "latin1");
  }
  if (shown < args.count) at += line.write(` ... (${args.count - shown} more arguments)`, at, "latin1");
  at += line.write("\r\n", at, "latin1");
  return Buffer.from(line.subarray(0, at));
}

/** Writes a word in double quotes, with everything that does not print escaped; returns the offset past it. */
function quoteInto(line: Uint8Array, from: number, word: Uint8Array): number {
  let at = from;
  line[at++] = QUOTE;
  for (let i = 0; i < word.length; i++) {
    const byte = word[i] ?? 0;
    const escaped = ESCAPES[byte];
    if (escaped === undefined && byte >= 32 && byte < 127) {
      line[at++] = byte;
      continue;
    }
    line[at++] = BACKSLASH;
    if (escaped !== undefined) {
      line[at++] = escaped;
      continue;
    }
    line[at++] = 120;
    line[at++] = HEX_DIGITS[byte >> 4] ?? 0;
    line[at++] = HEX_DIGITS[byte & 15] ?? 0;
  }
  line[at++] = QUOTE;
  return at;
}
