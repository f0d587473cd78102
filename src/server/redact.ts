/** What SLOWLOG and MONITOR show of a request: secrets are replaced. */
import type { Command } from "../commands/command.js";
import { type Args, keyword } from "../resp/args.js";

const REDACTED = Buffer.from("(redacted)");
const AUTH = keyword("auth");
const AUTH2 = keyword("auth2");
const SECRET_CONFIGS: ReadonlySet<string> = new Set([
  "requirepass",
  "masterauth",
  "masteruser",
  "tls-key-file-pass",
  "tls-client-key-file-pass",
]);

/** Copies of the words, with passwords replaced by `(redacted)`. */
export function redactArgs(command: Command, args: Args): Buffer[] {
  const words = Array.from({ length: args.count }, (_, i) => args.copy(i));
  const redact = (i: number): void => {
    if (i < words.length) words[i] = REDACTED;
  };
  switch (command.fullName) {
    case "auth":
      for (let i = 1; i < words.length; i++) redact(i);
      break;
    case "hello":
      for (let i = 2; i < words.length; i++) {
        if (!args.is(i, AUTH)) continue;
        redact(i + 1);
        redact(i + 2);
      }
      break;
    case "config|set":
      for (let i = 2; i + 1 < words.length; i += 2) if (SECRET_CONFIGS.has(args.lowerText(i))) redact(i + 1);
      break;
    case "migrate":
      for (let i = 6; i < words.length; i++) {
        if (args.is(i, AUTH)) redact(i + 1);
        if (args.is(i, AUTH2)) {
          redact(i + 1);
          redact(i + 2);
        }
      }
      break;
    default:
      if (command.fullName.startsWith("acl|")) for (let i = 2; i < words.length; i++) redact(i);
  }
  return words;
}
