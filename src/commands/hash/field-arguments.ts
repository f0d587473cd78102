/** `FIELDS numfields field [field ...]`: how the commands of field expiry name their fields. */
import { type Args, keyword } from "../../resp/args.js";
import { type Encoded, encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { arg } from "../define.js";

const FIELDS = keyword("FIELDS");

const ERR_NO_FIELDS = encodeReply("-ERR Mandatory argument FIELDS is missing or not at the right position\r\n");
const ERR_MISMATCH = encodeReply("-ERR The `numfields` parameter must match the number of arguments\r\n");
export const ERR_FIELD_COUNT = encodeReply("-ERR Number of fields must be a positive integer\r\n");

export const FIELDS_ARG = arg.block("fields", [arg.integer("numfields"), arg.multiple(arg.string("field"))], {
  token: "FIELDS",
});

/** What readFieldsOrReply returns when the client has its error: no field stands there. */
export const NO_FIELDS = 0;

/** Checks that FIELDS stands at argument i with its fields behind it, to the end. Returns where the first field is. */
export function readFieldsOrReply(args: Args, i: number, countError: Encoded, out: ReplyWriter): number {
  if (!args.is(i, FIELDS)) {
    out.error(ERR_NO_FIELDS);
    return NO_FIELDS;
  }
  const count = args.readInteger(i + 1);
  if (!(count >= 1)) {
    out.error(countError);
    return NO_FIELDS;
  }
  if (count !== args.count - i - 2) {
    out.error(ERR_MISMATCH);
    return NO_FIELDS;
  }
  return i + 2;
}

/** The same integer for each field: of a missing key. */
export function replyForEach(args: Args, from: number, value: number, out: ReplyWriter): void {
  out.array(args.count - from);
  for (let i = from; i < args.count; i++) out.integer(value);
}
