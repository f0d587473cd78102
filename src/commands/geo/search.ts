/** The search that GEORADIUS, GEORADIUSBYMEMBER, GEOSEARCH and GEOSEARCHSTORE share. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import { INT64_MIN } from "../../resp/numbers.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { TreeCursor } from "../../storage/score-tree.js";
import type { CommandContext } from "../context.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { storeNothing, storeResult } from "../sorted-set/store-result.js";
import { Candidates } from "./candidates.js";
import { decodeScore, Position } from "./position-code.js";
import { replyDistance, replyPosition } from "./reply-numbers.js";
import { OUTSIDE } from "./search-area.js";
import { SEARCH, SEARCH_AND_STORE, SearchRequest } from "./search-request.js";

const request = new SearchRequest();
const candidates = new Candidates();
const position = new Position();
const place = new TreeCursor();

/** `kind` is one of those of search-request.ts. */
export function search(ctx: CommandContext, args: Args, kind: number, out: ReplyWriter): void {
  const record = ctx.db.find(args, kind === SEARCH_AND_STORE ? 2 : 1);
  if (record !== NO_ENTRY && !ctx.sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
  if (!request.readOrReply(ctx, args, kind, record, out)) return;
  try {
    if (record !== NO_ENTRY) findCandidates(ctx, record);
    answer(ctx, args, kind, record, out);
  } finally {
    candidates.clear();
  }
}

/** Answers with, or stores, what was found. */
function answer(ctx: CommandContext, args: Args, kind: number, record: Record, out: ReplyWriter): void {
  const { limit, destination } = request;
  const count = limit === 0 ? candidates.count : Math.min(limit, candidates.count);
  if (count === 0) return destination === 0 ? out.array(0) : storeNothing(ctx, args, destination, out);
  candidates.arrange(request.direction, count);
  if (destination === 0) replyCandidates(ctx, record, count, out);
  else storeCandidates(ctx, args, record, count, kind >= SEARCH ? "geosearchstore" : "georadiusstore", out);
}

function findCandidates(ctx: CommandContext, record: Record): void {
  const { area } = request;
  const enough = request.takesAny ? request.limit : Number.POSITIVE_INFINITY;
  const find = ctx.sortedSets.isPacked(record) ? findPacked : findIndexed;
  area.prepare();
  for (let i = 0; i < area.cellCount && candidates.count < enough; i++) {
    find(ctx, record, area.cellMin[i] ?? 0, area.cellMax[i] ?? 0, enough);
  }
}

/** Adds what is in the area and has a score in [min, max), until there are enough. */
function findIndexed(ctx: CommandContext, record: Record, min: number, max: number, enough: number): void {
  const { tree } = ctx.sortedSets.indexed;
  const { area } = request;
  const { aheadRecords, aheadScores } = tree;
  tree.seekScore(ctx.keyspace.records.valueHandle(record), min, false, place);
  for (let read = tree.readAhead(place); read > 0; read = tree.readAhead(place)) {
    for (let i = 0; i < read; i++) {
      const score = aheadScores[i] ?? 0;
      if (score >= max) return;
      const distance = area.distanceInside(score);
      if (distance === OUTSIDE) continue;
      candidates.add(distance, score, aheadRecords[i] ?? 0);
      if (candidates.count >= enough) return;
    }
  }
}

function findPacked(ctx: CommandContext, record: Record, min: number, max: number, enough: number): void {
  const { sortedSets } = ctx;
  const { cursor } = sortedSets;
  const { area } = request;
  const first = sortedSets.countBeforeScore(record, min, false);
  for (let more = cursor.seek(record, first, false); more; more = cursor.next()) {
    const { score } = cursor;
    if (score >= max) return;
    const distance = area.distanceInside(score);
    if (distance === OUTSIDE) continue;
    candidates.add(distance, score, cursor.place);
    if (candidates.count >= enough) return;
  }
}

function replyCandidates(ctx: CommandContext, record: Record, count: number, out: ReplyWriter): void {
  const { cursor } = ctx.sortedSets;
  const { withDistance, withScore, withPosition } = request;
  const { metersPerUnit } = request.area;
  const options = (withDistance ? 1 : 0) + (withScore ? 1 : 0) + (withPosition ? 1 : 0);
  out.array(count);
  for (let i = 0; i < count; i++) {
    const candidate = candidates.order[i] ?? 0;
    const score = candidates.scores[candidate] ?? 0;
    if (options > 0) out.array(options + 1);
    cursor.goTo(record, candidates.places[candidate] ?? 0);
    out.bulk(cursor.view, cursor.start, cursor.start + cursor.length);
    if (withDistance) replyDistance(out, (candidates.distances[candidate] ?? 0) / metersPerUnit);
    if (withScore) replyScore(out, score);
    if (withPosition) {
      decodeScore(score, position);
      replyPosition(out, position);
    }
  }
}

/** As an integer, though ZADD may have given it any value. */
function replyScore(out: ReplyWriter, score: number): void {
  if (Number.isSafeInteger(score)) return out.integer(score);
  const whole = Math.trunc(score);
  if (Math.abs(whole) < 2 ** 63) out.bigint(BigInt(whole));
  else out.bigint(INT64_MIN);
}

function storeCandidates(
  ctx: CommandContext,
  args: Args,
  record: Record,
  count: number,
  event: string,
  out: ReplyWriter,
): void {
  const { cursor, indexed } = ctx.sortedSets;
  const { metersPerUnit } = request.area;
  const { destination, storesDistances } = request;
  const result = indexed.create();
  try {
    for (let i = 0; i < count; i++) {
      const candidate = candidates.order[i] ?? 0;
      const distance = (candidates.distances[candidate] ?? 0) / metersPerUnit;
      cursor.goTo(record, candidates.places[candidate] ?? 0);
      const { view, start, length } = cursor;
      const hash = indexed.hash(view, start, length);
      indexed.insert(
        result,
        hash,
        view,
        start,
        length,
        storesDistances ? distance : (candidates.scores[candidate] ?? 0),
      );
    }
  } catch (error) {
    indexed.destroy(result);
    throw error;
  }
  storeResult(ctx, args, destination, result, event, out);
  // Each stored member counts as a change.
  ctx.effects.dirty += count - 1;
}
