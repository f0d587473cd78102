/**
 * The table test/data/score-texts.txt: how a real redis-server 7.4 prints scores. The server that the twins run against
 * may be older than 7.2, and prints them otherwise.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RespClient } from "../support/resp-client.js";
import { itemsOf, textOf } from "../support/resp-value.js";

const TABLE = new URL("../../../test/data/score-texts.txt", import.meta.url);
const FOOTER_BYTES = 10;
/** So many scores make a small sorted set, which is a listpack. */
const SMALL_SIZE = 100;

/** What both servers are started with: LZF has many right outputs. */
export const TABLE_CONFIG = { "enable-debug-command": "yes", rdbcompression: "no" };

/** A sorted set of all scores. */
export const LARGE_KEY = "large";

export interface ScoreRow {
  /** The double's bits, 16 hex digits: also the member that has this score. */
  readonly bits: string;
  readonly score: number;
  /** As ZSCORE prints it. */
  readonly plain: string;
  /** As ZSCAN prints it in a large sorted set. */
  readonly scanned: string;
}

export interface ScoreTable {
  readonly rows: readonly ScoreRow[];
  readonly digest: string;
  readonly dumps: string;
}

export function readScoreTable(): ScoreTable {
  const lines = readFileSync(TABLE, "utf8").split("\n");
  const head = (name: string) => lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3) ?? "";
  const rows = lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [bits = "", plain = "", scanned = ""] = line.split(" ");
      return { bits, score: toDouble(bits), plain, scanned };
    });
  return { rows, digest: head("digest"), dumps: head("dumps") };
}

export function toDouble(bits: string): number {
  return Buffer.from(bits, "hex").readDoubleBE(0);
}

export function toBits(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

/** Adds all scores to one large sorted set, and a hundred each to small ones, `small:0` and so on. */
export async function fillScores(client: RespClient, scores: readonly number[]): Promise<void> {
  for (let i = 0; i < scores.length; i += SMALL_SIZE) {
    const pairs = scores.slice(i, i + SMALL_SIZE).flatMap((score) => [score.toExponential(16), toBits(score)]);
    await client.call("ZADD", LARGE_KEY, ...pairs);
    await client.call("ZADD", `small:${i / SMALL_SIZE}`, ...pairs);
  }
}

/** The digest of the large set, and one of the dumps of all small ones, which hold the scores' texts. */
export async function askDigests(client: RespClient, count: number): Promise<{ digest: string; dumps: string }> {
  const dumps = createHash("sha1");
  for (let i = 0; i < count / SMALL_SIZE; i++) {
    const dump = await client.call("DUMP", `small:${i}`);
    if (!("bytes" in dump)) throw new TypeError(`no dump of small:${i}`);
    // The footer has the version of the format.
    dumps.update(dump.bytes.subarray(0, -FOOTER_BYTES));
  }
  const [digest] = itemsOf(await client.call("DEBUG", "DIGEST-VALUE", LARGE_KEY));
  if (digest === undefined) throw new TypeError("DEBUG DIGEST-VALUE answers with a digest a key");
  return { digest: textOf(digest), dumps: dumps.digest("hex") };
}
