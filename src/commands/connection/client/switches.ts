/** CLIENT REPLY, NO-EVICT and NO-TOUCH: how the server treats this client. */
import { keyword } from "../../../resp/args.js";
import { arg } from "../../define.js";
import { ERR_SYNTAX } from "../../errors.js";
import { defineClient } from "./define-client.js";

const ON = keyword("on");
const OFF = keyword("off");
const SKIP = keyword("skip");

export const reply = defineClient({
  name: "reply",
  since: "3.2.0",
  summary: "Says whether the server answers this client.",
  arity: 3,
  args: [arg.oneOf("action", [arg.token("ON"), arg.token("OFF"), arg.token("SKIP")])],
  run(ctx, args, out) {
    const { session } = ctx;
    if (args.is(2, ON)) {
      session.replyMode = "on";
      out.ok();
    } else if (args.is(2, OFF)) {
      session.replyMode = "off";
    } else if (args.is(2, SKIP)) {
      if (session.replyMode !== "off") session.replyMode = "skip-next";
    } else {
      out.error(ERR_SYNTAX);
    }
  },
});

export const noEvict = defineClient({
  name: "no-evict",
  since: "7.0.0",
  summary: "Keeps this client when clients are closed to save memory.",
  arity: 3,
  flags: ["admin"],
  args: [arg.oneOf("enabled", [arg.token("ON"), arg.token("OFF")])],
  run(ctx, args, out) {
    if (!args.is(2, ON) && !args.is(2, OFF)) return out.error(ERR_SYNTAX);
    ctx.session.noEvict = args.is(2, ON);
    out.ok();
  },
});

export const noTouch = defineClient({
  name: "no-touch",
  since: "7.2.0",
  summary: "Lets this client read without changing when or how often keys were used.",
  arity: 3,
  args: [arg.oneOf("enabled", [arg.token("ON"), arg.token("OFF")])],
  run(ctx, args, out) {
    if (!args.is(2, ON) && !args.is(2, OFF)) return out.error(ERR_SYNTAX);
    ctx.session.noTouch = args.is(2, ON);
    out.ok();
  },
});
