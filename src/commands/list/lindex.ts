import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_WRONG_TYPE } from "../errors.js";
import { replyElement } from "./reply-elements.js";

export const lindex = defineCommand({
  name: "lindex",
  group: "list",
  since: "1.0.0",
  complexity: "O(N) where N is the distance to the nearer end; O(1) for the first and the last element.",
  summary: "Answers with the element at an index of a list.",
  arity: 3,
  flags: ["readonly"],
  acl: ["list"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.integer("index")],
  run(ctx, args, out) {
    const { lists } = ctx;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    const index = args.readInteger(2);
    if (Number.isNaN(index)) return out.error(ERR_NOT_INTEGER);
    if (lists.seek(record, index)) replyElement(lists, out);
    else out.nil();
  },
});
