/** DEBUG subcommands that switch a part of the server on or off. */
import { keyword } from "../../../resp/args.js";
import type { DebugView } from "../../context.js";
import { ERR_NOT_INTEGER } from "../../errors.js";
import { replySubcommandError } from "../../help.js";
import { type DebugSubcommand, readSwitch } from "./subcommand.js";

const PEAK_RESET_TIME = keyword("peak-reset-time");
const RESIZING = keyword("resizing");
const NEVER = keyword("never");
const RESET = keyword("reset");
const PEAK_RESET_MS = 5000;

type SwitchName = "activeExpire" | "cronPaused" | "skipChecksum" | "dictResizing" | "scriptsAllowed";

function defineSwitch(name: string, field: SwitchName, help: readonly string[]): DebugSubcommand {
  const set = (debug: DebugView, on: boolean): void => {
    debug[field] = on;
  };
  return {
    name,
    min: 1,
    max: 1,
    usage: "<0|1>",
    help,
    run(ctx, args, out) {
      set(ctx.server.debug, readSwitch(args, 2));
      out.ok();
    },
  };
}

const replyBuffer: DebugSubcommand = {
  name: "REPLYBUFFER",
  min: 2,
  max: 2,
  usage: "PEAK-RESET-TIME <NEVER||RESET|time>",
  help: [
    "    Sets the time (in milliseconds) to wait between client reply buffer peak resets.",
    "    In case NEVER is provided the last observed peak will never be reset",
    "    In case RESET is provided the peak reset time will be restored to the default value",
    "REPLYBUFFER RESIZING <0|1>",
    "    Enable or disable the reply buffer resize cron job",
  ],
  run(ctx, args, out) {
    const { debug } = ctx.server;
    if (args.is(2, PEAK_RESET_TIME)) {
      if (args.is(3, NEVER)) debug.replyBufferPeakResetMs = -1;
      else if (args.is(3, RESET)) debug.replyBufferPeakResetMs = PEAK_RESET_MS;
      else {
        const ms = args.readInteger(3);
        if (Number.isNaN(ms)) return out.error(ERR_NOT_INTEGER);
        debug.replyBufferPeakResetMs = ms;
      }
    } else if (args.is(2, RESIZING)) {
      debug.replyBufferResizing = readSwitch(args, 3);
    } else {
      return replySubcommandError(args, out);
    }
    out.ok();
  },
};

export const SWITCHES: readonly DebugSubcommand[] = [
  defineSwitch("DICT-RESIZING", "dictResizing", ["    Enable or disable the main dict and expire dict resizing."]),
  defineSwitch("PAUSE-CRON", "cronPaused", ["    Stop periodic cron job processing."]),
  replyBuffer,
  defineSwitch("SET-ACTIVE-EXPIRE", "activeExpire", [
    "    Setting it to 0 disables expiring keys (and hash-fields) in background ",
    "    when they are not accessed (otherwise the Redis behavior). Setting it",
    "    to 1 reenables back the default.",
  ]),
  // Not in Redis's HELP.
  defineSwitch("SET-DISABLE-DENY-SCRIPTS", "scriptsAllowed", []),
  defineSwitch("SET-SKIP-CHECKSUM-VALIDATION", "skipChecksum", [
    "    Enables or disables checksum checks for RDB files and RESTORE's payload.",
  ]),
];
