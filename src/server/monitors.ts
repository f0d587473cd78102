/** MONITOR: the sessions that see every command, and the line they see. */
import { type Command, FLAG_ADMIN, FLAG_SKIP_MONITOR } from "../commands/command.js";
import type { SessionView } from "../commands/context.js";
import type { Args } from "../resp/args.js";
import { redactArgs } from "./redact.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";

export class Monitors {
  readonly #server: Server;
  readonly #sessions = new Set<SessionView>();

  constructor(server: Server) {
    this.#server = server;
  }

  get count(): number {
    return this.#sessions.size;
  }

  add(session: SessionView): void {
    session.monitor = true;
    this.#sessions.add(session);
  }

  remove(session: SessionView): void {
    session.monitor = false;
    this.#sessions.delete(session);
  }

  /** Shows a command that is about to run; administrative ones are not shown. */
  feed(source: Session, command: Command, args: Args): void {
    if (command.has(FLAG_SKIP_MONITOR) || command.has(FLAG_ADMIN)) return;
    const us = Math.floor(this.#server.clock.nowMs() * 1000);
    const time = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, "0")}`;
    const words = redactArgs(command, args).map(quoteWord).join(" ");
    const line = `${time} [${source.db.id} ${source.address}] ${words}`;
    for (const session of this.#sessions) {
      const target = this.#server.sessions.find(session.id);
      if (target === null || target.closing) continue;
      target.out.simple(line);
      target.touch();
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
