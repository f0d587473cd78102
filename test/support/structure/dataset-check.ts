// Walks the whole dataset of a server in the test's process: every table, record and value, and the arena below them.
// What it proves: no structure is damaged, no block is lost, none has two owners.
import type { Database } from "#src/keyspace/database.js";
import type { Keyspace } from "#src/keyspace/keyspace.js";
import type { Handle } from "#src/storage/arena.js";
import type { ArenaChecks } from "#src/storage/arena-checks.js";
import { BlockCensus, expect, StructureError } from "./block-census.js";
import { checkDict } from "./dict-check.js";
import { VALUE_CHECKS, type Walk } from "./value-checks.js";

/** Throws StructureError. Finishes lazy freeing first: what waits in its queue has no owner. */
export function checkDataset(keyspace: Keyspace, checks: ArenaChecks): void {
  keyspace.lazyFree.run(() => false);
  checks.verify(keyspace.arena);
  const census = new BlockCensus(keyspace.arena, checks);
  const walk: Walk = { keyspace, census, indexed: new Map() };
  for (const db of keyspace.databases) checkDatabase(walk, db);
  const { index } = keyspace.hashes;
  for (const { fieldIndex } of keyspace.databases) {
    const count = walk.indexed.get(fieldIndex) ?? 0;
    expect(index.count(fieldIndex) === count, `index ${fieldIndex}: ${index.count(fieldIndex)} hashes, not ${count}`);
  }
  // The indexes are the only blocks that no key leads to.
  const missing = keyspace.arena.usedBytes - census.bytes - index.byteLength;
  if (missing !== 0) throw new StructureError(`${missing} bytes have no owner: blocks ${describe(census)}`);
}

function checkDatabase(walk: Walk, db: Database): void {
  const { keyspace, census } = walk;
  const { records } = keyspace;
  const expiring = new Set<Handle>(checkDict(census, keyspace.dict, db.expires, `deadlines of db ${db.id}`));
  for (const record of checkDict(census, keyspace.dict, db.keys, `keys of db ${db.id}`)) {
    const owner = `db ${db.id} ${JSON.stringify(records.keyText(record).slice(0, 40))}`;
    census.visit(record, owner);
    expect(expiring.delete(record) === records.hasDeadline(record), `${owner}: deadline ${records.deadline(record)}`);
    const check = VALUE_CHECKS.get(records.type(record));
    if (check === undefined) throw new StructureError(`${owner}: no check for type ${records.type(record)}`);
    check(walk, record, owner);
  }
  expect(expiring.size === 0, `db ${db.id}: ${expiring.size} deadlines without a key`);
}

function describe(census: BlockCensus): string {
  const unmet = census.listUnmet();
  const shown = unmet.slice(0, 20).map((handle) => `${handle} (${census.arena.sizeOf(handle)})`);
  return `${shown.join(", ")}${unmet.length > 20 ? ` and ${unmet.length - 20} more` : ""}`;
}
