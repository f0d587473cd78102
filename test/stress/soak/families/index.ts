// All groups of commands that the soak knows. One that lands becomes an entry here, its keys a prefix in draw.ts, and
// its encodings a check in test/support/structure/value-checks.ts.
import type { Family } from "../draw.js";
import { BITMAPS } from "./bitmaps.js";
import { GEO } from "./geo.js";
import { HASHES } from "./hashes.js";
import { HYPERLOGLOGS } from "./hyperloglogs.js";
import { KEYS } from "./keys.js";
import { LISTS } from "./lists.js";
import { SETS } from "./sets.js";
import { SORTED_SETS } from "./sorted-sets.js";
import { STREAMS } from "./streams.js";
import { STRINGS } from "./strings.js";

export const FAMILIES: readonly Family[] = [
  ...[BITMAPS, GEO, HASHES, HYPERLOGLOGS, KEYS, LISTS, SETS, SORTED_SETS, STREAMS, STRINGS],
];
