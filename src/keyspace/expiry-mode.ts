/** How the keyspace treats a key whose deadline has passed. Set by the server, read by databases. */

/** An expired key is deleted when it is met: a primary. */
export const EXPIRE_DELETE = 0;
/** An expired key is absent, but stays until its deletion arrives: a replica, and while writes are paused. */
export const EXPIRE_HIDE = 1;
/** An expired key is served as if it were alive: while data is loaded. */
export const EXPIRE_IGNORE = 2;
