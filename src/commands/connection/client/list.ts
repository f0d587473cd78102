/** CLIENT ID, INFO and LIST: what the server knows of its clients. */
import { keyword } from "../../../resp/args.js";
import { encodeReply } from "../../../resp/reply-writer.js";
import type { ClientType, SessionView } from "../../context.js";
import { arg } from "../../define.js";
import { ERR_SYNTAX } from "../../errors.js";
import { readClientType, unknownType } from "./client-type.js";
import { defineClient } from "./define-client.js";

const ERR_ID = encodeReply("-ERR Invalid client ID\r\n");
const TYPE = keyword("type");
const ID = keyword("id");

export const id = defineClient({
  name: "id",
  since: "5.0.0",
  summary: "Answers the number of the connection, which no other gets.",
  arity: 2,
  run: (ctx, _args, out) => out.integer(ctx.session.id),
});

export const info = defineClient({
  name: "info",
  since: "6.2.0",
  summary: "Describes the connection in one line.",
  arity: 2,
  tips: ["nondeterministic_output"],
  run: (ctx, _args, out) => out.verbatim("txt", `${ctx.server.sessions.describe(ctx.session)}\n`),
});

export const list = defineClient({
  name: "list",
  since: "2.4.0",
  complexity: "O(N) where N is the number of client connections",
  summary: "Describes the connections, one a line.",
  arity: -2,
  flags: ["admin"],
  history: [
    ["2.8.12", "Added unique client `id` field."],
    ["5.0.0", "Added optional `TYPE` filter."],
    ["6.0.0", "Added `user` field."],
    ["6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."],
    ["7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."],
    ["7.0.3", "Added `ssub` field."],
  ],
  tips: ["nondeterministic_output"],
  args: [
    arg.oneOf(
      "client-type",
      ["NORMAL", "MASTER", "REPLICA", "PUBSUB"].map((word) => arg.token(word)),
      {
        token: "TYPE",
        optional: true,
        since: "5.0.0",
      },
    ),
    arg.integer("client-id", { token: "ID", optional: true, multiple: true, since: "6.2.0" }),
  ],
  run(ctx, args, out) {
    const { sessions } = ctx.server;
    // Line by line: what many clients say of themselves may be too long for one string.
    const mark = out.beginArray();
    let bytes = 0;
    const write = (session: SessionView): void => {
      const line = Buffer.from(`${sessions.describe(session)}\n`, "latin1");
      bytes += line.length;
      out.raw(line);
    };
    if (args.count > 3 && args.is(2, ID)) {
      for (let i = 3; i < args.count; i++) if (Number.isNaN(args.readInteger(i))) return out.error(ERR_ID);
      for (let i = 3; i < args.count; i++) {
        const session = sessions.find(args.readInteger(i));
        if (session !== null) write(session);
      }
      return out.endVerbatim(mark, "txt", bytes);
    }
    let type: ClientType | null = null;
    if (args.count === 4 && args.is(2, TYPE)) {
      type = readClientType(args, 3);
      if (type === null) return out.errorText(unknownType(args, 3));
    } else if (args.count > 2) {
      return out.error(ERR_SYNTAX);
    }
    for (const session of sessions.all) {
      if (type === null || session.clientType === type) write(session);
    }
    out.endVerbatim(mark, "txt", bytes);
  },
});
