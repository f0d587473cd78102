/** The arguments that ZMPOP and BZMPOP share: `numkeys key [key ...] MIN|MAX [COUNT count]`. */
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { ERR_SYNTAX } from "../errors.js";

const MIN = keyword("MIN");
const MAX = keyword("MAX");
const COUNT = keyword("COUNT");

const ERR_KEYS = encodeReply("-ERR numkeys should be greater than 0\r\n");
const ERR_COUNT = encodeReply("-ERR count should be greater than 0\r\n");

export class MultiPop {
  firstKey = 0;
  keys = 0;
  takesLast = false;
  count = 1;

  /** Reads from argument `at` on; false when something is wrong, and then the client has its error. */
  readOrReply(args: Args, at: number, out: ReplyWriter): boolean {
    this.keys = args.readInteger(at);
    this.firstKey = at + 1;
    this.count = 1;
    if (!(this.keys >= 1)) return fail(out, ERR_KEYS);
    const where = this.firstKey + this.keys;
    if (where >= args.count) return fail(out, ERR_SYNTAX);
    this.takesLast = args.is(where, MAX);
    if (!this.takesLast && !args.is(where, MIN)) return fail(out, ERR_SYNTAX);
    if (args.count === where + 1) return true;
    if (args.count < where + 3 || !args.is(where + 1, COUNT)) return fail(out, ERR_SYNTAX);
    this.count = args.readInteger(where + 2);
    if (!(this.count >= 1)) return fail(out, ERR_COUNT);
    return args.count === where + 3 || fail(out, ERR_SYNTAX);
  }
}

function fail(out: ReplyWriter, error: Uint8Array): false {
  out.error(error);
  return false;
}
