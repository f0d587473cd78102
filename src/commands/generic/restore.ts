import { NO_ENTRY } from "../../keyspace/database.js";
import { isDumpPayload, loadDump } from "../../keyspace/dump.js";
import type { Deadline, Record } from "../../keyspace/record.js";
import type { LoadedValue } from "../../keyspace/type-operations.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { hasPassed } from "../deadline.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";
import { ERR_BUSY_KEY, ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";

const REPLACE = keyword("REPLACE");
const ABSTTL = keyword("ABSTTL");
const IDLETIME = keyword("IDLETIME");
const FREQ = keyword("FREQ");

const ERR_IDLETIME = encodeReply("-ERR Invalid IDLETIME value, must be >= 0\r\n");
const ERR_FREQ = encodeReply("-ERR Invalid FREQ value, must be >= 0 and <= 255\r\n");
const ERR_TTL = encodeReply("-ERR Invalid TTL value, must be >= 0\r\n");
const ERR_PAYLOAD = encodeReply("-ERR DUMP payload version or checksum are wrong\r\n");
const ERR_FORMAT = encodeReply("-ERR Bad data format\r\n");

const FREQ_MAX = 255;
const NO_DEADLINE = -1;
const NOT_GIVEN = -1;

interface Options {
  readonly replaces: boolean;
  readonly absolute: boolean;
  readonly idleSeconds: number;
  readonly frequency: number;
}

export const restore = defineCommand({
  name: "restore",
  group: "generic",
  since: "2.6.0",
  complexity: "O(1) to add the key, O(N) for a value of N bytes; sorted sets of M members O(M*log(M))",
  summary: "Creates a key from what DUMP gave.",
  arity: -4,
  flags: ["write", "denyoom"],
  acl: ["keyspace", "dangerous"],
  history: [
    ["3.0.0", "Added the `REPLACE` modifier."],
    ["5.0.0", "Added the `ABSTTL` modifier."],
    ["5.0.0", "Added the `IDLETIME` and `FREQ` options."],
  ],
  keys: [keyAt(1, "OW", "update")],
  args: [
    arg.key("key"),
    arg.integer("ttl"),
    arg.string("serialized-value"),
    arg.optional(arg.token("REPLACE", { since: "3.0.0" })),
    arg.optional(arg.token("ABSTTL", { since: "5.0.0" })),
    arg.optional(arg.integer("seconds", { token: "IDLETIME", since: "5.0.0" })),
    arg.optional(arg.integer("frequency", { token: "FREQ", since: "5.0.0" })),
  ],
  run(ctx, args, out) {
    const { db, keyspace } = ctx;
    const options = readOptionsOrReply(args, out);
    if (options === null) return;
    if (!options.replaces && db.findForWrite(args, 1) !== NO_ENTRY) return out.error(ERR_BUSY_KEY);
    const ttl = args.readInteger(2);
    if (Number.isNaN(ttl)) return out.error(ERR_NOT_INTEGER);
    if (ttl < 0) return out.error(ERR_TTL);
    const start = args.start(3);
    const end = args.end(3);
    if (!isDumpPayload(args.bytes, args.view, start, end, ctx.server.debug.skipChecksum)) {
      return out.error(ERR_PAYLOAD);
    }
    const value = loadDump(keyspace, args.bytes, args.view, start, end);
    if (value === null) return out.error(ERR_FORMAT);
    const deadline = ttl === 0 ? NO_DEADLINE : computeDeadline(args, ttl, options.absolute ? 0 : ctx.nowMs);
    const old = db.findRaw(args.view, args.start(1), args.byteLength(1));
    if (old !== NO_ENTRY) db.removeReplaced(old);
    if (ttl !== 0 && hasPassed(ctx, deadline)) dropPassed(ctx, args, value, old !== NO_ENTRY);
    else addKey(ctx, args, value, deadline, options);
    out.ok();
  },
});

/** What MIGRATE sends to another node of a cluster: the same, for a slot that is not there yet. */
export const restoreAsking = defineCommand({
  ...restore,
  name: "restore-asking",
  group: "server",
  since: "3.0.0",
  flags: ["write", "denyoom", "asking"],
  docFlags: ["syscmd"],
});

/** The value came too late: what it was to replace is gone all the same. */
function dropPassed(ctx: CommandContext, args: Args, value: LoadedValue, deleted: boolean): void {
  value.discard();
  if (!deleted) return;
  const { db, effects, keyspace } = ctx;
  if (effects.propagates) effects.propagateAs(db, [keyspace.lazy.serverDel ? "UNLINK" : "DEL", args.copy(1)]);
  effects.keyChanged(db, args, 1, EVENT_GENERIC, "del");
}

function addKey(ctx: CommandContext, args: Args, value: LoadedValue, deadline: Deadline, options: Options): void {
  const { db, effects } = ctx;
  const record = value.attach(db, args.view, args.start(1), args.byteLength(1), deadline);
  setAccess(ctx, record, options);
  if (effects.propagates && deadline !== NO_DEADLINE && !options.absolute) {
    const words: (string | Uint8Array)[] = Array.from({ length: args.count }, (_, i) => args.copy(i));
    words[2] = String(deadline);
    effects.propagateAs(db, [...words, "ABSTTL"]);
  }
  effects.keyChanged(db, args, 1, EVENT_GENERIC, "restore");
}

/** Each policy takes its own of the two, and leaves the other. */
function setAccess(ctx: CommandContext, record: Record, { frequency, idleSeconds }: Options): void {
  const { access, records } = ctx.keyspace;
  if (access.lfu) {
    if (frequency !== NOT_GIVEN) records.setAccess(record, access.fromFrequency(frequency));
  } else if (idleSeconds !== NOT_GIVEN) {
    records.setAccess(record, access.fromIdleSeconds(idleSeconds));
  }
}

/** In int64 arithmetic: a sum past its end lies in the past (0 stands for that), as in Redis. */
function computeDeadline(args: Args, ttl: number, base: number): Deadline {
  const deadline = ttl + base;
  if (Number.isSafeInteger(deadline)) return deadline;
  const exact = BigInt.asIntN(64, args.readInt64(2) + BigInt(base));
  return exact < 0n ? 0 : exact;
}

function readOptionsOrReply(args: Args, out: ReplyWriter): Options | null {
  let replaces = false;
  let absolute = false;
  let idleSeconds = NOT_GIVEN;
  let frequency = NOT_GIVEN;
  for (let i = 4; i < args.count; i++) {
    const hasValue = i + 1 < args.count;
    let error = null;
    if (args.is(i, REPLACE)) {
      replaces = true;
    } else if (args.is(i, ABSTTL)) {
      absolute = true;
    } else if (args.is(i, IDLETIME) && hasValue && frequency === NOT_GIVEN) {
      idleSeconds = args.readInteger(++i);
      if (Number.isNaN(idleSeconds)) error = ERR_NOT_INTEGER;
      else if (idleSeconds < 0) error = ERR_IDLETIME;
    } else if (args.is(i, FREQ) && hasValue && idleSeconds === NOT_GIVEN) {
      frequency = args.readInteger(++i);
      if (Number.isNaN(frequency)) error = ERR_NOT_INTEGER;
      else if (frequency < 0 || frequency > FREQ_MAX) error = ERR_FREQ;
    } else {
      error = ERR_SYNTAX;
    }
    if (error !== null) {
      out.error(error);
      return null;
    }
  }
  return { replaces, absolute, idleSeconds, frequency };
}
