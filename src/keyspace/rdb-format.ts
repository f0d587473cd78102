/** The constants of the RDB format that DUMP payloads and RDB files share. Read by the rdb-… files and by the types. */

/** The newest version that is understood: Redis 7.4's. */
export const RDB_VERSION_MAX = 12;
/** The version of the first DUMP, Redis 2.6's: what needs no newer form is written as this, for any server to read. */
export const RDB_VERSION_MIN = 6;

/** Type bytes. */
export const RDB_STRING = 0;
export const RDB_LIST = 1;
export const RDB_LIST_QUICKLIST_2 = 18;
export const RDB_HASH = 4;
export const RDB_HASH_LISTPACK = 16;
/** Hashes with deadlines as release candidates of 7.4 wrote them, without the earliest one in front. */
export const RDB_HASH_METADATA_EARLY = 22;
export const RDB_HASH_LISTPACK_EX_EARLY = 23;
export const RDB_HASH_METADATA = 24;
export const RDB_HASH_LISTPACK_EX = 25;

/** Streams as Redis 5, 7.0 and 7.2 brought them. */
export const RDB_STREAM = 15;
export const RDB_STREAM_2 = 19;
export const RDB_STREAM_3 = 21;

/** The versions that brought scores in eight bytes, listpacks, streams' newest form, and hashes whose fields have deadlines. */
export const RDB_VERSION_BINARY_SCORES = 8;
export const RDB_VERSION_LISTPACK = 10;
export const RDB_VERSION_STREAM_3 = 11;
export const RDB_VERSION_FIELD_DEADLINES = 12;
/** Members in any order, each with its score in eight bytes. */
export const RDB_SORTED_SET_2 = 5;
/** A listpack as it is. */
export const RDB_SORTED_SET_LISTPACK = 17;
export const RDB_SET = 2;
export const RDB_SET_INTSET = 11;
export const RDB_SET_LISTPACK = 20;

/**
 * Lengths, by their first byte:
 *
 *   00llllll                     6 bits
 *   01llllll llllllll            14 bits
 *   10000000 and 4 bytes         32 bits, big-endian
 *   10000001 and 8 bytes         64 bits, big-endian
 *   11eeeeee                     no length: a string in encoding e
 */
export const LENGTH_14_BITS = 0x40;
export const LENGTH_32_BITS = 0x80;
export const LENGTH_64_BITS = 0x81;
export const ENCODED = 0xc0;

export const ENCODED_INT8 = 0;
export const ENCODED_INT16 = 1;
export const ENCODED_INT32 = 2;
export const ENCODED_LZF = 3;
