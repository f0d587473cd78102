/** DEBUG LISTPACK: a look into the bytes of a small collection. */
import { NO_ENTRY } from "../../../keyspace/database.js";
import { encodeReply } from "../../../resp/reply-writer.js";
import { type Handle, NONE } from "../../../storage/arena.js";
import { type Listpack, NO_POSITION } from "../../../storage/listpack.js";
import type { CommandContext } from "../../context.js";
import { ERR_NO_SUCH_KEY } from "../../errors.js";
import type { DebugSubcommand } from "./subcommand.js";

const ERR_NO_LISTPACK = encodeReply("-ERR Not a listpack encoded object.\r\n");
/** What one call may write to the log. */
const SHOWN_ENTRIES_MAX = 1024;
const SHOWN_BYTES_MAX = 64;

export const LISTPACK: DebugSubcommand = {
  name: "LISTPACK",
  min: 1,
  max: 1,
  usage: "<key>",
  help: ["    Show low level info about the listpack encoding of <key>."],
  run(ctx, args, out) {
    const record = ctx.db.peek(args, 2);
    if (record === NO_ENTRY) return out.error(ERR_NO_SUCH_KEY);
    const lp = findListpack(ctx, record);
    if (lp === NONE) return out.error(ERR_NO_LISTPACK);
    ctx.server.log("notice", describeListpack(ctx.keyspace.listpacks, lp));
    out.simple("Listpack structure printed on stdout");
  },
};

/** The listpack that is the record's value, or NONE. */
function findListpack(ctx: CommandContext, record: number): Handle {
  const { records, hashes } = ctx.keyspace;
  const name = ctx.keyspace.typeOperations(records.type(record)).encodingName(record);
  if (name === "listpackex") return hashes.heads.contents(records.valueHandle(record));
  return name === "listpack" ? records.valueHandle(record) : NONE;
}

/** Its size and its entries, as lines; those beyond a limit, and the ends of long ones, are left out. */
export function describeListpack(listpacks: Listpack, lp: Handle): string {
  const count = listpacks.count(lp);
  const lines = [`{total bytes ${listpacks.byteLength(lp)}} {num entries ${count}}`];
  let index = 0;
  for (let pos = listpacks.first(lp); pos !== NO_POSITION && index < SHOWN_ENTRIES_MAX; index++) {
    const past = listpacks.past(lp, pos);
    listpacks.locate(lp, pos);
    const { view, start, length } = listpacks;
    const text = Buffer.from(view.buffer, view.byteOffset + start, Math.min(length, SHOWN_BYTES_MAX)).toString(
      "latin1",
    );
    const kind = listpacks.isInteger ? "integer" : "string";
    lines.push(`{index ${index}, offset ${pos}, entry bytes ${past - pos}, ${kind} ${JSON.stringify(text)}}`);
    pos = listpacks.next(lp, pos);
  }
  return lines.join("\n");
}
