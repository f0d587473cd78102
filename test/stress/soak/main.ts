// npm run soak -- [--minutes N] [--seed N] [--check-every N]: the long form. Says how it goes, and exits with 1 where
// it finds something.
import { parseArgs } from "node:util";
import { soak } from "./soak.js";

function readNumber(text: string | undefined, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    "check-every": { type: "string", default: "40" },
  },
});

try {
  const result = await soak({
    durationMs: readNumber(values.minutes, "minutes") * 60_000,
    checkEvery: readNumber(values["check-every"], "check-every"),
    ...(values.seed === undefined ? {} : { seed: readNumber(values.seed, "seed") }),
    onProgress: (text) => console.log(text),
  });
  const { seed, commands, walks, defrag, succeeded, missing } = result;
  console.log(`seed ${seed}: ${commands} commands, ${walks} walks over the dataset, no byte leaked`);
  console.log(`${defrag.rounds} rounds of defragmentation moved ${defrag.movedBlocks} blocks`);
  console.log(`${succeeded.size} commands succeeded; never called: ${missing.join(", ") || "none"}`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
