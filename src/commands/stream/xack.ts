/** XACK. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { findGroup } from "./group-arguments.js";
import { readIdOrReply, tryReadId } from "./id-arguments.js";

const id = new Id();

export const xack = defineCommand({
  name: "xack",
  group: "stream",
  since: "5.0.0",
  complexity: "O(1) for each ID",
  summary: "Takes entries that a consumer has dealt with off the pending ones of its group.",
  arity: -4,
  flags: ["write", "fast"],
  acl: ["stream"],
  keys: [keyAt(1, "RW", "update")],
  args: [arg.key("key"), arg.string("group"), arg.multiple(arg.string("id"))],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    const { streams } = ctx;
    if (!streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
    const group = findGroup(ctx, record, args, 2);
    if (group === NONE) return out.integer(0);
    // All or nothing: an ID that is none must show before anything has changed.
    for (let i = 3; i < args.count; i++) if (!readIdOrReply(args, i, id, out)) return;
    let acknowledged = 0;
    for (let i = 3; i < args.count; i++) {
      tryReadId(args, i, id);
      if (streams.groups.pending.remove(group, id)) acknowledged++;
    }
    ctx.effects.dirty += acknowledged;
    out.integer(acknowledged);
  },
});
