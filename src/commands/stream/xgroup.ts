/** XGROUP: makes and changes the consumer groups of a stream, and their consumers. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { type Count, UNKNOWN } from "../../keyspace/group-blocks.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, type KeyFlag, keyAt } from "../define.js";
import { EVENT_STREAM } from "../effects.js";
import { ERR_NOT_INTEGER, ERR_WRONG_TYPE } from "../errors.js";
import { defineHelp, replySubcommandError } from "../help.js";
import { createConsumer, findConsumer, findGroup, findGroupOrReply } from "./group-arguments.js";
import { readBoundOrReply, readIdOrReply } from "./id-arguments.js";

const MKSTREAM = keyword("MKSTREAM");
const ENTRIESREAD = keyword("ENTRIESREAD");
const DOLLAR = keyword("$");

const ERR_NO_KEY = encodeReply(
  "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option " +
    "to create an empty stream automatically.\r\n",
);
const ERR_BUSY_GROUP = encodeReply("-BUSYGROUP Consumer Group name already exists\r\n");
const ERR_ENTRIES_READ = encodeReply("-ERR value for ENTRIESREAD must be positive or -1\r\n");

const HELP = [
  "CREATE <key> <groupname> <id|$> [option]",
  "    Create a new consumer group. Options are:",
  "    * MKSTREAM",
  "      Create the empty stream if it does not exist.",
  "    * ENTRIESREAD entries_read",
  "      Set the group's entries_read counter (internal use).",
  "CREATECONSUMER <key> <groupname> <consumer>",
  "    Create a new consumer in the specified group.",
  "DELCONSUMER <key> <groupname> <consumer>",
  "    Remove the specified consumer.",
  "DESTROY <key> <groupname>",
  "    Remove the specified group.",
  "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
  "    Set the current group ID and entries_read counter.",
];

/** CREATE with all of its options. */
const CREATE_MAX_WORDS = 8;

const id = new Id();
/** The options of the call under way. */
let makesStream = false;
let entriesRead: Count = UNKNOWN;

type Subcommand = Pick<CommandSpec, "name" | "arity" | "summary" | "run"> & Partial<CommandSpec>;

function define(spec: Subcommand, ...flags: KeyFlag[]): CommandSpec {
  const defaults = { group: "stream", since: "5.0.0", complexity: "O(1)", acl: ["stream"] } as const;
  return defineCommand({ ...defaults, keys: [keyAt(2, "RW", ...flags)], ...spec });
}

const KEY_AND_GROUP = [arg.key("key"), arg.string("group")];
const ID_SELECTOR = arg.oneOf("id-selector", [arg.string("id"), { ...arg.token("$"), name: "new-id" }]);
const ENTRIES_READ = arg.optional(arg.integer("entriesread", { display: "entries-read", token: "ENTRIESREAD" }));

const create = define(
  {
    name: "create",
    summary: "Makes a consumer group that begins behind an ID.",
    arity: -5,
    flags: ["write", "denyoom"],
    history: [["7.0.0", "Added the `entries_read` named argument."]],
    args: [...KEY_AND_GROUP, ID_SELECTOR, arg.optional(arg.token("MKSTREAM")), ENTRIES_READ],
    run(ctx, args, out) {
      if (!readOptionsOrReply(args, true, out)) return;
      const { db, effects, streams } = ctx;
      let record = db.findForWrite(args, 2);
      if (record !== NO_ENTRY && !streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
      if (record === NO_ENTRY && !makesStream) return out.error(ERR_NO_KEY);
      if (args.count > CREATE_MAX_WORDS) return replySubcommandError(args, out);
      if (!args.is(4, DOLLAR)) {
        if (!readIdOrReply(args, 4, id, out)) return;
      } else if (record === NO_ENTRY) {
        id.setMin();
      } else {
        streams.heads.readLastId(streams.head(record), id);
      }
      const isNew = record === NO_ENTRY;
      if (isNew) record = streams.create(db, args.view, args.start(2), args.byteLength(2));
      const head = streams.head(record);
      if (streams.groups.create(head, args.view, args.start(3), args.byteLength(3), id, entriesRead) === NONE) {
        return out.error(ERR_BUSY_GROUP);
      }
      if (isNew) effects.keyChanged(db, args, 2, EVENT_STREAM, "xgroup-create");
      else noteChange(ctx, args, "xgroup-create");
      out.ok();
    },
  },
  "insert",
);

const setid = define(
  {
    name: "setid",
    summary: "Lets a consumer group go on behind another ID.",
    arity: -5,
    flags: ["write"],
    history: [["7.0.0", "Added the optional `entries_read` argument."]],
    args: [...KEY_AND_GROUP, ID_SELECTOR, ENTRIES_READ],
    run(ctx, args, out) {
      if (!readOptionsOrReply(args, false, out)) return;
      const { streams } = ctx;
      const record = findStreamOrReply(ctx, args, out);
      if (record === NO_ENTRY) return;
      const group = findGroupOrReply(ctx, args, record, out);
      if (group === NONE) return;
      if (args.count > 7) return replySubcommandError(args, out);
      if (args.is(4, DOLLAR)) streams.heads.readLastId(streams.head(record), id);
      else if (!readBoundOrReply(args, 4, id, false, out)) return;
      streams.groups.blocks.writeLastId(group, id);
      streams.groups.blocks.setEntriesRead(group, entriesRead);
      noteChange(ctx, args, "xgroup-setid");
      out.ok();
    },
  },
  "update",
);

const destroy = define(
  {
    name: "destroy",
    complexity: "O(N) with N pending entries in the group",
    summary: "Removes a consumer group with all that is pending in it.",
    arity: 4,
    flags: ["write"],
    args: KEY_AND_GROUP,
    run(ctx, args, out) {
      const { streams } = ctx;
      const record = findStreamOrReply(ctx, args, out);
      if (record === NO_ENTRY) return;
      const group = findGroup(ctx, record, args, 3);
      if (group === NONE) return out.integer(0);
      streams.groups.destroy(streams.head(record), group);
      noteChange(ctx, args, "xgroup-destroy");
      // Who waits for entries of the group waits in vain.
      ctx.effects.keyReady(ctx.db, args, 2);
      out.integer(1);
    },
  },
  "delete",
);

const createconsumer = define(
  {
    name: "createconsumer",
    since: "6.2.0",
    summary: "Makes a consumer in a consumer group.",
    arity: 5,
    flags: ["write", "denyoom"],
    args: [...KEY_AND_GROUP, arg.string("consumer")],
    run(ctx, args, out) {
      const group = findSubjectOrReply(ctx, args, out);
      if (group !== NONE) out.integer(createConsumer(ctx, group, args, 2, 4) === NONE ? 0 : 1);
    },
  },
  "insert",
);

const delconsumer = define(
  {
    name: "delconsumer",
    summary: "Removes a consumer with all that it has pending.",
    arity: 5,
    flags: ["write"],
    args: [...KEY_AND_GROUP, arg.string("consumer")],
    run(ctx, args, out) {
      const group = findSubjectOrReply(ctx, args, out);
      if (group === NONE) return;
      const consumer = findConsumer(ctx, group, args, 4);
      if (consumer === NONE) return out.integer(0);
      const pending = ctx.streams.groups.removeConsumer(group, consumer);
      noteChange(ctx, args, "xgroup-delconsumer");
      out.integer(pending);
    },
  },
  "delete",
);

export const xgroup = defineCommand({
  name: "xgroup",
  group: "stream",
  since: "5.0.0",
  complexity: "Depends on subcommand.",
  summary: "The consumer groups of a stream.",
  arity: -2,
  subcommands: [
    create,
    setid,
    destroy,
    createconsumer,
    delconsumer,
    defineHelp("xgroup", HELP, { group: "stream", since: "5.0.0", acl: ["stream"] }),
  ],
});

/** A change of the stream's groups: to those who watch the key, none. */
function noteChange({ db, effects }: CommandContext, args: Args, event: string): void {
  effects.dirty++;
  effects.notify(db, args.view, args.start(2), args.byteLength(2), EVENT_STREAM, event);
}

/** Reads the options from argument 5 on. */
function readOptionsOrReply(args: Args, forCreate: boolean, out: ReplyWriter): boolean {
  makesStream = false;
  entriesRead = UNKNOWN;
  for (let i = 5; i < args.count; i++) {
    if (forCreate && args.is(i, MKSTREAM)) {
      makesStream = true;
    } else if (args.is(i, ENTRIESREAD) && i + 1 < args.count) {
      entriesRead = args.readInteger(++i);
      if (Number.isNaN(entriesRead)) {
        out.error(ERR_NOT_INTEGER);
        return false;
      }
      if (!Number.isSafeInteger(entriesRead)) entriesRead = args.readInt64(i);
      if (entriesRead < 0 && entriesRead !== UNKNOWN) {
        out.error(ERR_ENTRIES_READ);
        return false;
      }
    } else {
      replySubcommandError(args, out);
      return false;
    }
  }
  return true;
}

/** The stream of argument 2, which must be there; NO_ENTRY when the client has got an error. */
function findStreamOrReply({ db, streams }: CommandContext, args: Args, out: ReplyWriter): Handle {
  const record = db.findForWrite(args, 2);
  if (record === NO_ENTRY) {
    out.error(ERR_NO_KEY);
    return NO_ENTRY;
  }
  if (streams.isStream(record)) return record;
  out.error(ERR_WRONG_TYPE);
  return NO_ENTRY;
}

/** The group of arguments 2 and 3; NONE when the client has got an error. */
function findSubjectOrReply(ctx: CommandContext, args: Args, out: ReplyWriter): Handle {
  const record = findStreamOrReply(ctx, args, out);
  return record === NO_ENTRY ? NONE : findGroupOrReply(ctx, args, record, out);
}
