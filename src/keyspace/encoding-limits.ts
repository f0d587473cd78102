/**
 * Up to which size each type keeps its small encodings, and streams their nodes: the directives of the same names. One object per keyspace,
 * filled by server/server-config.ts at start and at CONFIG SET, so that hot paths read plain fields.
 */

export interface EncodingLimits {
  hashMaxListpackEntries: number;
  hashMaxListpackValue: number;
  hllSparseMaxBytes: number;
  listMaxListpackSize: number;
  listCompressDepth: number;
  setMaxIntsetEntries: number;
  setMaxListpackEntries: number;
  setMaxListpackValue: number;
  sortedSetMaxListpackEntries: number;
  sortedSetMaxListpackValue: number;
  /** Of a stream's nodes; 0 is no limit. */
  streamNodeMaxBytes: number;
  streamNodeMaxEntries: number;
}

/** As redis.conf has them; what a keyspace without a server uses. */
export function defaultEncodingLimits(): EncodingLimits {
  return {
    hashMaxListpackEntries: 512,
    hashMaxListpackValue: 64,
    hllSparseMaxBytes: 3000,
    listMaxListpackSize: -2,
    listCompressDepth: 0,
    setMaxIntsetEntries: 512,
    setMaxListpackEntries: 128,
    setMaxListpackValue: 64,
    sortedSetMaxListpackEntries: 128,
    sortedSetMaxListpackValue: 64,
    streamNodeMaxBytes: 4096,
    streamNodeMaxEntries: 100,
  };
}
