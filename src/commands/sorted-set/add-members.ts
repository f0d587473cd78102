/** Adds members with scores, or changes their scores: what ZADD, ZINCRBY and GEOADD share. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { EVENT_SORTED_SET } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const OPTION_NX = 1;
export const OPTION_XX = 2;
export const OPTION_GT = 4;
export const OPTION_LT = 8;
export const OPTION_CH = 16;
export const OPTION_INCR = 32;

const ERR_NAN = encodeReply("-ERR resulting score is not a number (NaN)\r\n");

/** What became of one member. */
const SKIPPED = 0;
const SAME = 1;
const UPDATED = 2;
const ADDED = 3;
const NOT_A_NUMBER = 4;

/** The scores of the call under way. */
let scores = new Float64Array(64);

/** Room for the scores that addMembers then takes. */
export function reserveScores(count: number): Float64Array {
  if (count > scores.length) scores = new Float64Array(2 * count);
  return scores;
}

/** The members are argument `first` and every `step`-th behind it; answers as ZADD does. */
export function addMembers(
  ctx: CommandContext,
  args: Args,
  options: number,
  first: number,
  step: number,
  count: number,
  out: ReplyWriter,
): void {
  const { db, sortedSets } = ctx;
  let record = db.findForWrite(args, 1);
  if (record === NO_ENTRY) {
    if (options & OPTION_XX) return options & OPTION_INCR ? out.nil() : out.integer(0);
    record = sortedSets.add(db, args.view, args.start(1), args.byteLength(1), count, args.byteLength(first));
  } else {
    if (!sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    sortedSets.expect(record, count);
  }
  let added = 0;
  let updated = 0;
  let outcome = SKIPPED;
  for (let i = 0; i < count; i++) {
    outcome = addMember(ctx, record, args, first + step * i, scores[i] ?? 0, options);
    if (outcome === ADDED) added++;
    else if (outcome === UPDATED) updated++;
  }
  if (added + updated > 0) {
    ctx.effects.dirty += added + updated - 1;
    ctx.effects.keyChanged(db, args, 1, EVENT_SORTED_SET, options & OPTION_INCR ? "zincr" : "zadd");
  }
  if (!(options & OPTION_INCR)) return out.integer(options & OPTION_CH ? added + updated : added);
  if (outcome === NOT_A_NUMBER) return out.error(ERR_NAN);
  if (outcome === SKIPPED) return out.nil();
  out.double(scores[0] ?? 0);
}

/** Adds or updates the member at argument i. With INCR its new score is left in scores[0]. */
function addMember(ctx: CommandContext, record: Record, args: Args, i: number, given: number, options: number): number {
  const { sortedSets } = ctx;
  if (!sortedSets.find(record, args.view, args.start(i), args.byteLength(i))) {
    if (options & OPTION_XX) return SKIPPED;
    sortedSets.insert(record, given);
    return ADDED;
  }
  if (options & OPTION_NX) return SKIPPED;
  const old = sortedSets.score;
  const score = options & OPTION_INCR ? old + given : given;
  if (Number.isNaN(score)) return NOT_A_NUMBER;
  if ((options & OPTION_LT && score >= old) || (options & OPTION_GT && score <= old)) return SKIPPED;
  if (options & OPTION_INCR) scores[0] = score;
  if (score === old) return SAME;
  sortedSets.setScore(record, score);
  return UPDATED;
}
