import { NO_ENTRY } from "../../keyspace/database.js";
import type { Deadline } from "../../keyspace/record.js";
import { DEADLINE_KEEP, DEADLINE_NONE } from "../../keyspace/strings.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";
import { replyStringOrNil } from "./reply-string.js";
import { storeExpiring } from "./store-expiring.js";
import { storeString } from "./store-string.js";
import {
  isGetOption,
  OPTION_GET,
  OPTION_KEEPTTL,
  OPTION_NX,
  OPTION_PXAT,
  OPTION_TIMED,
  OPTION_XX,
  readOptionDeadlineOrReply,
  SYNTAX_ERROR,
  scanSetOptions,
} from "./string-options.js";

export const set = defineCommand({
  name: "set",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Sets a key to a string, whatever it held.",
  arity: -3,
  flags: ["write", "denyoom"],
  acl: ["string"],
  keys: [
    {
      ...keyAt(1, "RW", "access", "update", "variable_flags"),
      notes: "RW and ACCESS due to the optional `GET` argument",
    },
  ],
  findKeys(args, found) {
    let reads = false;
    for (let i = 3; i < args.count; i++) reads ||= isGetOption(args, i);
    found.push(1, reads ? ["RW", "access", "update"] : ["OW", "update"]);
    return true;
  },
  args: [
    arg.key("key"),
    arg.string("value"),
    arg.optional(arg.oneOf("condition", [arg.token("NX"), arg.token("XX")], { since: "2.6.12" })),
    arg.optional(arg.token("GET", { since: "6.2.0" })),
    arg.optional(
      arg.oneOf("expiration", [
        arg.integer("seconds", { token: "EX", since: "2.6.12" }),
        arg.integer("milliseconds", { token: "PX", since: "2.6.12" }),
        arg.unixTime("unix-time-seconds", { token: "EXAT", since: "6.2.0" }),
        arg.unixTime("unix-time-milliseconds", { token: "PXAT", since: "6.2.0" }),
        arg.token("KEEPTTL", { since: "6.0.0" }),
      ]),
    ),
  ],
  history: [
    ["2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."],
    ["6.0.0", "Added the `KEEPTTL` option."],
    ["6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."],
    ["7.0.0", "Allowed the `NX` and `GET` options to be used together."],
  ],
  run(ctx, args, out) {
    if (args.count > 3) return setWithOptions(ctx, args, out);
    storeString(ctx, args, 1, 2, DEADLINE_NONE);
    out.ok();
  },
});

function setWithOptions(ctx: CommandContext, args: Args, out: ReplyWriter): void {
  const options = scanSetOptions(args);
  if (options === SYNTAX_ERROR) return out.error(ERR_SYNTAX);
  const isTimed = (options & OPTION_TIMED) !== 0;
  const answersOld = (options & OPTION_GET) !== 0;
  let deadline: Deadline = options & OPTION_KEEPTTL ? DEADLINE_KEEP : DEADLINE_NONE;
  if (isTimed) {
    deadline = readOptionDeadlineOrReply(ctx, args, options, out);
    if (Number.isNaN(deadline)) return;
  }
  if (answersOld && !replyStringOrNil(ctx, args, out)) return;
  if (options & (OPTION_NX | OPTION_XX)) {
    const exists = ctx.db.findForWrite(args, 1) !== NO_ENTRY;
    if (exists === ((options & OPTION_NX) !== 0)) {
      if (!answersOld) out.nil();
      return;
    }
  }
  if (isTimed) {
    storeExpiring(ctx, args, 1, 2, deadline, (options & OPTION_PXAT) !== 0);
  } else {
    storeString(ctx, args, 1, 2, deadline);
    if (answersOld && ctx.effects.propagates) ctx.effects.propagateAs(ctx.db, listWithoutGet(args));
  }
  if (!answersOld) out.ok();
}

function listWithoutGet(args: Args): Uint8Array[] {
  const words: Uint8Array[] = [];
  for (let i = 0; i < args.count; i++) if (i < 3 || !isGetOption(args, i)) words.push(args.copy(i));
  return words;
}
