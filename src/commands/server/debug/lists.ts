/** DEBUG subcommands about the nodes of lists. */
import { NO_ENTRY } from "../../../keyspace/database.js";
import type { Lists } from "../../../keyspace/lists.js";
import { encodeReply } from "../../../resp/reply-writer.js";
import { type Handle, NONE } from "../../../storage/arena.js";
import { ERR_NO_SUCH_KEY } from "../../errors.js";
import { describeListpack } from "./listpack.js";
import { type DebugSubcommand, readSwitch } from "./subcommand.js";

const ERR_NO_QUICKLIST = encodeReply("-ERR Not a quicklist encoded object.\r\n");
/** What one call may write to the log. */
const SHOWN_NODES_MAX = 1024;

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
};
/** Redis keeps its distance from 4 GiB. */
const THRESHOLD_MAX_BYTES = 2 ** 32 - 2 ** 20;

/** Bytes, with or without a unit; NaN when it is neither. */
function readBytes(text: string): number {
  const [, digits = "", unit = ""] = /^(\d*)([a-z]*)$/i.exec(text) ?? [];
  return Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
}

const packedThreshold: DebugSubcommand = {
  name: "QUICKLIST-PACKED-THRESHOLD",
  min: 1,
  max: 1,
  usage: "<size>",
  help: [
    "    Sets the threshold for elements to be inserted as plain vs packed nodes",
    "    Default value is 1GB, allows values up to 4GB. Setting to 0 restores to default.",
  ],
  run(ctx, args, out) {
    const bytes = readBytes(args.text(2, 64) ?? "");
    if (!(bytes <= THRESHOLD_MAX_BYTES)) {
      return out.errorText("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    }
    ctx.lists.quicklists.packedThreshold = bytes;
    out.ok();
  },
};

const quicklist: DebugSubcommand = {
  name: "QUICKLIST",
  min: 1,
  max: 2,
  usage: "<key> [<0|1>]",
  help: [
    "    Show low level info about the quicklist encoding of <key>.",
    "    The optional argument (0 by default) sets the level of detail",
  ],
  run(ctx, args, out) {
    const record = ctx.db.peek(args, 2);
    if (record === NO_ENTRY) return out.error(ERR_NO_SUCH_KEY);
    const { records } = ctx.keyspace;
    if (ctx.keyspace.typeOperations(records.type(record)).encodingName(record) !== "quicklist") {
      return out.error(ERR_NO_QUICKLIST);
    }
    const isFull = args.count > 3 && readSwitch(args, 3);
    ctx.server.log("notice", describeQuicklist(ctx.lists, records.valueHandle(record), isFull));
    out.simple("Quicklist structure printed on stdout");
  },
};

function describeQuicklist({ quicklists }: Lists, root: Handle, isFull: boolean): string {
  const { nodes, compression, listpacks } = quicklists;
  const lines = [
    `{count: ${nodes.count(root)}, len: ${nodes.nodeCount(root)}, fill: ${nodes.fill(root)}, compress: ${nodes.compressDepth(root)}}`,
  ];
  let index = 0;
  for (let node = nodes.first(root); node !== NONE && index < SHOWN_NODES_MAX; node = nodes.next(node)) {
    const container = nodes.isLarge(node) ? "PLAIN" : "PACKED";
    const encoding = nodes.compressedBytes(node) > 0 ? "LZF" : "RAW";
    const shape = `size: ${compression.rawBytes(node)}, count: ${nodes.entries(node)}`;
    lines.push(`{quicklist node(${index++}) container: ${container}, encoding: ${encoding}, ${shape}}`);
    if (!isFull || nodes.isLarge(node)) continue;
    compression.open(root, node);
    lines.push(describeListpack(listpacks, nodes.data(node)));
    compression.closeAllBut(NONE);
  }
  return lines.join("\n");
}

export const LISTS: readonly DebugSubcommand[] = [packedThreshold, quicklist];
