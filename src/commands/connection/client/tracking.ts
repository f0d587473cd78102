/** CLIENT TRACKING, TRACKINGINFO, CACHING and GETREDIR. What tracking means is server/tracking/tracking.ts. */
import { type Args, keyword } from "../../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../../resp/reply-writer.js";
import type { CommandContext, TrackingOptions, TrackingView } from "../../context.js";
import { arg } from "../../define.js";
import { ERR_NOT_INTEGER, ERR_OOM, ERR_SYNTAX } from "../../errors.js";
import { defineClient } from "./define-client.js";

const ON = keyword("on");
const OFF = keyword("off");
const REDIRECT = keyword("redirect");
const PREFIX = keyword("prefix");
const BCAST = keyword("bcast");
const OPTIN = keyword("optin");
const OPTOUT = keyword("optout");
const NOLOOP = keyword("noloop");
const YES = keyword("yes");
const NO = keyword("no");

/** Prefixes are strings on the JavaScript heap: a longer one is refused as if there were no memory for it. */
const PREFIX_MAX_BYTES = 64 * 1024;

const ERR_ONE_REDIRECT = encodeReply("-ERR A client can only redirect to a single other client\r\n");
const ERR_NO_REDIRECT = encodeReply("-ERR The client ID you want redirect to does not exist\r\n");
const ERR_PREFIX = encodeReply("-ERR PREFIX option requires BCAST mode to be enabled\r\n");
const ERR_BCAST = encodeReply("-ERR OPTIN and OPTOUT are not compatible with BCAST\r\n");
const ERR_OPT_BOTH = encodeReply("-ERR You can't specify both OPTIN mode and OPTOUT mode\r\n");
const ERR_SWITCH_BCAST = encodeReply(
  "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.\r\n",
);
const ERR_SWITCH_OPT = encodeReply(
  "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.\r\n",
);
const ERR_CACHING = encodeReply(
  "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled\r\n",
);
const ERR_CACHING_YES = encodeReply(
  "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.\r\n",
);
const ERR_CACHING_NO = encodeReply("-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.\r\n");

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
    ...["BCAST", "OPTIN", "OPTOUT", "NOLOOP"].map((word) => arg.token(word, { optional: true })),
  ],
  run(ctx, args, out) {
    const options = readOptionsOrReply(ctx, args, out);
    if (options === null) return;
    const { session } = ctx;
    if (args.is(2, OFF)) {
      session.stopTracking();
      return out.ok();
    }
    if (!args.is(2, ON)) return out.error(ERR_SYNTAX);
    const conflict = findConflict(options, session.tracking);
    if (conflict !== null) return out.error(conflict);
    const overlap = options.broadcasts ? findOverlap(options.prefixes, session.tracking) : null;
    if (overlap !== null) return out.errorText(overlap);
    // Without a prefix it is about all keys.
    const prefixes = options.broadcasts && options.prefixes.length === 0 ? [""] : options.prefixes;
    if (session.startTracking({ ...options, prefixes })) out.ok();
    else out.error(ERR_OOM);
  },
});

function readOptionsOrReply(ctx: CommandContext, args: Args, out: ReplyWriter): TrackingOptions | null {
  const prefixes: string[] = [];
  const options = { redirect: 0, broadcasts: false, optsIn: false, optsOut: false, noLoop: false, prefixes };
  for (let i = 3; i < args.count; i++) {
    const hasMore = i + 1 < args.count;
    if (args.is(i, REDIRECT) && hasMore) {
      const error = readRedirect(ctx, args, ++i, options);
      if (error !== null) {
        out.error(error);
        return null;
      }
    } else if (args.is(i, BCAST)) {
      options.broadcasts = true;
    } else if (args.is(i, OPTIN)) {
      options.optsIn = true;
    } else if (args.is(i, OPTOUT)) {
      options.optsOut = true;
    } else if (args.is(i, NOLOOP)) {
      options.noLoop = true;
    } else if (args.is(i, PREFIX) && hasMore) {
      const prefix = args.text(++i, PREFIX_MAX_BYTES);
      if (prefix === null) {
        out.error(ERR_OOM);
        return null;
      }
      prefixes.push(prefix);
    } else {
      out.error(ERR_SYNTAX);
      return null;
    }
  }
  return options;
}

function readRedirect(ctx: CommandContext, args: Args, i: number, options: { redirect: number }): Uint8Array | null {
  if (options.redirect !== 0) return ERR_ONE_REDIRECT;
  options.redirect = args.readInteger(i);
  if (Number.isNaN(options.redirect)) return ERR_NOT_INTEGER;
  return ctx.server.sessions.find(options.redirect) === null ? ERR_NO_REDIRECT : null;
}

/** Options that do not go together, or not with what the client does already. */
function findConflict(options: TrackingOptions, present: TrackingView | null): Uint8Array | null {
  const { broadcasts, optsIn, optsOut } = options;
  if (!broadcasts && options.prefixes.length > 0) return ERR_PREFIX;
  if (present?.isOn && present.broadcasts !== broadcasts) return ERR_SWITCH_BCAST;
  if (broadcasts && (optsIn || optsOut)) return ERR_BCAST;
  if (optsIn && optsOut) return ERR_OPT_BOTH;
  if ((optsIn && present?.optsOut) || (optsOut && present?.optsIn)) return ERR_SWITCH_OPT;
  return null;
}

/** The error for prefixes that would make one key known twice; null when there are none. */
function findOverlap(prefixes: readonly string[], present: TrackingView | null): string | null {
  const firstTwin = findFirstTwin(prefixes);
  for (const [i, prefix] of prefixes.entries()) {
    const known = present?.prefixes.findOverlap(prefix);
    if (known !== undefined) return describeOverlap(prefix, "an existing prefix", known.prefix);
    if (i !== firstTwin) continue;
    const twin = prefixes.find((other, k) => k > i && overlaps(prefix, other));
    if (twin !== undefined) return describeOverlap(prefix, "another provided prefix", twin);
  }
  return null;
}

/** The first of the prefixes that overlaps with one behind it, or -1. In order of their bytes, one walk finds all. */
function findFirstTwin(prefixes: readonly string[]): number {
  const order = prefixes.map((prefix, i) => ({ prefix, i }));
  order.sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0));
  /** Those that the present one begins with, and of each and those below it the one that was given first. */
  const open: { prefix: string; first: number }[] = [];
  let first = prefixes.length;
  for (const { prefix, i } of order) {
    while (open.length > 0 && !prefix.startsWith(open.at(-1)?.prefix ?? "")) open.pop();
    const outer = open.at(-1);
    if (outer !== undefined) first = Math.min(first, outer.first, i);
    open.push({ prefix, first: Math.min(i, outer?.first ?? i) });
  }
  return first === prefixes.length ? -1 : first;
}

function overlaps(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function describeOverlap(prefix: string, what: string, other: string): string {
  return `ERR Prefix '${prefix}' overlaps with ${what} '${other}'. Prefixes for a single client must not overlap.`;
}

export const trackingInfo = defineClient({
  name: "trackinginfo",
  since: "6.2.0",
  summary: "Tells how this client tracks keys.",
  arity: 2,
  run(ctx, _args, out) {
    const { tracking } = ctx.session;
    const flags = tracking?.isOn ? listFlags(tracking) : ["off"];
    out.map(3);
    out.bulkText("flags");
    out.set(flags.length);
    for (const flag of flags) out.bulkText(flag);
    out.bulkText("redirect");
    out.integer(tracking?.isOn ? tracking.redirect : -1);
    out.bulkText("prefixes");
    const prefixes = tracking?.prefixes.all ?? [];
    out.array(prefixes.length);
    for (const { prefix } of prefixes) out.bulkText(prefix);
  },
});

function listFlags(tracking: TrackingView): string[] {
  const { broadcasts, optsIn, optsOut, caching, noLoop, isBroken } = tracking;
  const flags: readonly (readonly [boolean, string])[] = [
    [true, "on"],
    [broadcasts, "bcast"],
    [optsIn, "optin"],
    [optsIn && caching, "caching-yes"],
    [optsOut, "optout"],
    [optsOut && caching, "caching-no"],
    [noLoop, "noloop"],
    [isBroken, "broken_redirect"],
  ];
  return flags.filter(([isSet]) => isSet).map(([, name]) => name);
}

export const caching = defineClient({
  name: "caching",
  since: "6.0.0",
  summary: "Says whether the keys of the next command are tracked.",
  arity: 3,
  args: [arg.oneOf("mode", [arg.token("YES"), arg.token("NO")])],
  run(ctx, args, out) {
    const { tracking } = ctx.session;
    if (!tracking?.isOn) return out.error(ERR_CACHING);
    const isYes = args.is(2, YES);
    if (!isYes && !args.is(2, NO)) return out.error(ERR_SYNTAX);
    if (isYes && !tracking.optsIn) return out.error(ERR_CACHING_YES);
    if (!isYes && !tracking.optsOut) return out.error(ERR_CACHING_NO);
    tracking.caching = true;
    out.ok();
  },
});

export const getRedir = defineClient({
  name: "getredir",
  since: "6.0.0",
  summary: "Answers the connection that messages about changed keys go to.",
  arity: 2,
  run(ctx, _args, out) {
    const { tracking } = ctx.session;
    out.integer(tracking?.isOn ? tracking.redirect : -1);
  },
});
