/** Moving one element from key argument 1 to key argument 2: what LMOVE, RPOPLPUSH and their blocking forms share. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { EVENT_LIST } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import type { Side } from "./list-side.js";
import { finishPop } from "./pop-elements.js";

/** Answers with the element, nil when there is no source, or an error; true when an element was moved. */
export function moveElement(ctx: CommandContext, args: Args, from: Side, to: Side, out: ReplyWriter): boolean {
  const { db, lists } = ctx;
  const source = db.findForWrite(args, 1);
  if (source === NO_ENTRY) {
    out.nil();
    return false;
  }
  let destination = lists.isList(source) ? db.findForWrite(args, 2) : NO_ENTRY;
  if (!lists.isList(source) || (destination !== NO_ENTRY && !lists.isList(destination))) {
    out.error(ERR_WRONG_TYPE);
    return false;
  }
  lists.seek(source, from === "head" ? 0 : -1);
  lists.hold();
  lists.delete(source, false);
  if (destination === NO_ENTRY) destination = lists.create(db, args.view, args.start(2), args.byteLength(2));
  lists.prepareToGrow(destination, lists.heldLength, 1);
  lists.push(destination, lists.heldView, 0, lists.heldLength, to === "head");
  out.bulk(lists.heldView, 0, lists.heldLength);
  ctx.effects.keyAlsoChanged(db, args, 2, EVENT_LIST, to === "head" ? "lpush" : "rpush");
  finishPop(ctx, args, 1, source, from, 1);
  return true;
}
