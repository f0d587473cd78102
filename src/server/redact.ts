/** What SLOWLOG and MONITOR show of a request: secrets are replaced, and long arguments are cut before they are copied. */
import type { Command } from "../commands/command.js";
import { type Args, keyword } from "../resp/args.js";

const REDACTED = Buffer.from("(redacted)");
const AUTH = keyword("auth");
const AUTH2 = keyword("auth2");
const SECRET_CONFIGS = ["requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"].map(
  keyword,
);

/** The bytes of argument i up to `maxBytes`, or `(redacted)`. A view of the request: valid during the command only. */
export function viewShown(command: Command, args: Args, i: number, maxBytes: number): Uint8Array {
  if (isSecret(command, args, i)) return REDACTED;
  const start = args.start(i);
  return args.bytes.subarray(start, Math.min(args.end(i), start + maxBytes));
}

/** How many bytes of argument i are not shown then. */
export function countHidden(command: Command, args: Args, i: number, maxBytes: number): number {
  return isSecret(command, args, i) ? 0 : Math.max(0, args.byteLength(i) - maxBytes);
}

/** Whether argument i is a password, or what must be kept like one. */
function isSecret(command: Command, args: Args, i: number): boolean {
  switch (command.fullName) {
    case "auth":
      return i >= 1;
    case "hello":
      return follows(args, i, AUTH, 1, 2) || follows(args, i, AUTH, 2, 2);
    case "config|set":
      return i >= 3 && i % 2 === 1 && SECRET_CONFIGS.some((name) => args.is(i - 1, name));
    case "migrate":
      return follows(args, i, AUTH, 1, 6) || follows(args, i, AUTH2, 1, 6) || follows(args, i, AUTH2, 2, 6);
    default:
      return i >= 2 && command.fullName.startsWith("acl|");
  }
}

/** Whether argument i is the `distance`th behind this word, which is an option from argument `first` on. */
function follows(args: Args, i: number, word: typeof AUTH, distance: number, first: number): boolean {
  return i - distance >= first && args.is(i - distance, word);
}
