/** DEBUG subcommands about the nodes of lists. */
import type { DebugSubcommand } from "./subcommand.js";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
};
/** Redis keeps its distance from 4 GiB. */
const THRESHOLD_MAX_BYTES = 2 ** 32 - 2 ** 20;

/** Bytes, with or without a unit; NaN when it is neither. */
function readBytes(text: string): number {
  const [, digits = "", unit = ""] = /^(\d*)([a-z]*)$/i.exec(text) ?? [];
  return Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
}

const packedThreshold: DebugSubcommand = {
  name: "QUICKLIST-PACKED-THRESHOLD",
  min: 1,
  max: 1,
  usage: "<size>",
  help: [
    "    Sets the threshold for elements to be inserted as plain vs packed nodes",
    "    Default value is 1GB, allows values up to 4GB. Setting to 0 restores to default.",
  ],
  run(ctx, args, out) {
    const bytes = readBytes(args.text(2));
    if (!(bytes <= THRESHOLD_MAX_BYTES)) {
      return out.errorText("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    }
    ctx.lists.quicklists.packedThreshold = bytes;
    out.ok();
  },
};

export const LISTS: readonly DebugSubcommand[] = [packedThreshold];
