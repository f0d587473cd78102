import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { decodeScore, Position } from "./position-code.js";
import { replyPosition } from "./reply-numbers.js";

const position = new Position();

export const geopos = defineCommand({
  name: "geopos",
  group: "geo",
  since: "3.2.0",
  complexity: "O(1) for each member",
  summary: "Reads longitude and latitude of members.",
  arity: -2,
  flags: ["readonly"],
  acl: ["geo"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.optional(arg.multiple(arg.string("member")))],
  run(ctx, args, out) {
    const { sortedSets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record !== NO_ENTRY && !sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    out.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      if (record === NO_ENTRY || !sortedSets.find(record, args.view, args.start(i), args.byteLength(i))) {
        out.nilArray();
        continue;
      }
      decodeScore(sortedSets.score, position);
      replyPosition(out, position);
    }
  },
});
