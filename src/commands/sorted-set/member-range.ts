/**
 * A range of members as ZRANGE and its relatives ask for it: by rank, score or member bytes, forwards or backwards, with
 * LIMIT. Reading the arguments and finding the range are apart, since errors in arguments come before those of the key.
 */
import type { Record } from "../../keyspace/record.js";
import type { SortedSets } from "../../keyspace/sorted-sets.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";
import { ERR_NOT_LEXICAL, LexicalBounds } from "./lexical-bounds.js";
import { ERR_NOT_SCORES, ScoreBounds } from "./score-bounds.js";

export const BY_ANY = 0;
export const BY_RANK = 1;
export const BY_SCORE = 2;
export const BY_MEMBER = 3;

export const ANY_DIRECTION = 0;
export const FORWARDS = 1;
export const BACKWARDS = 2;

const WITHSCORES = keyword("WITHSCORES");
const LIMIT = keyword("LIMIT");
const REV = keyword("REV");
const BYSCORE = keyword("BYSCORE");
const BYLEX = keyword("BYLEX");

const ERR_LIMIT = encodeReply(
  "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX\r\n",
);
const ERR_LEX_SCORES = encodeReply("-ERR syntax error, WITHSCORES not supported in combination with BYLEX\r\n");
const NO_LIMIT = -1;
/** So many members are sooner walked through than counted. */
const WALKED_MAX = 128;

export class MemberRange {
  withScores = false;
  reverse = false;
  /** Set by find: the rank of the first member of the answer, and how many there are. */
  first = 0;
  count = 0;
  #kind = BY_RANK;
  #start = 0;
  #stop = 0;
  #offset = 0;
  #limit = NO_LIMIT;
  readonly #scores = new ScoreBounds();
  readonly #members = new LexicalBounds();

  /**
   * Reads the two bounds at `at` and the options behind them. `kind` and `direction` are what the command's name says
   * already. False when they are wrong: the client has its error then.
   */
  readOrReply(args: Args, at: number, kind: number, direction: number, stores: boolean, out: ReplyWriter): boolean {
    this.#kind = kind;
    this.reverse = direction === BACKWARDS;
    this.withScores = false;
    this.#offset = 0;
    this.#limit = NO_LIMIT;
    if (args.count > at + 2 && !this.#readOptionsOrReply(args, at + 2, kind, direction, stores, out)) return false;
    if (this.#kind === BY_ANY) this.#kind = BY_RANK;
    if (this.#limit !== NO_LIMIT && this.#kind === BY_RANK) return fail(out, ERR_LIMIT);
    if (this.withScores && this.#kind === BY_MEMBER) return fail(out, ERR_LEX_SCORES);
    const swaps = this.reverse && this.#kind !== BY_RANK;
    return this.#readBoundsOrReply(args, swaps ? at + 1 : at, swaps ? at : at + 1, out);
  }

  /** Finds the range in a set. */
  find(sets: SortedSets, record: Record, args: Args): void {
    if (this.#kind === BY_RANK) return this.#findRanks(sets.count(record));
    if (this.#kind === BY_MEMBER && !sets.haveOneScore(record)) {
      const limit = this.#limit < 0 ? Number.POSITIVE_INFINITY : this.#limit;
      this.#members.walk(sets, record, args, this.reverse, this.#offset, limit);
      this.first = this.#members.first;
      this.count = this.#members.count;
      return;
    }
    const bounds = this.#kind === BY_SCORE ? this.#scores : this.#members;
    bounds.find(sets, record, args);
    const total = bounds.count;
    let skipped = this.#offset;
    // A negative offset finds nothing in a listpack, and counts from the range's end otherwise: such is Redis 7.4.
    if (skipped < 0) skipped = sets.isPacked(record) ? total : skipped + total;
    const rest = skipped < 0 ? 0 : Math.max(0, total - skipped);
    this.count = this.#limit < 0 ? rest : Math.min(this.#limit, rest);
    this.first = this.reverse ? bounds.first + total - 1 - skipped : bounds.first + skipped;
  }

  /** Finds what is to be removed: forwards, without LIMIT. */
  findRemoved(sets: SortedSets, record: Record, args: Args): void {
    if (this.#kind !== BY_MEMBER || sets.haveOneScore(record)) return this.find(sets, record, args);
    this.#members.walkRemoved(sets, record, args);
    this.first = this.#members.first;
    this.count = this.#members.count;
  }

  /** Puts the cursor on the first member of the answer and sets `count`; false when there is none. */
  seek(sets: SortedSets, record: Record, args: Args): boolean {
    const isShort = this.#limit >= 0 && this.#offset >= 0 && this.#offset + this.#limit <= WALKED_MAX;
    if (isShort && this.#kind === BY_SCORE && !sets.isPacked(record)) {
      this.count = this.#scores.walk(sets.cursor, record, this.reverse, this.#offset, this.#limit);
      return this.count > 0;
    }
    this.find(sets, record, args);
    return this.count > 0 && sets.cursor.seek(record, this.first, this.reverse);
  }

  #findRanks(total: number): void {
    const start = Math.max(0, this.#start < 0 ? total + this.#start : this.#start);
    const stop = Math.min(total - 1, this.#stop < 0 ? total + this.#stop : this.#stop);
    this.count = Math.max(0, stop - start + 1);
    this.first = this.reverse ? total - 1 - start : start;
  }

  #readOptionsOrReply(
    args: Args,
    from: number,
    kind: number,
    direction: number,
    stores: boolean,
    out: ReplyWriter,
  ): boolean {
    for (let i = from; i < args.count; i++) {
      if (!stores && args.is(i, WITHSCORES)) {
        this.withScores = true;
      } else if (i + 2 < args.count && args.is(i, LIMIT)) {
        this.#offset = args.readInteger(i + 1);
        this.#limit = args.readInteger(i + 2);
        if (Number.isNaN(this.#offset) || Number.isNaN(this.#limit)) return fail(out, ERR_NOT_INTEGER);
        i += 2;
      } else if (direction === ANY_DIRECTION && !this.reverse && args.is(i, REV)) {
        this.reverse = true;
      } else if (kind === BY_ANY && this.#kind === BY_ANY && args.is(i, BYLEX)) {
        this.#kind = BY_MEMBER;
      } else if (kind === BY_ANY && this.#kind === BY_ANY && args.is(i, BYSCORE)) {
        this.#kind = BY_SCORE;
      } else {
        return fail(out, ERR_SYNTAX);
      }
    }
    return true;
  }

  #readBoundsOrReply(args: Args, min: number, max: number, out: ReplyWriter): boolean {
    if (this.#kind === BY_SCORE) return this.#scores.read(args, min, max) || fail(out, ERR_NOT_SCORES);
    if (this.#kind === BY_MEMBER) return this.#members.read(args, min, max) || fail(out, ERR_NOT_LEXICAL);
    this.#start = args.readInteger(min);
    this.#stop = args.readInteger(max);
    if (Number.isNaN(this.#start) || Number.isNaN(this.#stop)) return fail(out, ERR_NOT_INTEGER);
    return true;
  }
}

function fail(out: ReplyWriter, error: Uint8Array): false {
  out.error(error);
  return false;
}
