/**
 * What a search asks for: the options of GEORADIUS, GEORADIUSBYMEMBER, GEOSEARCH and GEOSEARCHSTORE, which are read one
 * by one in Redis's order, since that decides which of several errors is answered. Caller: search.ts. One object serves
 * all calls.
 */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";
import { FAILED, readPositionOrReply, readSizeOrReply, readUnitOrReply } from "./arguments.js";
import { decodeScore } from "./position-code.js";
import { SearchArea } from "./search-area.js";

/** GEORADIUS: the centre is a pair of coordinates, the area a circle; both stand in fixed places. */
export const AROUND_POSITION = 0;
/** GEORADIUSBYMEMBER: the centre is a member. */
export const AROUND_MEMBER = 1;
/** The same that may not store. */
export const AROUND_POSITION_READ_ONLY = 2;
export const AROUND_MEMBER_READ_ONLY = 3;
/** GEOSEARCH: the centre and the area are options as well. */
export const SEARCH = 4;
export const SEARCH_AND_STORE = 5;

/** NO_KEY as the destination: the client gets what is found. */
const NO_KEY = 0;

const WITHDIST = keyword("WITHDIST");
const WITHHASH = keyword("WITHHASH");
const WITHCOORD = keyword("WITHCOORD");
const ANY = keyword("ANY");
const ASC = keyword("ASC");
const DESC = keyword("DESC");
const COUNT = keyword("COUNT");
const STORE = keyword("STORE");
const STOREDIST = keyword("STOREDIST");
const FROMMEMBER = keyword("FROMMEMBER");
const FROMLONLAT = keyword("FROMLONLAT");
const BYRADIUS = keyword("BYRADIUS");
const BYBOX = keyword("BYBOX");

const ERR_NO_MEMBER = encodeReply("-ERR could not decode requested zset member\r\n");
const ERR_NEGATIVE_RADIUS = encodeReply("-ERR radius cannot be negative\r\n");
const ERR_NEGATIVE_BOX = encodeReply("-ERR height or width cannot be negative\r\n");
const ERR_COUNT = encodeReply("-ERR COUNT must be > 0\r\n");
const ERR_ANY = encodeReply("-ERR the ANY argument requires COUNT argument\r\n");
const ERR_STORES = encodeReply(
  "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options\r\n",
);
const ERR_SEARCH_STORES = encodeReply(
  "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options\r\n",
);

export class SearchRequest {
  readonly area = new SearchArea();
  withDistance = false;
  withScore = false;
  withPosition = false;
  /** 1 nearest first, -1 farthest first, 0 as found. */
  direction = 0;
  /** At most so many; 0 for all. */
  limit = 0;
  /** Any that are inside will do: the search ends when there are enough. */
  takesAny = false;
  /** The argument that names the destination, or 0. */
  destination = NO_KEY;
  /** Scores of the result are distances. */
  storesDistances = false;
  #hasMember = false;
  #hasPosition = false;

  /** Reads all arguments. `record` is the sorted set, if there is one. False when the client has its error. */
  readOrReply(ctx: CommandContext, args: Args, kind: number, record: Record, out: ReplyWriter): boolean {
    this.withDistance = false;
    this.withScore = false;
    this.withPosition = false;
    this.direction = 0;
    this.limit = 0;
    this.takesAny = false;
    this.destination = NO_KEY;
    this.storesDistances = false;
    let first = 2;
    if (kind === SEARCH_AND_STORE) {
      this.destination = 1;
      first = 3;
    } else if (kind === AROUND_POSITION || kind === AROUND_POSITION_READ_ONLY) {
      first = 6;
      if (!readPositionOrReply(args, 2, this.area.center, out) || !this.#readCircleOrReply(args, 4, out)) return false;
    } else if (kind !== SEARCH) {
      first = 5;
      // Without a set, what the radius says is not looked at.
      if (record !== NO_ENTRY) {
        if (!this.#readMemberOrReply(ctx, args, 2, record, out) || !this.#readCircleOrReply(args, 3, out)) return false;
      }
    }
    if (kind < SEARCH) return this.#readFixedOptionsOrReply(args, first, kind, out) && this.#checkOrReply(kind, out);
    return this.#readSearchOptionsOrReply(ctx, args, first, kind, record, out) && this.#checkOrReply(kind, out);
  }

  #readFixedOptionsOrReply(args: Args, first: number, kind: number, out: ReplyWriter): boolean {
    const mayStore = kind === AROUND_POSITION || kind === AROUND_MEMBER;
    for (let i = first; i < args.count; i++) {
      if (this.#readSwitch(args, i)) continue;
      const hasNext = i + 1 < args.count;
      if (hasNext && args.is(i, COUNT)) {
        if (!this.#readCountOrReply(args, i + 1, out)) return false;
      } else if (hasNext && mayStore && (args.is(i, STORE) || args.is(i, STOREDIST))) {
        this.destination = i + 1;
        this.storesDistances = args.is(i, STOREDIST);
      } else {
        return fail(out, ERR_SYNTAX);
      }
      i++;
    }
    return true;
  }

  #readSearchOptionsOrReply(
    ctx: CommandContext,
    args: Args,
    first: number,
    kind: number,
    record: Record,
    out: ReplyWriter,
  ): boolean {
    let hasCircle = false;
    let hasBox = false;
    this.#hasMember = false;
    this.#hasPosition = false;
    for (let i = first; i < args.count; i++) {
      const left = args.count - i - 1;
      if (this.#readSwitch(args, i)) continue;
      if (left >= 1 && args.is(i, COUNT)) {
        if (!this.#readCountOrReply(args, i + 1, out)) return false;
        i++;
      } else if (kind === SEARCH_AND_STORE && args.is(i, STOREDIST)) {
        this.storesDistances = true;
      } else if (left >= 1 && !this.#hasPosition && args.is(i, FROMMEMBER)) {
        if (record !== NO_ENTRY && !this.#readMemberOrReply(ctx, args, i + 1, record, out)) return false;
        this.#hasMember = true;
        i++;
      } else if (left >= 2 && !this.#hasMember && args.is(i, FROMLONLAT)) {
        if (!readPositionOrReply(args, i + 1, this.area.center, out)) return false;
        this.#hasPosition = true;
        i += 2;
      } else if (left >= 2 && !hasBox && args.is(i, BYRADIUS)) {
        if (!this.#readCircleOrReply(args, i + 1, out)) return false;
        hasCircle = true;
        i += 2;
      } else if (left >= 3 && !hasCircle && args.is(i, BYBOX)) {
        if (!this.#readBoxOrReply(args, i + 1, out)) return false;
        hasBox = true;
        i += 3;
      } else {
        return fail(out, ERR_SYNTAX);
      }
    }
    if (this.#storesWithOptions) return fail(out, ERR_SEARCH_STORES);
    const isMissing = (what: string): false => {
      out.errorText(`ERR exactly one of ${what} can be specified for ${args.cText(0)}`);
      return false;
    };
    if (!this.#hasMember && !this.#hasPosition) return isMissing("FROMMEMBER or FROMLONLAT");
    return hasCircle || hasBox || isMissing("BYRADIUS and BYBOX");
  }

  /** Options of one word that all kinds have. */
  #readSwitch(args: Args, i: number): boolean {
    if (args.is(i, WITHDIST)) this.withDistance = true;
    else if (args.is(i, WITHHASH)) this.withScore = true;
    else if (args.is(i, WITHCOORD)) this.withPosition = true;
    else if (args.is(i, ANY)) this.takesAny = true;
    else if (args.is(i, ASC)) this.direction = 1;
    else if (args.is(i, DESC)) this.direction = -1;
    else return false;
    return true;
  }

  get #storesWithOptions(): boolean {
    return this.destination !== NO_KEY && (this.withDistance || this.withScore || this.withPosition);
  }

  #checkOrReply(kind: number, out: ReplyWriter): boolean {
    if (kind < SEARCH && this.#storesWithOptions) return fail(out, ERR_STORES);
    if (this.takesAny && this.limit === 0) return fail(out, ERR_ANY);
    // Which ones are a few of all only makes sense with an order, unless any will do.
    if (this.limit > 0 && this.direction === 0 && !this.takesAny) this.direction = 1;
    return true;
  }

  #readCountOrReply(args: Args, i: number, out: ReplyWriter): boolean {
    this.limit = args.readInteger(i);
    if (Number.isNaN(this.limit)) return fail(out, ERR_NOT_INTEGER);
    return this.limit > 0 || fail(out, ERR_COUNT);
  }

  #readMemberOrReply(ctx: CommandContext, args: Args, i: number, record: Record, out: ReplyWriter): boolean {
    const { sortedSets } = ctx;
    if (!sortedSets.find(record, args.view, args.start(i), args.byteLength(i))) return fail(out, ERR_NO_MEMBER);
    decodeScore(sortedSets.score, this.area.center);
    return true;
  }

  #readCircleOrReply(args: Args, i: number, out: ReplyWriter): boolean {
    const { area } = this;
    area.radius = readSizeOrReply(args, i, "radius", out);
    if (Number.isNaN(area.radius)) return false;
    if (area.radius < 0) return fail(out, ERR_NEGATIVE_RADIUS);
    area.isBox = false;
    return this.#readUnitOrReply(args, i + 1, out);
  }

  #readBoxOrReply(args: Args, i: number, out: ReplyWriter): boolean {
    const { area } = this;
    area.width = readSizeOrReply(args, i, "width", out);
    if (Number.isNaN(area.width)) return false;
    area.height = readSizeOrReply(args, i + 1, "height", out);
    if (Number.isNaN(area.height)) return false;
    if (area.width < 0 || area.height < 0) return fail(out, ERR_NEGATIVE_BOX);
    area.isBox = true;
    return this.#readUnitOrReply(args, i + 2, out);
  }

  #readUnitOrReply(args: Args, i: number, out: ReplyWriter): boolean {
    const meters = readUnitOrReply(args, i, out);
    if (meters === FAILED) return false;
    this.area.metersPerUnit = meters;
    return true;
  }
}

function fail(out: ReplyWriter, error: Uint8Array): false {
  out.error(error);
  return false;
}
