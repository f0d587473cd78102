/**
 * The arguments of XREAD and XREADGROUP: options, then STREAMS, keys, and an ID for each. One object serves all calls:
 * it is filled anew by each.
 */
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import type { KeyFlag, KeySink, KeySpec } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";
import { readMillisecondsOrReply } from "../timeout-argument.js";

const BLOCK = keyword("BLOCK");
const COUNT = keyword("COUNT");
const STREAMS = keyword("STREAMS");
const GROUP = keyword("GROUP");
const NOACK = keyword("NOACK");

const ERR_GROUP = encodeReply("-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.\r\n");
const ERR_NOACK = encodeReply("-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.\r\n");
const ERR_NO_GROUP = encodeReply("-ERR Missing GROUP option for XREADGROUP\r\n");

/** The deadline where BLOCK was not given. */
export const DOES_NOT_BLOCK = -1;

export class ReadArguments {
  /** At most so many entries of each stream; 0 is no limit. */
  limit = 0;
  /** Until when it may wait, in Unix ms; 0 for ever, or DOES_NOT_BLOCK. */
  deadline = DOES_NOT_BLOCK;
  /** The keys: so many arguments from this one on; their IDs follow. */
  firstKey = 0;
  keyCount = 0;
  /** The arguments with the group's and the consumer's name; 0 without GROUP. */
  group = 0;
  consumer = 0;
  noAck = false;

  /** False when the client has got an error. */
  parse(ctx: CommandContext, args: Args, forGroup: boolean, out: ReplyWriter): boolean {
    this.limit = 0;
    this.deadline = DOES_NOT_BLOCK;
    this.firstKey = 0;
    this.group = 0;
    this.consumer = 0;
    this.noAck = false;
    for (let i = 1; i < args.count && this.firstKey === 0; i++) {
      const more = args.count - i - 1;
      if (more > 0 && args.is(i, BLOCK)) {
        i++;
        this.deadline = readMillisecondsOrReply(ctx, args, i, out);
        if (Number.isNaN(this.deadline)) return false;
      } else if (more > 0 && args.is(i, COUNT)) {
        i++;
        const count = args.readInteger(i);
        if (Number.isNaN(count)) return refuse(out, ERR_NOT_INTEGER);
        this.limit = Math.max(0, count);
      } else if (more > 0 && args.is(i, STREAMS)) {
        if (more % 2 === 1) return refuseUnbalanced(ctx, forGroup, out);
        this.firstKey = i + 1;
        this.keyCount = more / 2;
      } else if (more > 1 && args.is(i, GROUP)) {
        if (!forGroup) return refuse(out, ERR_GROUP);
        this.group = i + 1;
        this.consumer = i + 2;
        i += 2;
      } else if (args.is(i, NOACK)) {
        if (!forGroup) return refuse(out, ERR_NOACK);
        this.noAck = true;
      } else {
        return refuse(out, ERR_SYNTAX);
      }
    }
    if (this.firstKey === 0) return refuse(out, ERR_SYNTAX);
    return !forGroup || this.group !== 0 || refuse(out, ERR_NO_GROUP);
  }
}

export const READ_ARGUMENTS: ReadArguments = new ReadArguments();

/** Where the keys are, as far as a key specification can tell. */
export function keysAfterStreams(startFrom: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { keyword: "STREAMS", startFrom }, find: { lastKey: -1, step: 1, limit: 2 } };
}

/** Finds the keys where STREAMS is also a name: see CommandSpec.findKeys. */
export function findStreamKeys(args: Args, found: KeySink): boolean {
  for (let i = 1; i < args.count; i++) {
    if (args.is(i, STREAMS)) return pushKeys(args, i + 1, found);
    if (args.is(i, BLOCK) || args.is(i, COUNT)) i++;
    else if (args.is(i, GROUP)) i += 2;
    else if (!args.is(i, NOACK)) return false;
  }
  return false;
}

function pushKeys(args: Args, first: number, found: KeySink): boolean {
  const words = args.count - first;
  if (words <= 0 || words % 2 === 1) return false;
  for (let i = first; i < first + words / 2; i++) found.push(i, []);
  return true;
}

function refuse(out: ReplyWriter, error: Uint8Array): boolean {
  out.error(error);
  return false;
}

function refuseUnbalanced(ctx: CommandContext, forGroup: boolean, out: ReplyWriter): boolean {
  out.errorText(
    `ERR Unbalanced '${ctx.command.fullName}' list of streams: for each stream key an ID or '${forGroup ? ">" : "$"}' must be specified.`,
  );
  return false;
}
