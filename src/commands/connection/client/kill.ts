import { type Args, keyword } from "../../../resp/args.js";
import type { ClientType, CommandContext, SessionView } from "../../context.js";
import { arg } from "../../define.js";
import { readClientType, unknownType } from "./client-type.js";
import { defineClient } from "./define-client.js";

const ID = keyword("id");
const MAXAGE = keyword("maxage");
const TYPE = keyword("type");
const ADDR = keyword("addr");
const LADDR = keyword("laddr");
const USER = keyword("user");
const SKIPME = keyword("skipme");
const YES = keyword("yes");
const NO = keyword("no");

const ERR_SYNTAX = "ERR syntax error";
const ERR_ID = "ERR client-id should be greater than 0";
const ERR_MAXAGE_NUMBER = "ERR maxage is not an integer or out of range";
const ERR_MAXAGE = "ERR maxage should be greater than 0";
const ERR_NO_CLIENT = "ERR No such client";

/** No user has a longer name. */
const USER_MAX_BYTES = 4096;

/** Whom to disconnect: those that fit all that is given. */
interface Filter {
  id: number | null;
  maxAgeSeconds: number | null;
  type: ClientType | null;
  address: string | null;
  localAddress: string | null;
  user: string | null;
  skipMe: boolean;
}

function fits(filter: Filter, session: SessionView, ctx: CommandContext): boolean {
  if (filter.address !== null && session.address !== filter.address) return false;
  if (filter.localAddress !== null && session.localAddress !== filter.localAddress) return false;
  if (filter.type !== null && session.clientType !== filter.type) return false;
  if (filter.id !== null && session.id !== filter.id) return false;
  if (filter.user !== null && session.user !== filter.user) return false;
  if (filter.skipMe && session === ctx.session) return false;
  const ageSeconds = Math.floor(ctx.nowMs / 1000) - Math.floor(session.createdMs / 1000);
  return filter.maxAgeSeconds === null || ageSeconds >= filter.maxAgeSeconds;
}

/** The options behind CLIENT KILL; an error text, or null. */
function readFilter(filter: Filter, ctx: CommandContext, args: Args): string | null {
  for (let i = 2; i < args.count; i += 2) {
    const value = i + 1;
    if (value === args.count) return ERR_SYNTAX;
    if (args.is(i, ID)) {
      filter.id = args.readInteger(value);
      if (!(filter.id > 0)) return ERR_ID;
    } else if (args.is(i, MAXAGE)) {
      filter.maxAgeSeconds = args.readInteger(value);
      if (Number.isNaN(filter.maxAgeSeconds)) return ERR_MAXAGE_NUMBER;
      if (filter.maxAgeSeconds <= 0) return ERR_MAXAGE;
    } else if (args.is(i, TYPE)) {
      filter.type = readClientType(args, value);
      if (filter.type === null) return unknownType(args, value);
    } else if (args.is(i, ADDR)) {
      filter.address = args.cText(value);
    } else if (args.is(i, LADDR)) {
      filter.localAddress = args.cText(value);
    } else if (args.is(i, USER)) {
      filter.user = args.text(value, USER_MAX_BYTES) ?? "";
      if (!ctx.server.hasUser(filter.user)) return `ERR No such user '${args.cText(value)}'`;
    } else if (args.is(i, SKIPME) && (args.is(value, YES) || args.is(value, NO))) {
      filter.skipMe = args.is(value, YES);
    } else {
      return ERR_SYNTAX;
    }
  }
  return null;
}

const SINCE_2_8_12 = { optional: true, since: "2.8.12" };

export const kill = defineClient({
  name: "kill",
  since: "2.4.0",
  complexity: "O(N) where N is the number of client connections",
  summary: "Disconnects clients.",
  arity: -3,
  flags: ["admin"],
  history: [
    ["2.8.12", "Added new filter format."],
    ["2.8.12", "`ID` option."],
    ["3.2.0", "Added `master` type in for `TYPE` option."],
    ["5.0.0", "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."],
    ["6.2.0", "`LADDR` option."],
    ["7.4.0", "`MAXAGE` option."],
  ],
  args: [
    arg.oneOf("filter", [
      arg.string("old-format", { display: "ip:port", deprecatedSince: "2.8.12" }),
      arg.oneOf(
        "new-format",
        [
          arg.integer("client-id", { token: "ID", ...SINCE_2_8_12 }),
          arg.oneOf(
            "client-type",
            [
              arg.token("NORMAL"),
              arg.token("MASTER", { since: "3.2.0" }),
              arg.token("SLAVE"),
              arg.token("REPLICA", { since: "5.0.0" }),
              arg.token("PUBSUB"),
            ],
            { token: "TYPE", ...SINCE_2_8_12 },
          ),
          arg.string("username", { token: "USER", optional: true }),
          arg.string("addr", { token: "ADDR", display: "ip:port", optional: true }),
          arg.string("laddr", { token: "LADDR", display: "ip:port", optional: true, since: "6.2.0" }),
          arg.oneOf("skipme", [arg.token("YES"), arg.token("NO")], { token: "SKIPME", optional: true }),
          arg.integer("maxage", { token: "MAXAGE", optional: true, since: "7.4.0" }),
        ],
        { multiple: true },
      ),
    ]),
  ],
  run(ctx, args, out) {
    const filter: Filter = {
      id: null,
      maxAgeSeconds: null,
      type: null,
      address: null,
      localAddress: null,
      user: null,
      skipMe: true,
    };
    const isOldForm = args.count === 3;
    if (isOldForm) {
      // This form may name the caller itself.
      filter.address = args.cText(2);
      filter.skipMe = false;
    } else {
      const error = readFilter(filter, ctx, args);
      if (error !== null) return out.errorText(error);
    }
    let killed = 0;
    let killsMe = false;
    for (const session of ctx.server.sessions.all) {
      if (!fits(filter, session, ctx)) continue;
      killed++;
      if (session === ctx.session) killsMe = true;
      else session.kill();
    }
    if (!isOldForm) out.integer(killed);
    else if (killed === 0) out.errorText(ERR_NO_CLIENT);
    else out.ok();
    if (killsMe) ctx.session.closeAfterReply();
  },
});
