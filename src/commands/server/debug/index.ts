/**
 * DEBUG: what tests and the curious ask of a server's inside. For COMMAND it is one command without subcommands, as in
 * Redis; here each subcommand is an entry of a table.
 */
import { defineCommand } from "../../define.js";
import { replyHelp, replySubcommandError } from "../../help.js";
import { DATA } from "./data.js";
import { HASH_TABLES } from "./hash-tables.js";
import { LISTPACK } from "./listpack.js";
import { LISTS } from "./lists.js";
import { PROCESS } from "./process.js";
import { PROTOCOL } from "./protocol.js";
import type { DebugSubcommand } from "./subcommand.js";
import { SWITCHES } from "./switches.js";

const NOT_ALLOWED =
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local ' +
  "connection, otherwise you need to set this option in the configuration file, and then restart the server.";

const SUBCOMMANDS: readonly DebugSubcommand[] = [
  ...DATA,
  ...HASH_TABLES,
  LISTPACK,
  ...LISTS,
  ...PROCESS,
  ...PROTOCOL,
  ...SWITCHES,
].sort((left, right) => (left.name < right.name ? -1 : 1));
const BY_NAME: ReadonlyMap<string, DebugSubcommand> = new Map(SUBCOMMANDS.map((entry) => [entry.name, entry]));
const HELP = SUBCOMMANDS.filter(({ help }) => help.length > 0).flatMap(({ name, usage, help }) => [
  usage === undefined ? name : `${name} ${usage}`,
  ...help,
]);

export const debug = defineCommand({
  name: "debug",
  group: "server",
  since: "1.0.0",
  complexity: "Depends on subcommand.",
  summary: "Looks into the server, and disturbs it, for tests.",
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  docFlags: ["syscmd"],
  run(ctx, args, out) {
    if (!ctx.server.config.allows("enable-debug-command", ctx.session)) return out.errorText(NOT_ALLOWED);
    const name = args.cText(1, 64).toUpperCase();
    if (name === "HELP" && args.count === 2) return replyHelp(out, args.cText(0), HELP);
    const subcommand = BY_NAME.get(name);
    const words = args.count - 2;
    if (subcommand === undefined || words < subcommand.min || words > subcommand.max) {
      return replySubcommandError(args, out);
    }
    subcommand.run(ctx, args, out);
  },
});
