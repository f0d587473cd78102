/** LOLWUT: a skyline at night, a new one each time; in Redis each version has its own art. */
import { keyword } from "../../resp/args.js";
import type { Random } from "../context.js";
import { arg, defineCommand } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";

const VERSION = keyword("version");
const WIDTH = 66;
const HEIGHT = 12;
const STARS = 24;

function drawSkyline(random: Random): string {
  const rows = Array.from({ length: HEIGHT }, () => new Array<string>(WIDTH).fill(" "));
  const put = (row: number, column: number, mark: string): void => {
    const line = rows[row];
    if (line !== undefined && column < WIDTH) line[column] = mark;
  };
  for (let i = 0; i < STARS; i++) put(random.below(HEIGHT - 4), random.below(WIDTH), random.below(4) === 0 ? "*" : ".");
  for (let left = random.below(3); left < WIDTH - 5; ) {
    const width = 5 + random.below(6);
    const top = HEIGHT - 3 - random.below(HEIGHT - 5);
    for (let row = top; row < HEIGHT; row++) {
      for (let column = left; column < left + width; column++) {
        const wall = column === left || column === left + width - 1;
        const lit = random.below(3) === 0 ? "#" : ":";
        const window = (row - top) % 2 === 1 && (column - left) % 2 === 1;
        put(row, column, row === top ? "_" : wall ? "|" : window ? lit : " ");
      }
    }
    left += width + random.below(3);
  }
  return rows.map((row) => row.join("").trimEnd()).join("\n");
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
    if (args.count > 1 && args.is(1, VERSION)) {
      if (args.count < 3) return out.error(ERR_SYNTAX);
      if (Number.isNaN(args.readInteger(2))) return out.error(ERR_NOT_INTEGER);
    }
    const version = ctx.server.version;
    out.verbatim("txt", `${drawSkyline(ctx.server.random)}\n\nRedis ver. ${version}\n`);
  },
});
