/**
 * Asks a real redis-server for the text of some thousand scores, and writes the table that test/data/score-texts.ts
 * reads: see its head. Run by hand, when the table shall have other scores:
 *
 *   npm run build
 *   REDIS_SERVER_BIN=<redis-server 7.2 or newer> node build/test/data/make-score-texts.js > test/data/score-texts.txt
 */
import { Random } from "../support/random.js";
import { startRedisServer } from "../support/redis-server.js";
import { itemsOf, textOf } from "../support/resp-value.js";
import { askDigests, fillScores, LARGE_KEY, TABLE_CONFIG, toBits, toDouble } from "./score-texts.js";

const SEED = 20241002;
const SAMPLES = [
  1783602669.395769,
  0.3613401881763251,
  1418687642459261.2,
  0.1,
  0.2,
  0.3,
  2.75,
  1e20,
  1e21,
  1e-7,
  5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  2 ** 62,
  2 ** 63,
  2 ** 64,
  4611686018427389000,
  0.30000000000000004,
];

function drawScores(): number[] {
  const random = new Random(SEED);
  const scores = new Set<number>(SAMPLES);
  const add = (count: number, draw: () => number) => {
    for (let i = 0; i < count; i++) {
      const score = draw();
      if (Number.isFinite(score) && score !== 0) scores.add(random.oneIn(4) ? -score : score);
    }
  };
  const bits = () => toDouble(hex(random.uint32()) + hex(random.uint32()));
  // All exponents.
  add(1400, bits);
  // Quarters beyond 2^50: their last digit is where the algorithms part.
  add(600, () => Math.round(random.float() * 2 ** random.int(50, 57)) / 4);
  // Decimals, times and products as programs have them.
  add(500, () => Number((random.float() * 10 ** random.int(0, 9)).toFixed(random.int(1, 6))));
  add(300, () => 1.7e9 + Math.round(random.float() * 1e14) / 1e6);
  add(300, () => random.float());
  add(200, () => random.int(1, 10000) * 1.1);
  // Whole numbers around the bounds of exactness.
  add(300, () => 2 ** random.int(53, 64) + random.int(-4096, 4096) * 512);
  add(100, () => 10 ** random.int(10, 25) * random.int(1, 99));
  // Powers, where the steps between doubles change.
  for (let i = -1074; i < 1024; i += 7) add(1, () => 2 ** i);
  for (let i = -323; i < 309; i += 3) add(1, () => Number(`1e${i}`));
  // Denormals.
  add(150, () => toDouble(`000${hex(random.uint32()).slice(3)}${hex(random.uint32())}`));
  return [...scores];
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

const server = await startRedisServer({ config: TABLE_CONFIG });
const client = await server.connect();
const scores = drawScores();
await fillScores(client, scores);
const plain = itemsOf(await client.call("ZMSCORE", LARGE_KEY, ...scores.map(toBits))).map(textOf);
const scanned = new Map<string, string>();
let cursor = "0";
do {
  const [next, pairs] = itemsOf(await client.call("ZSCAN", LARGE_KEY, cursor));
  if (next === undefined || pairs === undefined) throw new Error("ZSCAN answers with two parts");
  cursor = textOf(next);
  const texts = itemsOf(pairs).map(textOf);
  for (let i = 0; i < texts.length; i += 2) scanned.set(texts[i] ?? "", texts[i + 1] ?? "");
} while (cursor !== "0");
const { digest, dumps } = await askDigests(client, scores.length);
const lines = scores.map((score, i) => `${toBits(score)} ${plain[i]} ${scanned.get(toBits(score))}`);
process.stdout.write(`# How redis-server ${await server.version()} prints scores: the double's bits, ZSCORE's text, ZSCAN's text of a large set.
# Made by build/test/data/make-score-texts.js, which tells how.
# digest ${digest}
# dumps ${dumps}
${lines.join("\n")}
`);
client.close();
await server.close();
