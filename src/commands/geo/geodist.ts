import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { FAILED, readUnitOrReply, UNIT } from "./arguments.js";
import { measure } from "./distance.js";
import { decodeScore, Position } from "./position-code.js";
import { replyDistance } from "./reply-numbers.js";

const from = new Position();
const to = new Position();

export const geodist = defineCommand({
  name: "geodist",
  group: "geo",
  since: "3.2.0",
  complexity: "O(1)",
  summary: "Measures the distance between two members with positions.",
  arity: -4,
  flags: ["readonly"],
  acl: ["geo"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.string("member1"), arg.string("member2"), arg.optional(UNIT)],
  run(ctx, args, out) {
    if (args.count > 5) return out.error(ERR_SYNTAX);
    const metersPerUnit = args.count === 5 ? readUnitOrReply(args, 4, out) : 1;
    if (metersPerUnit === FAILED) return;
    const { sortedSets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    if (!sortedSets.find(record, args.view, args.start(2), args.byteLength(2))) return out.nil();
    decodeScore(sortedSets.score, from);
    if (!sortedSets.find(record, args.view, args.start(3), args.byteLength(3))) return out.nil();
    decodeScore(sortedSets.score, to);
    replyDistance(out, measure(from.longitude, from.latitude, to.longitude, to.latitude) / metersPerUnit);
  },
});
