/**
 * The two blocks of key-interests.ts, and their fields.
 *
 * A key, a record of a Dict:
 *
 *    0   u8   key length; 255: longer than 254, see 24
 *    1   u8   flags: bits of the table's user, and KEPT
 *    4   i32  its first link, NONE when there is none
 *    8   i32  its last link
 *   12   u32  how many links
 *   16   u32  how many of them are marked
 *   20   u32  the database's number
 *   24   u32  key length, only when byte 0 is 255
 *   24|28     key
 *
 * A link, of one owner to one key:
 *
 *    0   i32  the key's record
 *    4   i32  the next link of the key, in order of arrival
 *    8   i32  the previous one
 *   12   i32  twice the owner's slot; plus 1: it is marked
 */
export const KEY_FLAGS = 1;
export const KEY_FIRST = 4;
export const KEY_LAST = 8;
export const KEY_COUNT = 12;
export const KEY_MARKED = 16;
export const KEY_DB = 20;
export const KEY_HEADER_BYTES = 24;
export const LONG_KEY = 255;
/** The one flag that is not the user's: the key stays without links. */
export const FLAG_KEPT = 128;

export const LINK_KEY = 0;
export const LINK_NEXT = 4;
export const LINK_PREVIOUS = 8;
export const LINK_OWNER = 12;
export const LINK_BYTES = 16;
