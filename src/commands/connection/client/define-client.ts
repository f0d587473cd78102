/** What the metadata of CLIENT's subcommands have in common. */
import { type CommandSpec, defineCommand } from "../../define.js";

type ClientSpec = Omit<CommandSpec, "group" | "complexity" | "acl"> & { readonly complexity?: string };

export function defineClient(spec: ClientSpec): CommandSpec {
  return defineCommand({
    group: "connection",
    complexity: "O(1)",
    acl: ["connection"],
    ...spec,
    flags: [...(spec.flags ?? []), "noscript", "loading", "stale"],
  });
}
