/** The encodings of a list's record: its value is the handle of one listpack, or of a quicklist's root. */

export const LIST_LISTPACK = 0;
export const LIST_QUICKLIST = 1;
