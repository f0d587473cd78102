import type { ReplyWriter } from "../../resp/reply-writer.js";
import { arg, defineCommand, keyAt } from "../define.js";
import type { Position } from "./position-code.js";
import { replyPositions } from "./reply-positions.js";

const ALPHABET = Uint8Array.from("0123456789bcdefghjkmnpqrstuvwxyz", (char) => char.charCodeAt(0));
const GEOHASH_CHARS = 11;
/** The bits that a score has, and so the geohash: ten characters of five bits, the eleventh is always 0. */
const BITS = 52;

const text = new Uint8Array(GEOHASH_CHARS);
const view = new DataView(text.buffer);

export const geohash = defineCommand({
  name: "geohash",
  group: "geo",
  since: "3.2.0",
  complexity: "O(1) for each member",
  summary: "Reads the positions of members as standard geohash strings.",
  arity: -2,
  flags: ["readonly"],
  acl: ["geo"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.optional(arg.multiple(arg.string("member")))],
  run: (ctx, args, out) => replyPositions(ctx, args, out, replyGeohash, "nil"),
});

/** The standard's latitudes end at the poles, those of scores do not: the position is encoded anew. */
function replyGeohash(out: ReplyWriter, { longitude, latitude }: Position): void {
  const half = BITS / 2;
  const column = Math.floor(((longitude - -180) / 360) * 2 ** half);
  const row = Math.floor(((latitude - -90) / 180) * 2 ** half);
  for (let i = 0; i < GEOHASH_CHARS - 1; i++) {
    let index = 0;
    for (let bit = BITS - 1 - 5 * i; bit > BITS - 6 - 5 * i; bit--) {
      // From the highest bit on, the two numbers take turns, longitude first.
      const number = bit % 2 === 1 ? column : row;
      index = 2 * index + ((number >>> (bit >>> 1)) & 1);
    }
    text[i] = ALPHABET[index] ?? 0;
  }
  text[GEOHASH_CHARS - 1] = ALPHABET[0] ?? 0;
  out.bulk(view, 0, GEOHASH_CHARS);
}
