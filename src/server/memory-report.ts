/**
 * Where the memory is: the figures of INFO memory, MEMORY STATS and MEMORY DOCTOR. Made anew for each question.
 *
 * `total` is what the server accounts for: arena blocks (data and tables) and client buffers. The JS heap, code and
 * stacks of the runtime are the difference to the resident set.
 */
import type { DatabaseOverhead, MemoryReport } from "../commands/context.js";
import type { Database } from "../keyspace/database.js";
import type { Keyspace } from "../keyspace/keyspace.js";
import { readResidentBytes } from "./resident-memory.js";
import type { Server } from "./server.js";

export function reportMemory(server: Server): MemoryReport {
  const { keyspace, clientMemory, stats } = server;
  const arenas = [keyspace.arena, server.clientArena];
  const total = server.usedMemory;
  stats.peakMemory = Math.max(stats.peakMemory, total);
  const used = keyspace.databases.filter((db) => db.hasHadKeys);
  const databases = used.map((db) => measure(db));
  // An empty server has tables as well: `startup` has them already.
  const tables = measureTables(keyspace) - server.startupTableBytes;
  const keys = keyspace.databases.reduce((sum, db) => sum + db.size, 0);
  const clients = clientMemory.total;
  const startup = server.startupBytes;
  const overhead = Math.min(total, startup + tables + clients);
  const dataset = total - overhead;
  return {
    peak: stats.peakMemory,
    total,
    startup,
    clients,
    databases,
    directoryBytes: used.reduce((sum, db) => sum + measureDirectories(db), 0),
    overhead,
    dataset,
    datasetPercent: total > startup ? (dataset * 100) / (total - startup) : 0,
    peakPercent: stats.peakMemory === 0 ? 0 : (total * 100) / stats.peakMemory,
    keys,
    bytesPerKey: keys === 0 ? 0 : Math.floor(dataset / keys),
    allocated: arenas.reduce((sum, arena) => sum + arena.usedBytes, 0),
    active: arenas.reduce((sum, arena) => sum + arena.pageBytes, 0),
    resident: arenas.reduce((sum, arena) => sum + arena.residentBytes, 0),
    // Before cron's first sample there is none.
    rss: stats.rssBytes || readResidentBytes(),
  };
}

/** Bytes of the tables of all databases. */
export function measureTables(keyspace: Keyspace): number {
  const { dict } = keyspace;
  return keyspace.databases.reduce((sum, db) => sum + dict.tableBytes(db.keys) + dict.tableBytes(db.expires), 0);
}

function measureDirectories({ keyspace: { dict }, keys, expires }: Database): number {
  return dict.directoryBytes(keys) + (dict.count(expires) > 0 ? dict.directoryBytes(expires) : 0);
}

function measure(db: Database): DatabaseOverhead {
  const { dict } = db.keyspace;
  return { id: db.id, keyTableBytes: dict.tableBytes(db.keys), expiryTableBytes: dict.tableBytes(db.expires) };
}
