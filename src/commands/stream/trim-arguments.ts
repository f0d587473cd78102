/**
 * The options that XADD and XTRIM share: what to trim, and how much. One object serves all calls: it is filled anew by
 * each.
 */
import { formatId, ID_AUTO_SEQ, ID_INVALID } from "../../keyspace/stream-id.js";
import { MAX_ID, type TrimPlan } from "../../keyspace/streams.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { Handle } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { type ArgSpec, arg } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";
import { readIdOrReply, readNewIdOrReply } from "./id-arguments.js";

const MAXLEN = keyword("MAXLEN");
const MINID = keyword("MINID");
const LIMIT = keyword("LIMIT");
const NOMKSTREAM = keyword("NOMKSTREAM");

const STAR = 42; // *
const EQUAL = keyword("=");
const APPROXIMATELY = keyword("~");

const ERR_TWO_STRATEGIES = encodeReply(
  "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible\r\n",
);
const ERR_MAXLEN = encodeReply("-ERR The MAXLEN argument must be >= 0.\r\n");
const ERR_LIMIT = encodeReply("-ERR The LIMIT argument must be >= 0.\r\n");
const ERR_LIMIT_ALONE = encodeReply(
  "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy\r\n",
);
const ERR_NO_STRATEGY = encodeReply("-ERR syntax error, XTRIM must be called with a trimming strategy\r\n");
const ERR_LIMIT_EXACT = encodeReply("-ERR syntax error, LIMIT cannot be used without the special ~ option\r\n");

const STRATEGY_NONE = 0;
const STRATEGY_LENGTH = 1;
const STRATEGY_ID = 2;

/** Without LIMIT, ~ takes out as many entries as this many nodes hold, within bounds. */
const DEFAULT_LIMIT_NODES = 100;
const DEFAULT_LIMIT = 10_000;
const DEFAULT_LIMIT_MAX = 1_000_000;

/** What parse answers when the client has got an error. */
export const REFUSED = -1;

/** The grammar, for COMMAND DOCS. */
export const TRIM_GRAMMAR: ArgSpec = arg.block("trim", [
  arg.oneOf("strategy", [arg.token("MAXLEN"), arg.token("MINID", { since: "6.2.0" })]),
  arg.optional(
    arg.oneOf("operator", [
      { ...arg.token("="), name: "equal" },
      { ...arg.token("~"), name: "approximately" },
    ]),
  ),
  arg.string("threshold"),
  arg.optional(arg.integer("count", { token: "LIMIT", since: "6.2.0" })),
]);

export class TrimArguments implements TrimPlan {
  maxLength = 0;
  readonly minId = new Id();
  isApproximate = false;
  limit = 0;
  /** XADD: the ID argument as it was given; `*` where hasId is false, `ms-*` where hasSeq is. */
  readonly id = new Id();
  hasId = false;
  hasSeq = false;
  /** XADD NOMKSTREAM. */
  noCreate = false;
  /** Where the number of MAXLEN, or the ID of MINID, stands. */
  thresholdAt = 0;
  #strategy = STRATEGY_NONE;
  #hasLimit = false;

  get trims(): boolean {
    return this.#strategy !== STRATEGY_NONE;
  }

  get byLength(): boolean {
    return this.#strategy === STRATEGY_LENGTH;
  }

  /** Reads the options; the place of XADD's ID (XTRIM: behind the last argument), or REFUSED. */
  parse(ctx: CommandContext, args: Args, forAdd: boolean, out: ReplyWriter): number {
    this.#clear();
    let i = 2;
    for (; i < args.count; i++) {
      if (forAdd && args.byteLength(i) === 1 && args.byteAt(i, 0) === STAR) break;
      const more = args.count - 1 - i;
      if (more > 0 && (args.is(i, MAXLEN) || args.is(i, MINID))) {
        i = this.#parseStrategy(args, i, out);
        if (i === REFUSED) return REFUSED;
      } else if (more > 0 && args.is(i, LIMIT)) {
        i++;
        if (!this.#parseLimit(args, i, out)) return REFUSED;
      } else if (forAdd && args.is(i, NOMKSTREAM)) {
        this.noCreate = true;
      } else if (forAdd) {
        const form = readNewIdOrReply(args, i, this.id, out);
        if (form === ID_INVALID) return REFUSED;
        this.hasId = true;
        this.hasSeq = form !== ID_AUTO_SEQ;
        break;
      } else {
        out.error(ERR_SYNTAX);
        return REFUSED;
      }
    }
    return this.#check(ctx, forAdd, out) ? i : REFUSED;
  }

  /**
   * Puts what was trimmed in the place of what was asked for, in a copy of the arguments: with ~ it depends on how this
   * server keeps its nodes.
   */
  rewrite(ctx: CommandContext, words: (string | Uint8Array)[], head: Handle): void {
    if (!this.isApproximate) return;
    const { streams } = ctx;
    words[this.thresholdAt - 1] = "=";
    if (this.byLength) {
      words[this.thresholdAt] = String(streams.heads.length(head));
    } else {
      if (!streams.readFirstKeptId(head, this.minId)) this.minId.copyFrom(MAX_ID);
      words[this.thresholdAt] = formatId(this.minId);
    }
  }

  #clear(): void {
    this.#strategy = STRATEGY_NONE;
    this.#hasLimit = false;
    this.isApproximate = false;
    this.limit = 0;
    this.hasId = false;
    this.hasSeq = false;
    this.noCreate = false;
  }

  /** MAXLEN or MINID at i, perhaps = or ~, and the threshold, whose place it returns. */
  #parseStrategy(args: Args, i: number, out: ReplyWriter): number {
    if (this.trims) {
      out.error(ERR_TWO_STRATEGIES);
      return REFUSED;
    }
    const byLength = args.is(i, MAXLEN);
    let at = i + 1;
    if (at + 1 < args.count) {
      this.isApproximate = args.is(at, APPROXIMATELY);
      if (this.isApproximate || args.is(at, EQUAL)) at++;
    }
    if (byLength ? !this.#parseMaxLength(args, at, out) : !readIdOrReply(args, at, this.minId, out)) return REFUSED;
    this.#strategy = byLength ? STRATEGY_LENGTH : STRATEGY_ID;
    this.thresholdAt = at;
    return at;
  }

  #parseMaxLength(args: Args, i: number, out: ReplyWriter): boolean {
    this.maxLength = args.readInteger(i);
    if (this.maxLength >= 0) return true;
    out.error(Number.isNaN(this.maxLength) ? ERR_NOT_INTEGER : ERR_MAXLEN);
    return false;
  }

  #parseLimit(args: Args, i: number, out: ReplyWriter): boolean {
    this.limit = args.readInteger(i);
    this.#hasLimit = true;
    if (this.limit >= 0) return true;
    out.error(Number.isNaN(this.limit) ? ERR_NOT_INTEGER : ERR_LIMIT);
    return false;
  }

  #check(ctx: CommandContext, forAdd: boolean, out: ReplyWriter): boolean {
    if (this.limit > 0 && !this.trims) {
      out.error(ERR_LIMIT_ALONE);
      return false;
    }
    if (!forAdd && !this.trims) {
      out.error(ERR_NO_STRATEGY);
      return false;
    }
    // What a master sends is exact already.
    if (ctx.session.clientType === "master") {
      this.limit = 0;
    } else if (this.#hasLimit) {
      if (!this.isApproximate) {
        out.error(ERR_LIMIT_EXACT);
        return false;
      }
    } else if (this.isApproximate) {
      const entries = DEFAULT_LIMIT_NODES * ctx.keyspace.encodingLimits.streamNodeMaxEntries;
      this.limit = entries <= 0 ? DEFAULT_LIMIT : Math.min(entries, DEFAULT_LIMIT_MAX);
    }
    return true;
  }
}

export const TRIM_ARGUMENTS: TrimArguments = new TrimArguments();
