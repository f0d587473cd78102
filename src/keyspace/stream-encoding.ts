/** The encoding of a stream's record: there is but one. Its value is the handle of a head (stream-head.ts). */

export const STREAM_ENCODING = 0;
