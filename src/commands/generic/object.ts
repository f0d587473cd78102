/** OBJECT and its subcommands: what a key's value is inside. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { ENCODING_INT, type Record, TYPE_STRING } from "../../keyspace/record.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { defineHelp } from "../help.js";

const ERR_LFU = encodeReply(
  "-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.\r\n",
);
const ERR_NOT_LFU = encodeReply(
  "-ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.\r\n",
);

/** Redis keeps one object for each of these integers, whose count of references says so. */
const SHARED_INTEGERS = 10000;
const SHARED_REFERENCES = 2 ** 31 - 1;

const HELP = [
  "ENCODING <key>",
  "    Return the kind of internal representation used in order to store the value",
  "    associated with a <key>.",
  "FREQ <key>",
  "    Return the access frequency index of the <key>. The returned integer is",
  "    proportional to the logarithm of the recent access frequency of the key.",
  "IDLETIME <key>",
  "    Return the idle time of the <key>, that is the approximated number of",
  "    seconds elapsed since the last access to the key.",
  "REFCOUNT <key>",
  "    Return the number of references of the value associated with the specified",
  "    <key>.",
];

function defineObject(
  name: string,
  since: string,
  summary: string,
  reply: (ctx: CommandContext, record: Record, out: ReplyWriter) => void,
): CommandSpec {
  return defineCommand({
    name,
    group: "generic",
    since,
    complexity: "O(1)",
    summary,
    arity: 3,
    flags: ["readonly"],
    acl: ["keyspace"],
    tips: ["nondeterministic_output"],
    keys: [keyAt(2, "RO")],
    args: [arg.key("key")],
    run(ctx, args, out) {
      const record = ctx.db.findNoTouch(args, 2, false);
      if (record === NO_ENTRY) return out.nil();
      reply(ctx, record, out);
    },
  });
}

const encoding = defineObject("encoding", "2.2.3", "Names the encoding of a value.", (ctx, record, out) => {
  const { keyspace } = ctx;
  out.bulkText(keyspace.typeOperations(keyspace.records.type(record)).encodingName(record));
});

const freq = defineObject("freq", "4.0.0", "How often a key was accessed, logarithmically.", (ctx, record, out) => {
  const { access, records } = ctx.keyspace;
  if (!access.lfu) return out.error(ERR_NOT_LFU);
  out.integer(access.frequency(records.access(record)));
});

const idletime = defineObject("idletime", "2.2.3", "Seconds since a key was last accessed.", (ctx, record, out) => {
  const { access, records } = ctx.keyspace;
  if (access.lfu) return out.error(ERR_LFU);
  out.integer(access.idleSeconds(records.access(record)));
});

const refcount = defineObject("refcount", "2.2.3", "How many references a value has.", (ctx, record, out) =>
  out.integer(isSharedInteger(ctx, record) ? SHARED_REFERENCES : 1),
);

function isSharedInteger(ctx: CommandContext, record: Record): boolean {
  const { records, strings } = ctx.keyspace;
  if (records.type(record) !== TYPE_STRING || records.encoding(record) !== ENCODING_INT) return false;
  const value = strings.integer(record);
  if (value < 0 || value >= SHARED_INTEGERS) return false;
  // A shared object has no access clock of its own, so with a policy that needs one nothing is shared.
  const { config } = ctx.server;
  return config.text("maxmemory") === "0" || !/-l[rf]u$/.test(config.text("maxmemory-policy"));
}

export const object = defineCommand({
  name: "object",
  group: "generic",
  since: "2.2.3",
  complexity: "Depends on subcommand.",
  summary: "Container of the commands that look inside of a value.",
  arity: -2,
  subcommands: [
    encoding,
    freq,
    defineHelp("object", HELP, { group: "generic", since: "6.2.0", acl: ["keyspace"] }),
    idletime,
    refcount,
  ],
});
