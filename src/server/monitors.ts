/** MONITOR: the sessions that see every command, and the line they see. */
import { type Command, FLAG_ADMIN, FLAG_SKIP_MONITOR } from "../commands/command.js";
import type { Args } from "../resp/args.js";
import { GATE_MONITORED, GATE_MONITORS } from "./gates.js";
import { redactArgs } from "./redact.js";
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
    const words = redactArgs(command, args).map(quoteWord).join(" ");
    const line = `${time} [${source.db.id} ${client}] ${words}`;
    for (const session of this.#sessions) {
      if (session.closing || session.isSilent) continue;
      session.out.simple(line);
      session.touch();
    }
  }
}

const ESCAPES: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

/** A word in double quotes, with everything that does not print escaped. */
export function quoteWord(word: Uint8Array): string {
  let text = '"';
  for (const byte of word) {
    text +=
      ESCAPES[byte] ??
      (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`);
  }
  return `${text}"`;
}
