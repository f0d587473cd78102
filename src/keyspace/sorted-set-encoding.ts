/** How a sorted set is kept, as a record's encoding numbers say it. */

/** One listpack: member, score, member, score …, in order. */
export const SORTED_SET_LISTPACK = 0;
/** A dict of member records for scores, and a score tree over them for order. */
export const SORTED_SET_SKIPLIST = 1;
