/** What SPOP tells the AOF and replicas: the members that it has removed, as SREM commands of bounded length. */
import type { SetMember } from "../../keyspace/set-member.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";

const MEMBERS_PER_COMMAND = 1024;

export class RemovalLog {
  readonly #ctx: CommandContext;
  readonly #key: Uint8Array;
  #members: Uint8Array[] = [];

  constructor(ctx: CommandContext, args: Args) {
    this.#ctx = ctx;
    this.#key = args.copy(1);
  }

  add(member: SetMember): void {
    this.#members.push(member.copy());
    if (this.#members.length === MEMBERS_PER_COMMAND) this.finish();
  }

  finish(): void {
    if (this.#members.length === 0) return;
    this.#ctx.effects.propagateAs(this.#ctx.db, ["SREM", this.#key, ...this.#members]);
    this.#members = [];
  }
}
