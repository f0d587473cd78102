/** The pubsub family: one line a command. */
import type { CommandSpec } from "../define.js";
import { publish, spublish } from "./publish.js";
import { pubsub } from "./pubsub.js";
import { psubscribe, ssubscribe, subscribe } from "./subscribe.js";
import { punsubscribe, sunsubscribe, unsubscribe } from "./unsubscribe.js";

export const PUBSUB_COMMANDS: readonly CommandSpec[] = [
  psubscribe,
  publish,
  pubsub,
  punsubscribe,
  spublish,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
];
