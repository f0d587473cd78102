// Owns `pyredis unit`: the file that makes a service manager run the server in the foreground. Each has its own
// quoting, and a word that one cannot express is refused, not bent.
import { EXIT_OK, UsageError } from "./exit-codes.js";
import { printLaunchd } from "./service/launchd.js";
import { describeService, supervisedBySystemd, type UnitOptions } from "./service/service.js";
import { printSupervisor } from "./service/supervisor.js";
import { printSystemd } from "./service/systemd.js";

export const UNIT_MANAGERS = ["systemd", "supervisor", "launchd"] as const;
export type UnitManager = (typeof UNIT_MANAGERS)[number];

const PRINTERS = { systemd: printSystemd, supervisor: printSupervisor, launchd: printLaunchd } as const;

export function unit(manager: UnitManager, argv: readonly string[], options: UnitOptions): number {
  const { user, scope, template } = options;
  if (user !== undefined && !/^[a-z_][\w-]*\$?$/i.test(user)) throw new UsageError(`${user} is no user's name`);
  if (user !== undefined && scope === "user") throw new UsageError("a user's own unit runs as that user: no --user");
  if (template === true && manager !== "systemd") throw new UsageError(`${manager} has no templates`);
  if (scope === "user" && manager === "supervisor") throw new UsageError("supervisor has no units of users");
  const supervised = manager === "systemd" ? supervisedBySystemd() : "no";
  process.stdout.write(PRINTERS[manager](describeService(argv, supervised, options)));
  return EXIT_OK;
}
