/**
 * DUMP payloads: one value in the RDB format, with a footer. DUMP writes them, RESTORE (and MIGRATE) reads them.
 *
 *   0        type byte
 *   1        the value
 *   end-10   u16 RDB version, little-endian: the oldest that can represent the value, so that older servers take it
 *   end-8    u64 CRC-64 of everything before it, little-endian
 */
import { Crc64 } from "../storage/crc64.js";
import type { Keyspace } from "./keyspace.js";
import { RDB_VERSION_MAX } from "./rdb-format.js";
import { CorruptDumpError, RdbReader } from "./rdb-reader.js";
import { RdbWriter } from "./rdb-writer.js";
import type { Record } from "./record.js";
import type { LoadedValue } from "./type-operations.js";

const FOOTER_BYTES = 10;
const CHECKSUM_BYTES = 8;

/** The payload of a record's value. */
export function dumpRecord(keyspace: Keyspace, record: Record, compresses: boolean): Uint8Array {
  const operations = keyspace.typeOperations(keyspace.records.type(record));
  const out = new RdbWriter(compresses);
  out.writeByte(operations.rdbType(record));
  operations.dump(record, out);
  out.reserve(FOOTER_BYTES);
  out.view.setUint16(out.length, out.version, true);
  const crc = new Crc64();
  crc.update(out.bytes, 0, out.length + 2);
  crc.write(out.view, out.length + 2);
  return out.bytes.subarray(0, out.length + FOOTER_BYTES);
}

/** Whether bytes[start, end) ends as a payload does that this server can read. */
export function isDumpPayload(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  skipsChecksum: boolean,
): boolean {
  if (end - start < FOOTER_BYTES) return false;
  if (view.getUint16(end - FOOTER_BYTES, true) > RDB_VERSION_MAX) return false;
  if (skipsChecksum) return true;
  const crc = new Crc64();
  crc.update(bytes, start, end - CHECKSUM_BYTES);
  return crc.isAt(view, end - CHECKSUM_BYTES);
}

/** The value of a payload that isDumpPayload took; null when its data is malformed or of an unknown type. */
export function loadDump(
  keyspace: Keyspace,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): LoadedValue | null {
  const reader = new RdbReader(bytes, view, start, end - FOOTER_BYTES);
  try {
    return keyspace.loaders[reader.readByte()]?.(reader) ?? null;
  } catch (error) {
    if (error instanceof CorruptDumpError) return null;
    throw error;
  }
}
