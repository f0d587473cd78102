// What a server tells others of its changes: key events, and the commands that the AOF and replicas would get. Tests of
// commands start it on an in-process server.
import { type CommandSink, type Effects, EVENT_KEYEVENT, type KeyEventSink } from "#src/commands/effects.js";
import type { InProcessServer } from "./in-process.js";

const ALL_EVENTS = 0xffff | EVENT_KEYEVENT;

export class EffectsRecorder {
  readonly #effects: Effects;
  readonly #sink: CommandSink & KeyEventSink;
  #events: string[] = [];
  #commands: string[] = [];
  #dirty: number;

  constructor(server: InProcessServer) {
    this.#effects = server.pyredis.server.effects;
    this.#dirty = this.#effects.dirty;
    this.#sink = {
      onKeyEvent: (db, event, view, start, length) => {
        const key = Buffer.from(view.buffer, view.byteOffset + start, length).toString("latin1");
        this.#events.push(`${event} ${key}${db.id === 0 ? "" : `@${db.id}`}`);
      },
      onCommands: (commands) => {
        for (const { args } of commands) {
          this.#commands.push(Array.from({ length: args.count }, (_, i) => args.text(i, 1e6)).join(" "));
        }
      },
    };
    this.#effects.addCommandSink(this.#sink);
    this.#effects.setEventSink(this.#sink);
    this.#effects.setEventMask(ALL_EVENTS);
  }

  /** `event key` in order, since the last take. */
  takeEvents(): string[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Commands as one line each, since the last take. */
  takeCommands(): string[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  /** By how much the dirty count has grown since the last take. */
  takeDirty(): number {
    const grown = this.#effects.dirty - this.#dirty;
    this.#dirty = this.#effects.dirty;
    return grown;
  }
}
