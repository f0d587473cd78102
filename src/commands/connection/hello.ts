import { keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand } from "../define.js";
import { authenticateOrReply } from "./authenticate.js";
import { ATTRIBUTE_MAX_BYTES, ERR_CLIENT_NAME, ERR_LONG_ATTRIBUTE, isClientAttribute } from "./client-attribute.js";

const AUTH = keyword("auth");
const SETNAME = keyword("setname");
const ERR_VERSION = encodeReply("-ERR Protocol version is not an integer or out of range\r\n");
const ERR_NO_PROTOCOL = encodeReply("-NOPROTO unsupported protocol version\r\n");
const ERR_HELLO_UNAUTHENTICATED = encodeReply(
  "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> " +
    "option can be used to authenticate the client and select the RESP protocol version at the same time\r\n",
);

function replyHello(ctx: CommandContext, out: ReplyWriter): void {
  out.map(7);
  out.bulkText("server");
  out.bulkText("redis");
  out.bulkText("version");
  out.bulkText(ctx.server.version);
  out.bulkText("proto");
  out.integer(out.resp);
  out.bulkText("id");
  out.integer(ctx.session.id);
  out.bulkText("mode");
  out.bulkText("standalone");
  out.bulkText("role");
  out.bulkText("master");
  out.bulkText("modules");
  out.array(0);
}

export const hello = defineCommand({
  name: "hello",
  group: "connection",
  since: "6.0.0",
  complexity: "O(1)",
  summary: "Chooses the protocol, authenticates and names the connection; tells about the server.",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  acl: ["connection"],
  history: [
    [
      "6.2.0",
      "`protover` made optional; when called without arguments the command reports the current connection's context.",
    ],
  ],
  args: [
    arg.optional(
      arg.block("arguments", [
        arg.integer("protover"),
        arg.block("auth", [arg.string("username"), arg.string("password")], { token: "AUTH", optional: true }),
        arg.string("clientname", { token: "SETNAME", optional: true }),
      ]),
    ),
  ],
  run(ctx, args, out) {
    const { session } = ctx;
    let version = out.resp;
    if (args.count > 1) {
      version = args.readInteger(1);
      if (Number.isNaN(version)) return out.error(ERR_VERSION);
      if (version !== 2 && version !== 3) return out.error(ERR_NO_PROTOCOL);
    }
    let credentialsAt = 0;
    let name: string | null = null;
    for (let i = 2; i < args.count; i++) {
      if (args.is(i, AUTH) && i + 2 < args.count) {
        credentialsAt = i + 1;
        i += 2;
      } else if (args.is(i, SETNAME) && i + 1 < args.count) {
        name = args.text(++i, ATTRIBUTE_MAX_BYTES);
        if (name === null) return out.error(ERR_LONG_ATTRIBUTE);
        if (!isClientAttribute(name)) return out.errorText(ERR_CLIENT_NAME);
      } else {
        return out.errorText(`ERR Syntax error in HELLO option '${args.cText(i)}'`);
      }
    }
    if (credentialsAt > 0) {
      if (!authenticateOrReply(ctx, args, credentialsAt, out)) return;
    }
    if (!session.authenticated) return out.error(ERR_HELLO_UNAUTHENTICATED);
    if (name !== null) session.name = name;
    out.resp = version;
    replyHello(ctx, out);
  },
});
