import { NO_ENTRY } from "../../keyspace/database.js";
import { keyword } from "../../resp/args.js";
import { encodeReply } from "../../resp/reply-writer.js";
import { REGISTER_COUNT } from "../../storage/hll-registers.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_CORRUPTED, openOrReply } from "./open-value.js";

const ERR_NO_KEY = encodeReply("-ERR The specified key does not exist\r\n");
const ERR_NOT_SPARSE = encodeReply("-ERR HLL encoding is not sparse\r\n");

const GETREG = keyword("GETREG");
const DECODE = keyword("DECODE");
const ENCODING = keyword("ENCODING");
const TODENSE = keyword("TODENSE");

export const pfdebug = defineCommand({
  name: "pfdebug",
  group: "hyperloglog",
  since: "2.8.9",
  complexity: "N/A",
  summary: "Shows the registers, the opcodes or the encoding of a HyperLogLog, or makes it dense.",
  docFlags: ["syscmd"],
  arity: 3,
  flags: ["write", "denyoom", "admin"],
  acl: ["hyperloglog"],
  keys: [keyAt(2, "RW", "access")],
  args: [arg.string("subcommand"), arg.key("key")],
  run(ctx, args, out) {
    const { db, hyperLogLogs, effects } = ctx;
    const record = db.findForWrite(args, 2);
    if (record === NO_ENTRY) return out.error(ERR_NO_KEY);
    if (!openOrReply(ctx, record, out)) return;
    hyperLogLogs.openWritable(db, record);
    const wasDense = hyperLogLogs.isDense;
    if (args.is(1, ENCODING)) return out.simple(wasDense ? "dense" : "sparse");
    if (args.is(1, DECODE)) {
      if (wasDense) return out.error(ERR_NOT_SPARSE);
      return out.bulkText(hyperLogLogs.describe());
    }
    const showsRegisters = args.is(1, GETREG);
    if (!showsRegisters && !args.is(1, TODENSE)) {
      return out.errorText(`ERR Unknown PFDEBUG subcommand '${args.cText(1)}'`);
    }
    if (!hyperLogLogs.makeDense(db)) return out.error(ERR_CORRUPTED);
    // Replicas and the AOF follow, but watchers and listeners learn nothing: what the value says is the same.
    if (!wasDense) effects.dirty++;
    if (!showsRegisters) return out.integer(wasDense ? 0 : 1);
    out.array(REGISTER_COUNT);
    for (let i = 0; i < REGISTER_COUNT; i++) out.integer(hyperLogLogs.readRegister(i));
  },
});
