/** What SORT takes behind its key. */
import { type Args, keyword } from "../../../resp/args.js";
import type { ReplyWriter } from "../../../resp/reply-writer.js";
import type { KeySink } from "../../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../../errors.js";
import { SortPattern } from "./sort-pattern.js";

const ASC = keyword("ASC");
const DESC = keyword("DESC");
const ALPHA = keyword("ALPHA");
const LIMIT = keyword("LIMIT");
const STORE = keyword("STORE");
const BY = keyword("BY");
const GET = keyword("GET");

export interface SortOptions {
  descending: boolean;
  alpha: boolean;
  /** The elements stay in the order in which they are kept: some BY was a constant. */
  unsorted: boolean;
  by: SortPattern | null;
  readonly gets: SortPattern[];
  offset: number;
  /** Negative: no limit. */
  count: number;
  /** The argument with the key for the result; 0 without. */
  store: number;
}

/** Null when something is wrong, and then the client has its error. */
export function readSortOptionsOrReply(args: Args, mayStore: boolean, out: ReplyWriter): SortOptions | null {
  const options: SortOptions = {
    descending: false,
    alpha: false,
    unsorted: false,
    by: null,
    gets: [],
    offset: 0,
    count: -1,
    store: 0,
  };
  for (let i = 2; i < args.count; i++) {
    const left = args.count - i - 1;
    if (args.is(i, ASC)) options.descending = false;
    else if (args.is(i, DESC)) options.descending = true;
    else if (args.is(i, ALPHA)) options.alpha = true;
    else if (left >= 2 && args.is(i, LIMIT)) {
      options.offset = args.readInteger(++i);
      options.count = args.readInteger(++i);
      if (Number.isNaN(options.offset) || Number.isNaN(options.count)) return refuse(out, ERR_NOT_INTEGER);
    } else if (mayStore && left >= 1 && args.is(i, STORE)) options.store = ++i;
    else if (left >= 1 && args.is(i, BY)) {
      options.by = new SortPattern(args.copy(++i));
      if (options.by.isConstant) options.unsorted = true;
    } else if (left >= 1 && args.is(i, GET)) options.gets.push(new SortPattern(args.copy(++i)));
    else return refuse(out, ERR_SYNTAX);
  }
  return options;
}

/** The keys that can be told from the arguments. The last STORE counts; words that are no options are passed over. */
export function findSortKeys(args: Args, found: KeySink): boolean {
  let store = 0;
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, LIMIT)) i += 2;
    else if (args.is(i, GET) || args.is(i, BY)) i++;
    else if (args.is(i, STORE) && i + 1 < args.count) store = i + 1;
  }
  found.push(1, ["RO", "access"]);
  if (store > 0) found.push(store, ["OW", "update"]);
  return true;
}

function refuse(out: ReplyWriter, error: Uint8Array): null {
  out.error(error);
  return null;
}
