import { NO_ENTRY } from "../../keyspace/database.js";
import type { SetValue } from "../../keyspace/set-value.js";
import { DEADLINE_NONE } from "../../keyspace/strings.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_SET } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { deleteEmpty } from "./delete-empty.js";

export const smove = defineCommand({
  name: "smove",
  group: "set",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Moves a member from one set to another.",
  arity: 4,
  flags: ["write", "fast"],
  acl: ["set"],
  keys: [keyAt(1, "RW", "access", "delete"), keyAt(2, "RW", "insert")],
  args: [arg.key("source"), arg.key("destination", { keySpecIndex: 1 }), arg.string("member")],
  run(ctx, args, out) {
    const { db, sets, effects } = ctx;
    const source = db.findForWrite(args, 1);
    const target = db.findForWrite(args, 2);
    if (source === NO_ENTRY) return out.integer(0);
    if (!sets.isSet(source) || (target !== NO_ENTRY && !sets.isSet(target))) return out.error(ERR_WRONG_TYPE);
    const from = sets.open(source);
    const start = args.start(3);
    const length = args.byteLength(3);
    if (source === target) return out.integer(sets.has(from, args.view, start, length) ? 1 : 0);
    if (!sets.remove(from, args.view, start, length)) return out.integer(0);
    effects.keyChanged(db, args, 1, EVENT_SET, "srem");
    deleteEmpty(ctx, args, 1, from);
    const added = target === NO_ENTRY ? createTarget(ctx, args) : addTo(ctx, args, sets.openOther(target));
    if (added) effects.keyChanged(db, args, 2, EVENT_SET, "sadd");
    out.integer(1);
  },
});

function addTo(ctx: CommandContext, args: Args, set: SetValue): boolean {
  return ctx.sets.add(set, args.view, args.start(3), args.byteLength(3));
}

function createTarget(ctx: CommandContext, args: Args): boolean {
  const { sets } = ctx;
  const set = sets.createFor(args.view, args.start(3), args.byteLength(3), 1);
  try {
    addTo(ctx, args, set);
  } catch (error) {
    sets.free(set);
    throw error;
  }
  sets.attach(set, ctx.db, args.view, args.start(2), args.byteLength(2), DEADLINE_NONE);
  return true;
}
