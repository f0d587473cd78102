/**
 * LOLWUT: the version, and for those versions of Redis that had art of their own (5 and 6) a skyline at night, a new one
 * each time.
 */
import { keyword } from "../../resp/args.js";
import type { Random } from "../context.js";
import { arg, defineCommand } from "../define.js";
import { ERR_NOT_INTEGER } from "../errors.js";

const VERSION = keyword("version");
const VERSIONS_WITH_ART: ReadonlySet<number> = new Set([5, 6]);
const WIDTH = 66;
const HEIGHT = 12;
const SIDE_MAX = 1000;
/** Houses need some room over and beside them. */
const WIDTH_MIN = 6;
const HEIGHT_MIN = 6;
/** Cells of the sky for each star. */
const CELLS_PER_STAR = 33;

function drawSkyline(random: Random, width: number, height: number): string {
  const rows = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
  const put = (row: number, column: number, mark: string): void => {
    const line = rows[row];
    if (line !== undefined && column < width) line[column] = mark;
  };
  const stars = Math.ceil((width * height) / CELLS_PER_STAR);
  for (let i = 0; i < stars; i++) put(random.below(height - 4), random.below(width), random.below(4) === 0 ? "*" : ".");
  for (let left = random.below(3); left < width - 5; ) {
    const houseWidth = 5 + random.below(6);
    const top = height - 3 - random.below(height - 5);
    for (let row = top; row < height; row++) {
      for (let column = left; column < left + houseWidth; column++) {
        const wall = column === left || column === left + houseWidth - 1;
        const lit = random.below(3) === 0 ? "#" : ":";
        const window = (row - top) % 2 === 1 && (column - left) % 2 === 1;
        put(row, column, row === top ? "_" : wall ? "|" : window ? lit : " ");
      }
    }
    left += houseWidth + random.below(3);
  }
  return rows.map((row) => row.join("").trimEnd()).join("\n");
}

function fit(side: number, min: number): number {
  return Math.min(Math.max(side, min), SIDE_MAX);
}

export const lolwut = defineCommand({
  name: "lolwut",
  group: "server",
  since: "5.0.0",
  complexity: "",
  summary: "Draws something, and tells the version.",
  arity: -1,
  flags: ["readonly", "fast"],
  args: [arg.integer("version", { token: "VERSION", optional: true })],
  run(ctx, args, out) {
    const { random, version } = ctx.server;
    let art = "";
    if (args.count > 2 && args.is(1, VERSION)) {
      const asked = args.readInteger(2);
      if (Number.isNaN(asked)) return out.error(ERR_NOT_INTEGER);
      if (VERSIONS_WITH_ART.has(asked)) {
        // Behind the version: columns and rows.
        const width = args.count > 3 ? args.readInteger(3) : WIDTH;
        const height = args.count > 4 ? args.readInteger(4) : HEIGHT;
        if (Number.isNaN(width) || Number.isNaN(height)) return out.error(ERR_NOT_INTEGER);
        art = `${drawSkyline(random, fit(width, WIDTH_MIN), fit(height, HEIGHT_MIN))}\n\n`;
      }
    }
    out.verbatim("txt", `${art}Redis ver. ${version}\n`);
  },
});
