import { NO_ENTRY } from "../../keyspace/database.js";
import type { SetValue } from "../../keyspace/set-value.js";
import type { Sets } from "../../keyspace/sets.js";
import { DEADLINE_NONE } from "../../keyspace/strings.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_SET } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const sadd = defineCommand({
  name: "sadd",
  group: "set",
  since: "1.0.0",
  complexity:
    "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
  summary: "Adds members to a set, which is created if need be.",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  acl: ["set"],
  history: [["2.4.0", "Accepts multiple `member` arguments."]],
  keys: [keyAt(1, "RW", "insert")],
  args: [arg.key("key"), arg.multiple(arg.string("member"))],
  run(ctx, args, out) {
    const { sets, effects } = ctx;
    const record = ctx.db.findForWrite(args, 1);
    let added: number;
    if (record === NO_ENTRY) {
      added = createSet(ctx, args);
    } else {
      if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
      const set = sets.open(record);
      sets.expect(set, args.count - 2);
      added = addMembers(sets, set, args);
    }
    if (added > 0) {
      effects.dirty += added - 1;
      effects.keyChanged(ctx.db, args, 1, EVENT_SET, "sadd");
    }
    out.integer(added);
  },
});

function addMembers(sets: Sets, set: SetValue, args: Args): number {
  const { view } = args;
  let added = 0;
  for (let i = 2; i < args.count; i++) if (sets.add(set, view, args.start(i), args.byteLength(i))) added++;
  return added;
}

function createSet(ctx: CommandContext, args: Args): number {
  const { sets } = ctx;
  const { view } = args;
  const set = sets.createFor(view, args.start(2), args.byteLength(2), args.count - 2);
  let added: number;
  try {
    added = addMembers(sets, set, args);
  } catch (error) {
    sets.free(set);
    throw error;
  }
  sets.attach(set, ctx.db, view, args.start(1), args.byteLength(1), DEADLINE_NONE);
  return added;
}
