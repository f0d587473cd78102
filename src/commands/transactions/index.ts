/** The transactions family: one line a command. */
import type { CommandSpec } from "../define.js";
import { discard } from "./discard.js";
import { exec } from "./exec.js";
import { multi } from "./multi.js";
import { unwatch, watch } from "./watch.js";

export const TRANSACTION_COMMANDS: readonly CommandSpec[] = [discard, exec, multi, unwatch, watch];
