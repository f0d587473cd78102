/** The error replies that several commands share, in Redis's words. One command's own errors stand in its file. */
import { encodeReply } from "../resp/reply-writer.js";

export const ERR_SYNTAX = encodeReply("-ERR syntax error\r\n");
export const ERR_WRONG_TYPE = encodeReply("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
export const ERR_NOT_INTEGER = encodeReply("-ERR value is not an integer or out of range\r\n");
export const ERR_NOT_FLOAT = encodeReply("-ERR value is not a valid float\r\n");
export const ERR_OUT_OF_RANGE = encodeReply("-ERR value is out of range\r\n");
export const ERR_MUST_BE_POSITIVE = encodeReply("-ERR value is out of range, must be positive\r\n");
export const ERR_NO_SUCH_KEY = encodeReply("-ERR no such key\r\n");
export const ERR_INDEX_RANGE = encodeReply("-ERR index out of range\r\n");
export const ERR_OFFSET_RANGE = encodeReply("-ERR offset is out of range\r\n");
export const ERR_DB_INDEX = encodeReply("-ERR DB index is out of range\r\n");
export const ERR_SAME_OBJECT = encodeReply("-ERR source and destination objects are the same\r\n");
export const ERR_OOM = encodeReply("-OOM command not allowed when used memory > 'maxmemory'.\r\n");
export const ERR_LOADING = encodeReply("-LOADING Redis is loading the dataset in memory\r\n");
export const ERR_NOAUTH = encodeReply("-NOAUTH Authentication required.\r\n");
export const ERR_READONLY = encodeReply("-READONLY You can't write against a read only replica.\r\n");
export const ERR_BUSY_KEY = encodeReply("-BUSYKEY Target key name already exists.\r\n");
export const ERR_STRING_TOO_LONG = encodeReply("-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n");
