/** Members as replies, where they lie: nothing is copied but into the output. */
import type { SetMember } from "../../keyspace/set-member.js";
import type { SetValue } from "../../keyspace/set-value.js";
import type { Sets } from "../../keyspace/sets.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";

export function replyMember(out: ReplyWriter, member: SetMember): void {
  if (member.isInteger && member.integer.isSafe) return out.bulkInteger(member.integer.number);
  member.locate();
  out.bulk(member.view, member.start, member.start + member.length);
}

/** All members, without a header. */
export function replyMembers(sets: Sets, set: SetValue, out: ReplyWriter): void {
  const { cursor } = sets;
  cursor.begin(set);
  while (cursor.next()) replyMember(out, cursor.member);
}
