/** CLIENT SETNAME, GETNAME and SETINFO: what a client says of itself. */
import { keyword } from "../../../resp/args.js";
import { arg } from "../../define.js";
import { ATTRIBUTE_MAX_BYTES, ERR_CLIENT_NAME, ERR_LONG_ATTRIBUTE, isClientAttribute } from "../client-attribute.js";
import { defineClient } from "./define-client.js";

const LIB_NAME = keyword("lib-name");
const LIB_VER = keyword("lib-ver");
const ON_ALL_NODES = ["request_policy:all_nodes", "response_policy:all_succeeded"];

export const setName = defineClient({
  name: "setname",
  since: "2.6.9",
  summary: "Names the connection; an empty name takes it away.",
  arity: 3,
  tips: ON_ALL_NODES,
  args: [arg.string("connection-name")],
  run(ctx, args, out) {
    const name = args.text(2, ATTRIBUTE_MAX_BYTES);
    if (name === null) return out.error(ERR_LONG_ATTRIBUTE);
    if (!isClientAttribute(name)) return out.errorText(ERR_CLIENT_NAME);
    ctx.session.name = name;
    out.ok();
  },
});

export const getName = defineClient({
  name: "getname",
  since: "2.6.9",
  summary: "Answers the name of the connection.",
  arity: 2,
  run(ctx, _args, out) {
    const { name } = ctx.session;
    if (name === "") out.nil();
    else out.bulkText(name);
  },
});

export const setInfo = defineClient({
  name: "setinfo",
  since: "7.2.0",
  summary: "Tells the name or the version of the client's library.",
  arity: 4,
  tips: ON_ALL_NODES,
  args: [arg.oneOf("attr", [arg.string("libname", { token: "LIB-NAME" }), arg.string("libver", { token: "LIB-VER" })])],
  run(ctx, args, out) {
    const isName = args.is(2, LIB_NAME);
    if (!isName && !args.is(2, LIB_VER)) return out.errorText(`ERR Unrecognized option '${args.cText(2)}'`);
    const value = args.text(3, ATTRIBUTE_MAX_BYTES);
    if (value === null) return out.error(ERR_LONG_ATTRIBUTE);
    if (!isClientAttribute(value)) {
      return out.errorText(`ERR ${args.cText(2)} cannot contain spaces, newlines or special characters.`);
    }
    if (isName) ctx.session.libName = value;
    else ctx.session.libVersion = value;
    out.ok();
  },
});
