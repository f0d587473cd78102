import { NO_ENTRY } from "../../keyspace/database.js";
import { DEADLINE_NONE } from "../../keyspace/field-records.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_HASH } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { ERR_FIELD_COUNT, FIELDS_ARG, NO_FIELDS, readFieldsOrReply, replyForEach } from "./field-arguments.js";

const NO_FIELD = -2;
const NO_DEADLINE = -1;
const PERSISTED = 1;

export const hpersist = defineCommand({
  name: "hpersist",
  group: "hash",
  since: "7.4.0",
  complexity: "O(N) for N fields",
  summary: "Keeps fields of a hash from expiring.",
  arity: -5,
  flags: ["write", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RW", "update")],
  args: [arg.key("key"), FIELDS_ARG],
  run(ctx, args, out) {
    const { db, hashes } = ctx;
    const record = db.findForWrite(args, 1);
    if (record !== NO_ENTRY && !hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    const first = readFieldsOrReply(args, 2, ERR_FIELD_COUNT, out);
    if (first === NO_FIELDS) return;
    if (record === NO_ENTRY) return replyForEach(args, first, NO_FIELD, out);
    let changed = false;
    out.array(args.count - first);
    for (let i = first; i < args.count; i++) {
      const outcome = persistField(ctx, record, args, i);
      if (outcome === PERSISTED) changed = true;
      out.integer(outcome);
    }
    if (!changed) return;
    hashes.updateIndex(db, record);
    ctx.effects.keyChanged(db, args, 1, EVENT_HASH, "hpersist");
  },
});

function persistField(ctx: CommandContext, record: Record, args: Args, i: number): number {
  const { hashes } = ctx;
  if (!hashes.peek(record, args.view, args.start(i), args.byteLength(i)) || hashes.isExpired()) return NO_FIELD;
  if (hashes.deadline() === DEADLINE_NONE) return NO_DEADLINE;
  hashes.setDeadline(record, DEADLINE_NONE);
  return PERSISTED;
}
