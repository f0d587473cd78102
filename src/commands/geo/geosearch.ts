/** GEOSEARCH and GEOSEARCHSTORE. */
import { type ArgSpec, arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { UNIT } from "./arguments.js";
import { search } from "./search.js";
import { SEARCH, SEARCH_AND_STORE } from "./search-request.js";

/** The grammar that both have behind their keys. */
const AREA: readonly ArgSpec[] = [
  arg.oneOf("from", [
    arg.string("member", { token: "FROMMEMBER" }),
    arg.block("fromlonlat", [arg.double("longitude"), arg.double("latitude")], { token: "FROMLONLAT" }),
  ]),
  arg.oneOf("by", [
    arg.block("circle", [arg.double("radius", { token: "BYRADIUS" }), UNIT]),
    arg.block("box", [arg.double("width", { token: "BYBOX" }), arg.double("height"), UNIT]),
  ]),
  arg.optional(arg.oneOf("order", [arg.token("ASC"), arg.token("DESC")])),
  arg.optional(arg.block("count-block", [arg.integer("count", { token: "COUNT" }), arg.optional(arg.token("ANY"))])),
];

const SHARED = {
  group: "geo",
  since: "6.2.0",
  complexity: "O(N+log(M)) with N members in the cells of the map that cover the area and M in the set",
  acl: ["geo"],
  history: [["7.0.0", "Added support for uppercase unit names."]],
} as const satisfies Partial<CommandSpec>;

export const geosearch = defineCommand({
  ...SHARED,
  name: "geosearch",
  summary: "Finds the members in a circle or a box.",
  arity: -7,
  flags: ["readonly"],
  keys: [keyAt(1, "RO", "access")],
  args: [
    arg.key("key"),
    ...AREA,
    arg.optional(arg.token("WITHCOORD")),
    arg.optional(arg.token("WITHDIST")),
    arg.optional(arg.token("WITHHASH")),
  ],
  run: (ctx, args, out) => search(ctx, args, SEARCH, out),
});

export const geosearchstore = defineCommand({
  ...SHARED,
  name: "geosearchstore",
  summary: "Stores the members in a circle or a box in another key.",
  arity: -8,
  flags: ["write", "denyoom"],
  keys: [keyAt(1, "OW", "update"), keyAt(2, "RO", "access")],
  args: [arg.key("destination"), arg.key("source", { keySpecIndex: 1 }), ...AREA, arg.optional(arg.token("STOREDIST"))],
  run: (ctx, args, out) => search(ctx, args, SEARCH_AND_STORE, out),
});
