/** Names and library versions of a client: what may be in them, so that CLIENT LIST stays one line of fields. */

/** Whether every character prints, and none is a blank. */
export function isClientAttribute(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

export const ERR_CLIENT_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";
