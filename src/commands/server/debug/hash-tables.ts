/**
 * DEBUG HTSTATS and HTSTATS-KEY: how full the tables of a database, or of a value, are, in Redis's words. A slot here
 * is a home bucket of the dict.
 */

import { NO_ENTRY } from "../../../keyspace/database.js";
import type { TypeTable } from "../../../keyspace/type-operations.js";
import { keyword } from "../../../resp/args.js";
import { encodeReply } from "../../../resp/reply-writer.js";
import { DictScan } from "../../../storage/dict-scan.js";
import { ERR_NO_SUCH_KEY, ERR_NOT_INTEGER } from "../../errors.js";
import type { DebugSubcommand } from "./subcommand.js";

const ERR_NO_TABLE = encodeReply(
  "-ERR The value stored at the specified key is not represented using an hash table\r\n",
);

const FULL = keyword("full");

/** One table, as dictGetStats of Redis shows it. */
export function describeTable({ dict, root }: TypeTable, full: boolean): string {
  const scan = new DictScan(dict);
  const head = "Hash table 0 stats (main hash table):\n";
  const elements = dict.count(root);
  if (elements === 0) return `${head}No stats available for empty dictionaries\n`;
  const size = dict.slotCount(root);
  const text = `${head} table size: ${size}\n number of elements: ${elements}\n`;
  if (!full) return text;
  const lengths = new Map<number, number>();
  let used = 0;
  let longest = 0;
  let cursor = 0;
  do {
    cursor = scan.scanBucket(root, cursor);
    lengths.set(scan.count, (lengths.get(scan.count) ?? 0) + 1);
    longest = Math.max(longest, scan.count);
    if (scan.count > 0) used++;
  } while (cursor !== 0);
  const buckets = [...lengths.values()].reduce((sum, count) => sum + count, 0);
  const average = (elements / used).toFixed(2);
  const rows = [...lengths].sort(([left], [right]) => left - right);
  return (
    `${text} different slots: ${used}\n max chain length: ${longest}\n` +
    ` avg chain length (counted): ${average}\n avg chain length (computed): ${average}\n Chain length distribution:\n` +
    rows.map(([length, count]) => `   ${length}: ${count} (${((count * 100) / buckets).toFixed(2)}%)\n`).join("")
  );
}

export const HASH_TABLES: readonly DebugSubcommand[] = [
  {
    name: "HTSTATS",
    min: 1,
    max: 2,
    usage: "<dbid> [full]",
    help: ["    Return hash table statistics of the specified Redis database."],
    run(ctx, args, out) {
      const id = args.readInteger(2);
      if (Number.isNaN(id)) return out.error(ERR_NOT_INTEGER);
      const db = ctx.keyspace.databases[id];
      if (db === undefined) return out.errorText("ERR Out of range database");
      const full = args.count > 3 && args.is(3, FULL);
      const { dict } = ctx.keyspace;
      const keys = describeTable({ dict, root: db.keys }, full);
      const expires = describeTable({ dict, root: db.expires }, full);
      out.verbatim("txt", `[Dictionary HT]\n${keys}[Expires HT]\n${expires}`);
    },
  },
  {
    name: "HTSTATS-KEY",
    min: 1,
    max: 2,
    usage: "<key> [full]",
    help: ["    Like HTSTATS but for the hash table stored at <key>'s value."],
    run(ctx, args, out) {
      const record = ctx.db.peek(args, 2);
      if (record === NO_ENTRY) return out.error(ERR_NO_SUCH_KEY);
      const { keyspace } = ctx;
      const table = keyspace.typeOperations(keyspace.records.type(record)).hashTable?.(record) ?? null;
      if (table === null) return out.error(ERR_NO_TABLE);
      out.verbatim("txt", describeTable(table, args.count > 3 && args.is(3, FULL)));
    },
  },
];
