import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_WRONG_TYPE } from "../errors.js";
import { replyElements } from "./reply-elements.js";

export const lrange = defineCommand({
  name: "lrange",
  group: "list",
  since: "1.0.0",
  complexity: "O(S+N) where S is the distance of the start to the nearer end and N the number of elements answered.",
  summary: "Answers with the elements between two indexes of a list.",
  arity: 4,
  flags: ["readonly"],
  acl: ["list"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.integer("start"), arg.integer("stop")],
  run(ctx, args, out) {
    const { lists } = ctx;
    const start = args.readInteger(2);
    const stop = args.readInteger(3);
    if (Number.isNaN(start) || Number.isNaN(stop)) return out.error(ERR_NOT_INTEGER);
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.array(0);
    if (!lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    const count = lists.count(record);
    const first = Math.max(start < 0 ? count + start : start, 0);
    const last = Math.min(stop < 0 ? count + stop : stop, count - 1);
    if (first > last) return out.array(0);
    replyElements(lists, record, first, last - first + 1, false, out);
  },
});
