/** SORT and SORT_RO. */
import { NO_ENTRY } from "../../../keyspace/database.js";
import type { Record } from "../../../keyspace/record.js";
import type { Args } from "../../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../../resp/reply-writer.js";
import type { CommandContext } from "../../context.js";
import { type ArgSpec, arg, type CommandSpec, defineCommand, type KeySpec, keyAt } from "../../define.js";
import { ERR_WRONG_TYPE } from "../../errors.js";
import { SortElements } from "./sort-elements.js";
import { findSortKeys, readSortOptionsOrReply } from "./sort-options.js";
import { orderElements } from "./sort-order.js";
import { replySorted, storeSorted } from "./sort-result.js";

const ERR_NOT_NUMBERS = encodeReply("-ERR One or more scores can't be converted into double\r\n");

const PATTERN_KEYS: KeySpec = {
  flags: ["RO", "access"],
  begin: { unknown: true },
  find: { unknown: true },
  notes:
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
};

const STORE_KEY: KeySpec = {
  flags: ["OW", "update"],
  begin: { unknown: true },
  find: { unknown: true },
  notes:
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
};

const ARGS: readonly ArgSpec[] = [
  arg.key("key"),
  arg.optional(arg.pattern("by-pattern", { token: "BY", display: "pattern", keySpecIndex: 1 })),
  arg.optional(arg.block("limit", [arg.integer("offset"), arg.integer("count")], { token: "LIMIT" })),
  arg.optional(
    arg.multiple(
      arg.pattern("get-pattern", { token: "GET", display: "pattern", keySpecIndex: 1, multipleToken: true }),
    ),
  ),
  arg.optional(arg.oneOf("order", [arg.token("ASC"), arg.token("DESC")])),
  arg.optional({ ...arg.token("ALPHA"), name: "sorting" }),
];

const SHARED = {
  group: "generic",
  complexity:
    "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
  arity: -2,
  acl: ["set", "sortedset", "list", "dangerous"],
} as const satisfies Partial<CommandSpec>;

export const sort = defineCommand({
  ...SHARED,
  name: "sort",
  since: "1.0.0",
  summary: "Sorts a list, a set or a sorted set, and answers or stores the result.",
  flags: ["write", "denyoom"],
  keys: [keyAt(1, "RO", "access"), PATTERN_KEYS, STORE_KEY],
  findKeys: findSortKeys,
  args: [...ARGS, arg.optional(arg.key("destination", { token: "STORE", keySpecIndex: 2 }))],
  run: (ctx, args, out) => run(ctx, args, true, out),
});

export const sortRo = defineCommand({
  ...SHARED,
  name: "sort_ro",
  since: "7.0.0",
  summary: "Sorts a list, a set or a sorted set, and answers the result.",
  flags: ["readonly"],
  keys: [keyAt(1, "RO", "access"), PATTERN_KEYS],
  findKeys(_args, found) {
    found.push(1, ["RO", "access"]);
    return true;
  },
  args: ARGS,
  run: (ctx, args, out) => run(ctx, args, false, out),
});

function run(ctx: CommandContext, args: Args, mayStore: boolean, out: ReplyWriter): void {
  const options = readSortOptionsOrReply(args, mayStore, out);
  if (options === null) return;
  const record = ctx.db.find(args, 1);
  const { lists, sets, sortedSets } = ctx;
  const isSet = record !== NO_ENTRY && sets.isSet(record);
  if (record !== NO_ENTRY && !isSet && !lists.isList(record) && !sortedSets.isSortedSet(record)) {
    return out.error(ERR_WRONG_TYPE);
  }
  if (isSet && options.unsorted && options.store > 0) {
    // A set has no order of its own: what is stored must be the same on replicas.
    options.unsorted = false;
    options.alpha = true;
    options.by = null;
  }
  // As in Redis, for good: clients see it in OBJECT ENCODING, whatever becomes of this SORT.
  if (record !== NO_ENTRY && sortedSets.isSortedSet(record) && sortedSets.isPacked(record)) {
    sortedSets.makeIndexed(record);
  }
  const size = record === NO_ENTRY ? 0 : countElements(ctx, record);
  const from = Math.min(Math.max(options.offset, 0), size);
  const count = Math.min(options.count < 0 ? size : options.count, size - from);
  const elements = new SortElements();
  let order: Uint32Array | null;
  if (options.unsorted) {
    elements.load(ctx, record, from, count, options.descending);
    order = Uint32Array.from({ length: elements.count }, (_, i) => i);
  } else {
    elements.load(ctx, record, 0, size, false);
    order = orderElements(ctx, elements, options)?.subarray(from, from + count) ?? null;
  }
  if (order === null) return out.error(ERR_NOT_NUMBERS);
  if (options.store > 0) storeSorted(ctx, args, elements, order, options, out);
  else replySorted(ctx, elements, order, options, out);
}

function countElements({ lists, sets, sortedSets }: CommandContext, record: Record): number {
  if (lists.isList(record)) return lists.count(record);
  return sets.isSet(record) ? sets.size(sets.open(record)) : sortedSets.count(record);
}
