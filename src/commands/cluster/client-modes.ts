/** READONLY, READWRITE and ASKING: what a client of a cluster says of its next requests. The server is in no cluster. */
import { encodeReply } from "../../resp/reply-writer.js";
import { type CommandFlag, type CommandSpec, defineCommand } from "../define.js";

const ERR_NO_CLUSTER = encodeReply("-ERR This instance has cluster support disabled\r\n");

function defineMode(name: string, summary: string, flags: readonly CommandFlag[]): CommandSpec {
  return defineCommand({
    name,
    group: "cluster",
    since: "3.0.0",
    complexity: "O(1)",
    summary,
    arity: 1,
    flags,
    acl: ["connection"],
    run: (_ctx, _args, out) => out.error(ERR_NO_CLUSTER),
  });
}

export const asking = defineMode("asking", "Says that the next request follows an ASK redirection.", ["fast"]);

export const readonly = defineMode("readonly", "Lets the client read from a replica of a cluster.", [
  "fast",
  "loading",
  "stale",
]);

export const readwrite = defineMode("readwrite", "Ends what READONLY began.", ["fast", "loading", "stale"]);
