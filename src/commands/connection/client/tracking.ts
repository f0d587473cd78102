/**
 * CLIENT TRACKING, TRACKINGINFO, CACHING and GETREDIR. The server keeps no table of what clients cache: TRACKING ON is
 * refused after its options are checked, and the others answer as for a client that does not track.
 */
import { keyword } from "../../../resp/args.js";
import { encodeReply } from "../../../resp/reply-writer.js";
import { arg } from "../../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../../errors.js";
import { defineClient } from "./define-client.js";

const ON = keyword("on");
const OFF = keyword("off");
const REDIRECT = keyword("redirect");
const PREFIX = keyword("prefix");
const BCAST = keyword("bcast");
const OPTIN = keyword("optin");
const OPTOUT = keyword("optout");
const NOLOOP = keyword("noloop");

const ERR_UNSUPPORTED = encodeReply("-ERR client side caching is not supported by this server\r\n");
const ERR_ONE_REDIRECT = encodeReply("-ERR A client can only redirect to a single other client\r\n");
const ERR_NO_REDIRECT = encodeReply("-ERR The client ID you want redirect to does not exist\r\n");
const ERR_PREFIX = encodeReply("-ERR PREFIX option requires BCAST mode to be enabled\r\n");
const ERR_BCAST = encodeReply("-ERR OPTIN and OPTOUT are not compatible with BCAST\r\n");
const ERR_OPT_BOTH = encodeReply("-ERR You can't specify both OPTIN mode and OPTOUT mode\r\n");
const ERR_CACHING = encodeReply(
  "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled\r\n",
);

export const tracking = defineClient({
  name: "tracking",
  since: "6.0.0",
  complexity: "O(1). Some options may introduce additional complexity.",
  summary: "Switches messages about changed keys, for caches of clients.",
  arity: -3,
  args: [
    arg.oneOf("status", [arg.token("ON"), arg.token("OFF")]),
    arg.integer("client-id", { token: "REDIRECT", optional: true }),
    arg.string("prefix", { token: "PREFIX", optional: true, multiple: true, multipleToken: true }),
    ...["BCAST", "OPTIN", "OPTOUT", "NOLOOP"].map((word) => ({ ...arg.token(word, { optional: true }), name: word })),
  ],
  run(ctx, args, out) {
    let redirect = 0;
    let hasPrefix = false;
    let broadcasts = false;
    let optsIn = false;
    let optsOut = false;
    for (let i = 3; i < args.count; i++) {
      const hasMore = i + 1 < args.count;
      if (args.is(i, REDIRECT) && hasMore) {
        if (redirect !== 0) return out.error(ERR_ONE_REDIRECT);
        redirect = args.readInteger(++i);
        if (Number.isNaN(redirect)) return out.error(ERR_NOT_INTEGER);
        if (ctx.server.sessions.find(redirect) === null) return out.error(ERR_NO_REDIRECT);
      } else if (args.is(i, PREFIX) && hasMore) {
        hasPrefix = true;
        i++;
      } else if (args.is(i, BCAST)) {
        broadcasts = true;
      } else if (args.is(i, OPTIN)) {
        optsIn = true;
      } else if (args.is(i, OPTOUT)) {
        optsOut = true;
      } else if (!args.is(i, NOLOOP)) {
        return out.error(ERR_SYNTAX);
      }
    }
    if (args.is(2, OFF)) return out.ok();
    if (!args.is(2, ON)) return out.error(ERR_SYNTAX);
    if (hasPrefix && !broadcasts) return out.error(ERR_PREFIX);
    if (broadcasts && (optsIn || optsOut)) return out.error(ERR_BCAST);
    if (optsIn && optsOut) return out.error(ERR_OPT_BOTH);
    out.error(ERR_UNSUPPORTED);
  },
});

export const trackingInfo = defineClient({
  name: "trackinginfo",
  since: "6.2.0",
  summary: "Tells how this client tracks keys.",
  arity: 2,
  run(_ctx, _args, out) {
    out.map(3);
    out.bulkText("flags");
    out.set(1);
    out.bulkText("off");
    out.bulkText("redirect");
    out.integer(-1);
    out.bulkText("prefixes");
    out.array(0);
  },
});

export const caching = defineClient({
  name: "caching",
  since: "6.0.0",
  summary: "Says whether the keys of the next command are tracked.",
  arity: 3,
  args: [arg.oneOf("mode", [arg.token("YES"), arg.token("NO")])],
  run: (_ctx, _args, out) => out.error(ERR_CACHING),
});

export const getRedir = defineClient({
  name: "getredir",
  since: "6.0.0",
  summary: "Answers the connection that messages about changed keys go to.",
  arity: 2,
  run: (_ctx, _args, out) => out.integer(-1),
});
