/** The consumer groups in XINFO STREAM FULL. */
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { Handle } from "../../storage/arena.js";
import type { CommandContext } from "../context.js";

/** An array of all groups of a stream, each with at most `limit` (0: all) of its pending entries. */
export function replyFullGroups(_ctx: CommandContext, _head: Handle, _limit: number, out: ReplyWriter): void {
  out.array(0);
}
