import { arg, defineCommand, keyAt } from "../define.js";
import { replyPosition } from "./reply-numbers.js";
import { replyPositions } from "./reply-positions.js";

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
  run: (ctx, args, out) => replyPositions(ctx, args, out, replyPosition, "nilArray"),
});
