/** Encodings of hashes, as records keep them: see hashes.ts. */

/** A listpack of field, value, field, value … in the order of insertion. */
export const ENCODING_LISTPACK = 0;
/** A head with a listpack of field, value, deadline (0: none) …, by deadline, fields without one last. */
export const ENCODING_LISTPACK_EX = 1;
/** A head with a dict of field records. */
export const ENCODING_HASHTABLE = 2;
