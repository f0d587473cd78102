/**
 * The registry: all commands of one server, found by the bytes of their names. No string is made for a look-up.
 * rename-command changes names here; the commands themselves keep theirs.
 */
import type { Args } from "../resp/args.js";
import { Command } from "./command.js";
import type { CommandSpec } from "./define.js";

const TABLE_SIZE = 2048;
/** No command, and no subcommand, has a longer name. */
export const NAME_MAX_BYTES = 128;

interface Entry {
  readonly lower: Uint8Array;
  readonly command: Command;
  readonly next: Entry | null;
}

/** A case-folded hash of bytes[start, end). Chosen names cannot do harm: the table never grows with input. */
function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = Math.imul(hash, 31) + ((bytes[i] ?? 0) | 32);
  return hash & (TABLE_SIZE - 1);
}

function isName(lower: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const length = lower.length;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i] ?? 0;
    if (byte !== lower[i] && (byte < 65 || byte > 90 || byte + 32 !== lower[i])) return false;
  }
  return true;
}

export class Registry {
  /** By present name. */
  readonly commands = new Map<string, Command>();
  #table: (Entry | null)[] = new Array(TABLE_SIZE).fill(null);

  constructor(specs: readonly CommandSpec[]) {
    for (const spec of specs) {
      if (this.commands.has(spec.name)) throw new Error(`command ${spec.name} is defined twice`);
      this.commands.set(spec.name, new Command(spec, null));
    }
    this.#rebuild();
  }

  /** The command named by argument 0 (and, for a container with arguments, its subcommand), or null. */
  find(args: Args): Command | null {
    const command = this.#lookUp(args.bytes, args.start(0), args.end(0));
    if (command === null || command.subcommands.length === 0 || args.count === 1) return command;
    return findSubcommand(command, args, 1);
  }

  /** Like find, but the container itself where the subcommand is unknown. */
  findContainer(args: Args, i: number): Command | null {
    return this.#lookUp(args.bytes, args.start(i), args.end(i));
  }

  /** By text: `get`, `config|get`. */
  findByName(name: string): Command | null {
    const [first = "", sub, ...more] = name.toLowerCase().split("|");
    const command = more.length > 0 ? null : (this.commands.get(first) ?? null);
    if (command === null || sub === undefined) return command;
    return command.subcommands.find((candidate) => candidate.spec.name === sub) ?? null;
  }

  /** rename-command: `to` "" removes. False when `from` is unknown or `to` is taken. */
  rename(from: string, to: string): boolean {
    const command = this.commands.get(from.toLowerCase());
    if (command === undefined) return false;
    if (to !== "" && this.commands.has(to.toLowerCase())) return false;
    this.commands.delete(from.toLowerCase());
    if (to !== "") this.commands.set(to.toLowerCase(), command);
    this.#rebuild();
    return true;
  }

  /** Commands and subcommands, containers included. */
  *listAll(): Generator<Command> {
    for (const command of this.commands.values()) {
      yield command;
      yield* command.subcommands;
    }
  }

  #lookUp(bytes: Uint8Array, start: number, end: number): Command | null {
    let entry = this.#table[hashName(bytes, start, end)] ?? null;
    while (entry !== null) {
      if (isName(entry.lower, bytes, start, end)) return entry.command;
      entry = entry.next;
    }
    return null;
  }

  #rebuild(): void {
    this.#table = new Array(TABLE_SIZE).fill(null);
    for (const [name, command] of this.commands) {
      const lower = Buffer.from(name, "latin1");
      const slot = hashName(lower, 0, lower.length);
      this.#table[slot] = { lower, command, next: this.#table[slot] ?? null };
    }
  }
}

/** The subcommand named by argument i, or null. */
export function findSubcommand(command: Command, args: Args, i: number): Command | null {
  const name = args.text(i, NAME_MAX_BYTES)?.toLowerCase();
  if (name === undefined) return null;
  return command.subcommands.find((candidate) => candidate.spec.name === name) ?? null;
}
