import { NO_ENTRY } from "../../keyspace/database.js";
import { Id } from "../../storage/id.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STREAM } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { readIdOrReply } from "./id-arguments.js";

const ID = new Id();
const FIRST_ID = new Id();
const MAX_DELETED_ID = new Id();

export const xdel = defineCommand({
  name: "xdel",
  group: "stream",
  since: "5.0.0",
  complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
  summary: "Takes entries out of a stream by their IDs; how many there were.",
  arity: -3,
  flags: ["write", "fast"],
  acl: ["stream"],
  keys: [keyAt(1, "RW", "delete")],
  args: [arg.key("key"), arg.multiple(arg.string("id"))],
  run(ctx, args, out) {
    const { db, effects, streams } = ctx;
    const { heads } = streams;
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
    // All IDs are looked at first: an error leaves the stream as it was.
    for (let i = 2; i < args.count; i++) if (!readIdOrReply(args, i, ID, out)) return;
    const head = streams.head(record);
    heads.readFirstId(head, FIRST_ID);
    heads.readMaxDeletedId(head, MAX_DELETED_ID);
    let deleted = 0;
    let losesFirst = false;
    for (let i = 2; i < args.count; i++) {
      readIdOrReply(args, i, ID, out);
      if (!streams.delete(head, ID)) continue;
      deleted++;
      if (ID.equals(FIRST_ID)) losesFirst = true;
      if (ID.compare(MAX_DELETED_ID) > 0) MAX_DELETED_ID.copyFrom(ID);
    }
    if (deleted > 0) {
      heads.writeMaxDeletedId(head, MAX_DELETED_ID);
      if (losesFirst || heads.length(head) === 0) streams.updateFirstId(head);
      effects.dirty += deleted - 1;
      effects.keyChanged(db, args, 1, EVENT_STREAM, "xdel");
    }
    out.integer(deleted);
  },
});
