/** All commands, by family. The server's registry is made from this list. */
import { BITMAP_COMMANDS } from "./bitmap/index.js";
import { CLUSTER_COMMANDS } from "./cluster/index.js";
import { CONNECTION_COMMANDS } from "./connection/index.js";
import type { CommandSpec } from "./define.js";
import { GENERIC_COMMANDS } from "./generic/index.js";
import { GEO_COMMANDS } from "./geo/index.js";
import { HASH_COMMANDS } from "./hash/index.js";
import { HYPERLOGLOG_COMMANDS } from "./hyperloglog/index.js";
import { LIST_COMMANDS } from "./list/index.js";
import { PUBSUB_COMMANDS } from "./pubsub/index.js";
import { SERVER_COMMANDS } from "./server/index.js";
import { SET_COMMANDS } from "./set/index.js";
import { SORTED_SET_COMMANDS } from "./sorted-set/index.js";
import { STREAM_COMMANDS } from "./stream/index.js";
import { STRING_COMMANDS } from "./string/index.js";
import { TRANSACTION_COMMANDS } from "./transactions/index.js";

export const COMMANDS: readonly CommandSpec[] = [
  ...BITMAP_COMMANDS,
  ...CLUSTER_COMMANDS,
  ...CONNECTION_COMMANDS,
  ...GENERIC_COMMANDS,
  ...GEO_COMMANDS,
  ...LIST_COMMANDS,
  ...HYPERLOGLOG_COMMANDS,
  ...HASH_COMMANDS,
  ...PUBSUB_COMMANDS,
  ...SERVER_COMMANDS,
  ...SET_COMMANDS,
  ...SORTED_SET_COMMANDS,
  ...STREAM_COMMANDS,
  ...STRING_COMMANDS,
  ...TRANSACTION_COMMANDS,
];
