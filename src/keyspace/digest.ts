/**
 * The digest of a dataset, for DEBUG DIGEST and DEBUG DIGEST-VALUE: equal data give equal digests, in whatever order
 * it was written and on whatever server, Redis's included. Unordered parts are xored together, ordered ones mixed.
 */
import { createHash } from "node:crypto";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import type { Record } from "./record.js";

const DIGEST_BYTES = 20;
const EXPIRES = Buffer.from("!!expire!!");

export class Digest {
  readonly bytes = Buffer.alloc(DIGEST_BYTES);

  /** Adds something whose place does not matter. */
  xor(data: Uint8Array): void {
    const hash = createHash("sha1").update(data).digest();
    for (let i = 0; i < DIGEST_BYTES; i++) this.bytes[i] = (this.bytes[i] ?? 0) ^ (hash[i] ?? 0);
  }

  /** Adds something that comes behind all before. */
  mix(data: Uint8Array): void {
    this.xor(data);
    createHash("sha1").update(this.bytes).digest().copy(this.bytes);
  }

  toHex(): string {
    return this.bytes.toString("hex");
  }
}

/** The digest of all databases: 40 hex digits. */
export function computeDigest(keyspace: Keyspace): string {
  const { records, scan } = keyspace;
  const total = new Digest();
  for (const db of keyspace.databases) {
    if (db.size === 0) continue;
    total.mix(bigEndian(db.id));
    scan.forEach(db.keys, (record) => {
      const view = records.view(record);
      const entry = new Digest();
      entry.mix(new Uint8Array(view.buffer, view.byteOffset + records.keyStart(record), records.keyLength(record)));
      addValue(db, record, entry);
      total.xor(entry.bytes);
    });
  }
  return total.toHex();
}

/** The digest of one value, expired or not: 40 hex digits. */
export function computeValueDigest(db: Database, record: Record): string {
  const digest = new Digest();
  addValue(db, record, digest);
  return digest.toHex();
}

function addValue(db: Database, record: Record, digest: Digest): void {
  const { records } = db.keyspace;
  const type = records.type(record);
  digest.mix(bigEndian(type));
  db.keyspace.typeOperations(type).digest(record, digest);
  if (records.hasDeadline(record)) digest.xor(EXPIRES);
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
