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
    return `ERR unknown subcommand '${clip(args.text(1))}'. Try ${container.fullName.toUpperCase()} HELP.`;
  }
  return `ERR unknown command '${clip(args.text(0))}', with args beginning with: ${listBeginning(args)}`;
}

function clip(text: string): string {
  return text.slice(0, SHOWN_MAX_BYTES);
}

function listBeginning(args: Args): string {
  let text = "";
  for (let i = 1; i < args.count && text.length < SHOWN_MAX_BYTES; i++) {
    text += `'${args.text(i).slice(0, SHOWN_MAX_BYTES - text.length)}' `;
  }
  return text;
}
