// All groups of commands that the soak knows. One that lands becomes an entry here, its keys a prefix in draw.ts, and
// its encodings a check in test/support/structure/value-checks.ts.
import type { Family } from "../draw.js";
import { GEO } from "./geo.js";
import { HASHES } from "./hashes.js";
import { KEYS } from "./keys.js";
import { LISTS } from "./lists.js";
import { SETS } from "./sets.js";
import { SORTED_SETS } from "./sorted-sets.js";
import { STRINGS } from "./strings.js";

export const FAMILIES: readonly Family[] = [GEO, HASHES, KEYS, LISTS, SETS, SORTED_SETS, STRINGS];
