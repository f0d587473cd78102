/** INFO keyspace: the databases that are not empty. */
import type { Server } from "../server.js";
import type { Field } from "./fields.js";

export function* keyspaceSection(server: Server): Generator<Field> {
  for (const db of server.keyspace.databases) {
    if (db.size === 0) continue;
    const averageTtl = Math.round(db.averageTtl);
    const subexpiry = server.keyspace.hashes.index.count(db.fieldIndex);
    yield [`db${db.id}`, `keys=${db.size},expires=${db.expiresSize},avg_ttl=${averageTtl},subexpiry=${subexpiry}`];
  }
}
