/** What SORT does with its result: answers it, or stores it as a list. */
import { NO_ENTRY } from "../../../keyspace/database.js";
import { LIST_LISTPACK, LIST_QUICKLIST } from "../../../keyspace/list-encoding.js";
import { TYPE_LIST } from "../../../keyspace/record.js";
import type { Args } from "../../../resp/args.js";
import type { ReplyWriter } from "../../../resp/reply-writer.js";
import type { Handle } from "../../../storage/arena.js";
import type { CommandContext } from "../../context.js";
import { EVENT_GENERIC, EVENT_LIST } from "../../effects.js";
import type { SortElements } from "./sort-elements.js";
import type { SortOptions } from "./sort-options.js";

export function replySorted(
  ctx: CommandContext,
  elements: SortElements,
  order: Uint32Array,
  { gets }: SortOptions,
  out: ReplyWriter,
): void {
  const { view } = elements;
  out.array(order.length * Math.max(gets.length, 1));
  for (const i of order) {
    const start = elements.start(i);
    const length = elements.byteLength(i);
    if (gets.length === 0) out.bulk(view, start, start + length);
    for (const pattern of gets) {
      if (pattern.find(ctx, view, start, length)) out.bulk(pattern.view, pattern.start, pattern.start + pattern.length);
      else out.nil();
    }
  }
}

export function storeSorted(
  ctx: CommandContext,
  args: Args,
  elements: SortElements,
  order: Uint32Array,
  options: SortOptions,
  out: ReplyWriter,
): void {
  const { db, effects } = ctx;
  const target = options.store;
  const count = order.length * Math.max(options.gets.length, 1);
  if (count > 0) {
    storeList(ctx, args, target, makeList(ctx, elements, order, options));
    effects.dirty += count - 1;
    effects.keyChanged(db, args, target, EVENT_LIST, "sortstore");
    return out.integer(count);
  }
  const old = db.findRaw(args.view, args.start(target), args.byteLength(target));
  if (old !== NO_ENTRY) {
    db.removeReplaced(old);
    effects.keyChanged(db, args, target, EVENT_GENERIC, "del");
  }
  out.integer(0);
}

/** A quicklist with the result; what GET does not find is an empty element. */
function makeList(ctx: CommandContext, elements: SortElements, order: Uint32Array, { gets }: SortOptions): Handle {
  const { quicklists } = ctx.lists;
  const { listMaxListpackSize, listCompressDepth } = ctx.keyspace.encodingLimits;
  const { view } = elements;
  const root = quicklists.create(listMaxListpackSize, listCompressDepth);
  try {
    for (const i of order) {
      const start = elements.start(i);
      const length = elements.byteLength(i);
      if (gets.length === 0) quicklists.push(root, view, start, length, false);
      for (const pattern of gets) {
        if (pattern.find(ctx, view, start, length)) {
          quicklists.push(root, pattern.view, pattern.start, pattern.length, false);
        } else {
          quicklists.push(root, view, 0, 0, false);
        }
      }
    }
  } catch (error) {
    quicklists.free(root);
    throw error;
  }
  return root;
}

function storeList({ db, lists, keyspace }: CommandContext, args: Args, target: number, root: Handle): void {
  const small = lists.isSmall(root, 1);
  const encoding = small ? LIST_LISTPACK : LIST_QUICKLIST;
  const value = small ? lists.quicklists.detachListpack(root) : root;
  try {
    db.store(args.view, args.start(target), args.byteLength(target), TYPE_LIST, encoding, value);
  } catch (error) {
    keyspace.typeOperations(TYPE_LIST).free(value, encoding);
    throw error;
  }
}
