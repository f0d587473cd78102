/**
 * Union, intersection and difference of sorted sets: the arguments of ZUNION, ZINTER, ZDIFF and their STORE and CARD
 * forms, and the work. The result is an indexed value that no key has: whoever asks for it stores or frees it.
 */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { IndexedScores } from "../../keyspace/indexed-scores.js";
import type { Record } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import type { CommandContext } from "../context.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { type MemberSource, NO_MEMBERS, openSource } from "./member-source.js";

const WEIGHTS = keyword("WEIGHTS");
const AGGREGATE = keyword("AGGREGATE");
const SUM = keyword("SUM");
const MIN = keyword("MIN");
const MAX = keyword("MAX");
const WITHSCORES = keyword("WITHSCORES");
const LIMIT = keyword("LIMIT");

const ERR_WEIGHT = encodeReply("-ERR weight value is not a float\r\n");
const ERR_LIMIT = encodeReply("-ERR LIMIT can't be negative\r\n");

/** What a command takes behind its keys. */
export interface CombinationOptions {
  readonly weights: boolean;
  readonly withScores: boolean;
  readonly limit: boolean;
}

type Aggregate = "sum" | "min" | "max";

interface Input {
  /** The record; a key given twice is the same input twice. */
  readonly record: Record;
  readonly source: MemberSource;
  weight: number;
}

/** One call's inputs and options. */
export class Combination {
  withScores = false;
  /** ZINTERCARD's: 0 is none. */
  limit = 0;
  readonly #inputs: Input[] = [];
  #aggregate: Aggregate = "sum";

  /** Reads from argument `at` (numkeys) on; null when something is wrong, and then the client has its error. */
  static readOrReply(
    ctx: CommandContext,
    args: Args,
    at: number,
    options: CombinationOptions,
    out: ReplyWriter,
  ): Combination | null {
    const keys = args.readInteger(at);
    if (Number.isNaN(keys)) return fail(out, ERR_NOT_INTEGER);
    if (keys < 1) {
      out.errorText(`ERR at least 1 input key is needed for '${ctx.command.fullName}' command`);
      return null;
    }
    if (keys > args.count - at - 1) return fail(out, ERR_SYNTAX);
    const combination = new Combination();
    const isRead = combination.#openKeysOrReply(ctx, args, at + 1, keys, out);
    return isRead && combination.#readOptionsOrReply(args, at + 1 + keys, options, out) ? combination : null;
  }

  #openKeysOrReply(ctx: CommandContext, args: Args, from: number, keys: number, out: ReplyWriter): boolean {
    for (let i = from; i < from + keys; i++) {
      const record = ctx.db.find(args, i);
      const source = record === NO_ENTRY ? NO_MEMBERS : openSource(ctx, record);
      if (source === null) {
        out.error(ERR_WRONG_TYPE);
        return false;
      }
      this.#inputs.push({ record, source, weight: 1 });
    }
    return true;
  }

  #readOptionsOrReply(args: Args, from: number, options: CombinationOptions, out: ReplyWriter): boolean {
    for (let i = from; i < args.count; i++) {
      const behind = args.count - i - 1;
      if (options.weights && behind >= this.#inputs.length && args.is(i, WEIGHTS)) {
        for (const input of this.#inputs) {
          input.weight = args.readDouble(++i);
          if (Number.isNaN(input.weight)) return fail(out, ERR_WEIGHT) !== null;
        }
      } else if (options.weights && behind >= 1 && args.is(i, AGGREGATE)) {
        const aggregate = readAggregate(args, ++i);
        if (aggregate === null) return fail(out, ERR_SYNTAX) !== null;
        this.#aggregate = aggregate;
      } else if (options.withScores && args.is(i, WITHSCORES)) {
        this.withScores = true;
      } else if (options.limit && behind >= 1 && args.is(i, LIMIT)) {
        this.limit = args.readInteger(++i);
        if (!(this.limit >= 0)) return fail(out, ERR_LIMIT) !== null;
      } else {
        return fail(out, ERR_SYNTAX) !== null;
      }
    }
    return true;
  }

  unite(indexed: IndexedScores): Handle {
    const result = indexed.create();
    return this.#fill(indexed, result, () => {
      for (const { source, weight } of this.#bySize()) {
        for (let more = source.first(); more; more = source.next()) {
          const score = orZero(weight * source.score);
          const { view, start, length } = source;
          const hash = indexed.hash(view, start, length);
          const known = indexed.find(result, hash, view, start, length);
          if (known === NONE) {
            indexed.insert(result, hash, view, start, length, score);
          } else {
            const old = indexed.tree.score(known);
            const both = this.#combine(old, score);
            if (!Object.is(both, old)) indexed.tree.setScore(result, known, both);
          }
        }
      }
    });
  }

  intersect(indexed: IndexedScores): Handle {
    const result = indexed.create();
    return this.#fill(indexed, result, () => {
      this.#intersect((source, score) => {
        const { view, start, length } = source;
        indexed.insert(result, indexed.hash(view, start, length), view, start, length, score);
        return true;
      });
    });
  }

  /** How many members all inputs have, counted up to the limit. */
  countCommon(): number {
    let count = 0;
    this.#intersect(() => ++count !== this.limit);
    return count;
  }

  subtract(indexed: IndexedScores): Handle {
    const result = indexed.create();
    const [minuend, ...others] = this.#inputs;
    if (minuend === undefined || others.some(({ record }) => record === minuend.record)) return result;
    // The largest first: it is the likeliest to have a member.
    others.sort((a, b) => b.source.count - a.source.count);
    return this.#fill(indexed, result, () => {
      const { source } = minuend;
      for (let more = source.first(); more; more = source.next()) {
        const { view, start, length } = source;
        if (others.some((other) => !Number.isNaN(other.source.scoreOf(view, start, length)))) continue;
        indexed.insert(result, indexed.hash(view, start, length), view, start, length, source.score);
      }
    });
  }

  /** Calls `visit` for each member of all inputs, with its combined score, until it says false. */
  #intersect(visit: (source: MemberSource, score: number) => boolean): void {
    const [smallest, ...others] = this.#bySize();
    if (smallest === undefined) return;
    const { source } = smallest;
    for (let more = source.first(); more; more = source.next()) {
      let score = orZero(smallest.weight * source.score);
      let isCommon = true;
      for (let i = 0; i < others.length && isCommon; i++) {
        const other = others[i] ?? smallest;
        const own = other.source.scoreOf(source.view, source.start, source.length);
        if (Number.isNaN(own)) isCommon = false;
        else score = this.#combine(score, own * other.weight);
      }
      if (isCommon && !visit(source, score)) return;
    }
  }

  #fill(indexed: IndexedScores, result: Handle, fill: () => void): Handle {
    try {
      fill();
      return result;
    } catch (error) {
      indexed.destroy(result);
      throw error;
    }
  }

  /** The inputs, smallest first. */
  #bySize(): Input[] {
    return [...this.#inputs].sort((a, b) => a.source.count - b.source.count);
  }

  #combine(a: number, b: number): number {
    // The sum of infinities of both signs counts as 0.
    if (this.#aggregate === "sum") return orZero(a + b);
    const takesSecond = this.#aggregate === "min" ? b < a : b > a;
    return takesSecond ? b : a;
  }
}

function readAggregate(args: Args, i: number): Aggregate | null {
  if (args.is(i, SUM)) return "sum";
  if (args.is(i, MIN)) return "min";
  return args.is(i, MAX) ? "max" : null;
}

function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

function fail(out: ReplyWriter, error: Uint8Array): null {
  out.error(error);
  return null;
}
