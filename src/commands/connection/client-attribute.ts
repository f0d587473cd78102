/** Names and library versions of a client: what may be in them, so that CLIENT LIST stays one line of fields. */
import { encodeReply } from "../../resp/reply-writer.js";

/**
 * Redis takes any length. CLIENT LIST shows what all clients say of themselves in one reply, so here it has an end.
 */
export const ATTRIBUTE_MAX_BYTES = 64 * 1024;

export const ERR_LONG_ATTRIBUTE = encodeReply(
  `-ERR Client names, library names and library versions cannot be longer than ${ATTRIBUTE_MAX_BYTES} bytes.\r\n`,
);

/** Whether every character prints, and none is a blank. As in Redis, what stands behind a NUL is not looked at. */
export function isClientAttribute(text: string): boolean {
  return /^[!-~]*(\0|$)/.test(text);
}

/** What lists show of an attribute: the part in front of a NUL. */
export function shownAttribute(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}

export const ERR_CLIENT_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";
