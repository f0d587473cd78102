/** Requests that name no command: what dispatch answers. */
import type { Command } from "../commands/command.js";
import { type Args, keyword } from "../resp/args.js";

/** What an error shows of an argument, or of all of them: at most so many bytes. */
const SHOWN_MAX_BYTES = 128;

const POST = keyword("post");
const HOST = keyword("host:");

/** The first line, or a header, of an HTTP request: a browser was made to talk to this port. */
export function isWebRequest(args: Args): boolean {
  return args.is(0, POST) || args.is(0, HOST);
}

/** The error's text. `container` is the command whose subcommand is meant; null when there is none of that name. */
export function describeUnknown(args: Args, container: Command | null): string {
  if (container !== null) {
    return `ERR unknown subcommand '${args.cText(1, SHOWN_MAX_BYTES)}'. Try ${container.fullName.toUpperCase()} HELP.`;
  }
  return `ERR unknown command '${args.cText(0, SHOWN_MAX_BYTES)}', with args beginning with: ${listBeginning(args)}`;
}

function listBeginning(args: Args): string {
  let text = "";
  for (let i = 1; i < args.count && text.length < SHOWN_MAX_BYTES; i++) {
    text += `'${args.cText(i, SHOWN_MAX_BYTES - text.length)}' `;
  }
  return text;
}
