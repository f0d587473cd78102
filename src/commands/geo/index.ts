/** The geo family: one line a command. Its values are sorted sets whose scores are positions (position-code.ts). */
import type { CommandSpec } from "../define.js";
import { geoadd } from "./geoadd.js";
import { geodist } from "./geodist.js";
import { geohash } from "./geohash.js";
import { geopos } from "./geopos.js";
import { georadius, georadiusbymember, georadiusbymemberRo, georadiusRo } from "./georadius.js";
import { geosearch, geosearchstore } from "./geosearch.js";

export const GEO_COMMANDS: readonly CommandSpec[] = [
  geoadd,
  geodist,
  geohash,
  geopos,
  georadius,
  georadiusRo,
  georadiusbymember,
  georadiusbymemberRo,
  geosearch,
  geosearchstore,
];
