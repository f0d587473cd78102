/** CLIENT PAUSE and UNPAUSE. What a pause holds back is the gate in dispatch's business. */
import { type Args, keyword } from "../../../resp/args.js";
import { INT64_MAX } from "../../../resp/numbers.js";
import { encodeReply } from "../../../resp/reply-writer.js";
import { arg } from "../../define.js";
import { defineClient } from "./define-client.js";

const WRITE = keyword("write");
const ALL = keyword("all");
const ERR_MODE = encodeReply("-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n");
const ERR_TIMEOUT_NUMBER = encodeReply("-ERR timeout is not an integer or out of range\r\n");
const ERR_TIMEOUT_NEGATIVE = encodeReply("-ERR timeout is negative\r\n");
const ERR_TIMEOUT_RANGE = encodeReply("-ERR timeout is out of range\r\n");

function endsBeyondInt64(args: Args, i: number, nowMs: number): boolean {
  return !Number.isSafeInteger(args.readInteger(i)) && args.readInt64(i) > INT64_MAX - BigInt(nowMs);
}

export const pause = defineClient({
  name: "pause",
  since: "3.0.0",
  summary: "Holds back all commands, or those that write, for some milliseconds.",
  arity: -3,
  flags: ["admin"],
  history: [["6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option."]],
  args: [
    arg.integer("timeout"),
    arg.oneOf("mode", [arg.token("WRITE"), arg.token("ALL")], { optional: true, since: "6.2.0" }),
  ],
  run(ctx, args, out) {
    if (args.count > 4) return out.errorText(unknownForm(args));
    const writesOnly = args.count === 4 && args.is(3, WRITE);
    if (args.count === 4 && !writesOnly && !args.is(3, ALL)) return out.error(ERR_MODE);
    const milliseconds = args.readInteger(2);
    if (Number.isNaN(milliseconds)) return out.error(ERR_TIMEOUT_NUMBER);
    if (milliseconds < 0) return out.error(ERR_TIMEOUT_NEGATIVE);
    if (endsBeyondInt64(args, 2, ctx.nowMs)) return out.error(ERR_TIMEOUT_RANGE);
    ctx.server.sessions.pause(writesOnly ? "write" : "all", milliseconds === 0 ? 0 : ctx.nowMs + milliseconds);
    out.ok();
  },
});

export const unpause = defineClient({
  name: "unpause",
  since: "6.2.0",
  complexity: "O(N) Where N is the number of paused clients",
  summary: "Ends CLIENT PAUSE.",
  arity: 2,
  flags: ["admin"],
  run(ctx, _args, out) {
    ctx.server.sessions.unpause();
    out.ok();
  },
});

/** What Redis answers to a subcommand with more words than any of its forms has. */
export function unknownForm(args: Args): string {
  return `ERR unknown subcommand or wrong number of arguments for '${args.cText(1, 128)}'. Try CLIENT HELP.`;
}
