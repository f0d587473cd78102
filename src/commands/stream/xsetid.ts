import { NO_ENTRY } from "../../keyspace/database.js";
import { keyword } from "../../resp/args.js";
import { encodeReply } from "../../resp/reply-writer.js";
import { Id } from "../../storage/id.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STREAM } from "../effects.js";
import { ERR_NO_SUCH_KEY, ERR_NOT_INTEGER, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { readIdOrReply } from "./id-arguments.js";

const ENTRIESADDED = keyword("ENTRIESADDED");
const MAXDELETEDID = keyword("MAXDELETEDID");

const ERR_NEGATIVE = encodeReply("-ERR entries_added must be positive\r\n");
const ERR_BELOW_GIVEN = encodeReply(
  "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id\r\n",
);
const ERR_BELOW_DELETED = encodeReply(
  "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id\r\n",
);
const ERR_BELOW_TOP = encodeReply("-ERR The ID specified in XSETID is smaller than the target stream top item\r\n");
const ERR_FEW_ADDED = encodeReply(
  "-ERR The entries_added specified in XSETID is smaller than the target stream length\r\n",
);

const ID = new Id();
const MAX_DELETED_ID = new Id();
const OTHER_ID = new Id();

export const xsetid = defineCommand({
  name: "xsetid",
  group: "stream",
  since: "5.0.0",
  complexity: "O(1)",
  summary: "Sets the last ID of a stream, as a replica needs it.",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  acl: ["stream"],
  keys: [keyAt(1, "RW", "update")],
  args: [
    arg.key("key"),
    arg.string("last-id"),
    arg.optional(arg.integer("entries-added", { token: "ENTRIESADDED", since: "7.0.0" })),
    arg.optional(arg.string("max-deleted-id", { token: "MAXDELETEDID", since: "7.0.0" })),
  ],
  history: [["7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments."]],
  run(ctx, args, out) {
    const { db, effects, streams } = ctx;
    const { heads } = streams;
    if (!readIdOrReply(args, 2, ID, out)) return;
    let addedAt = 0;
    MAX_DELETED_ID.setMin();
    for (let i = 3; i < args.count; i += 2) {
      if (i + 1 === args.count) return out.error(ERR_SYNTAX);
      if (args.is(i, ENTRIESADDED)) {
        addedAt = i + 1;
        const added = args.readInteger(addedAt);
        if (Number.isNaN(added)) return out.error(ERR_NOT_INTEGER);
        if (added < 0) return out.error(ERR_NEGATIVE);
      } else if (args.is(i, MAXDELETEDID)) {
        if (!readIdOrReply(args, i + 1, MAX_DELETED_ID, out)) return;
        if (ID.compare(MAX_DELETED_ID) < 0) return out.error(ERR_BELOW_GIVEN);
      } else {
        return out.error(ERR_SYNTAX);
      }
    }
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.error(ERR_NO_SUCH_KEY);
    if (!streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
    const head = streams.head(record);
    heads.readMaxDeletedId(head, OTHER_ID);
    if (ID.compare(OTHER_ID) < 0) return out.error(ERR_BELOW_DELETED);
    if (streams.readEdgeId(head, true, OTHER_ID)) {
      if (ID.compare(OTHER_ID) < 0) return out.error(ERR_BELOW_TOP);
      if (addedAt > 0 && heads.length(head) > args.readInteger(addedAt)) return out.error(ERR_FEW_ADDED);
    }
    heads.writeLastId(head, ID);
    if (addedAt > 0) heads.setEntriesAdded(head, args.readInt64(addedAt));
    if (!MAX_DELETED_ID.isZero) heads.writeMaxDeletedId(head, MAX_DELETED_ID);
    out.ok();
    // No entry has changed: as in Redis, who watches the key is not told.
    effects.dirty++;
    effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_STREAM, "xsetid");
  },
});
