/** GEORADIUS and GEORADIUSBYMEMBER, and their forms that may not store. */
import { type ArgSpec, arg, type CommandSpec, defineCommand, keyAfter, keyAt } from "../define.js";
import { UNIT } from "./arguments.js";
import { search } from "./search.js";
import {
  AROUND_MEMBER,
  AROUND_MEMBER_READ_ONLY,
  AROUND_POSITION,
  AROUND_POSITION_READ_ONLY,
} from "./search-request.js";

const UPPERCASE_UNITS = ["7.0.0", "Added support for uppercase unit names."] as const;
const ANY_OPTION = ["6.2.0", "Added the `ANY` option for `COUNT`."] as const;

export const georadius = defineRadius({
  name: "georadius",
  since: "3.2.0",
  summary: "Finds, or stores, the members within a distance of a position.",
  arity: -6,
  replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
  ...storing(6),
  args: [arg.double("longitude"), arg.double("latitude"), ...makeOptions("6.2.0"), makeStore()],
  run: (ctx, args, out) => search(ctx, args, AROUND_POSITION, out),
});

export const georadiusRo = defineRadius({
  name: "georadius_ro",
  since: "3.2.10",
  summary: "Finds the members within a distance of a position.",
  arity: -6,
  replacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
  args: [arg.double("longitude"), arg.double("latitude"), ...makeOptions("6.2.0")],
  run: (ctx, args, out) => search(ctx, args, AROUND_POSITION_READ_ONLY, out),
});

export const georadiusbymember = defineRadius({
  name: "georadiusbymember",
  since: "3.2.0",
  summary: "Finds, or stores, the members within a distance of a member.",
  arity: -5,
  replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
  ...storing(5),
  args: [arg.string("member"), ...makeOptions(), makeStore()],
  run: (ctx, args, out) => search(ctx, args, AROUND_MEMBER, out),
});

export const georadiusbymemberRo = defineRadius({
  name: "georadiusbymember_ro",
  since: "3.2.10",
  summary: "Finds the members within a distance of a member.",
  arity: -5,
  replacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
  args: [arg.string("member"), ...makeOptions()],
  run: (ctx, args, out) => search(ctx, args, AROUND_MEMBER_READ_ONLY, out),
});

/** `args` are those behind the key. */
function defineRadius(
  spec: Pick<CommandSpec, "name" | "since" | "summary" | "arity" | "replacedBy" | "run"> &
    Partial<Pick<CommandSpec, "flags" | "keys">> & { readonly args: readonly ArgSpec[] },
): CommandSpec {
  return defineCommand({
    group: "geo",
    complexity: "O(N+log(M)) with N members in the box around the circle and M in the set",
    flags: ["readonly"],
    acl: ["geo"],
    keys: [keyAt(1, "RO", "access")],
    history: [ANY_OPTION, UPPERCASE_UNITS],
    deprecatedSince: "6.2.0",
    docFlags: ["deprecated"],
    ...spec,
    args: [arg.key("key"), ...spec.args],
  });
}

/** What sets those apart that may store. The destination's keyword is looked for from argument `first` on. */
function storing(first: number): Required<Pick<CommandSpec, "flags" | "keys">> {
  return {
    flags: ["write", "denyoom"],
    keys: [
      keyAt(1, "RO", "access"),
      keyAfter("STORE", first, "OW", "update"),
      keyAfter("STOREDIST", first, "OW", "update"),
    ],
  };
}

function makeOptions(anySince?: string): ArgSpec[] {
  return [
    arg.double("radius"),
    UNIT,
    arg.optional(arg.token("WITHCOORD")),
    arg.optional(arg.token("WITHDIST")),
    arg.optional(arg.token("WITHHASH")),
    arg.optional(
      arg.block("count-block", [
        arg.integer("count", { token: "COUNT" }),
        arg.optional(arg.token("ANY", anySince === undefined ? {} : { since: anySince })),
      ]),
    ),
    arg.optional(arg.oneOf("order", [arg.token("ASC"), arg.token("DESC")])),
  ];
}

function makeStore(): ArgSpec {
  return arg.optional(
    arg.oneOf("store", [
      arg.key("storekey", { token: "STORE", display: "key", keySpecIndex: 1 }),
      arg.key("storedistkey", { token: "STOREDIST", display: "key", keySpecIndex: 2 }),
    ]),
  );
}
