// The short form of the soak; `npm run soak` is the long one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { soak } from "./soak/soak.js";

const seed = process.env.SOAK_SEED === undefined ? undefined : Number(process.env.SOAK_SEED);

test("random commands over all types leave every structure sound and no byte behind", async (t) => {
  const result = await soak({ durationMs: 12_000, ...(seed === undefined ? {} : { seed }) });
  t.diagnostic(`SOAK_SEED=${result.seed}: ${result.commands} commands, ${result.walks} walks`);
  assert.ok(result.walks > 2, `${result.walks} walks`);
  assert.ok(result.defrag.movedBlocks > 1000, `${result.defrag.movedBlocks} blocks moved`);
  assert.deepEqual(result.missing, [], "every command of a family that the soak knows is in its table");
});
