/** The string family: one line a command. */
import type { CommandSpec } from "../define.js";
import { get } from "./get.js";
import { set } from "./set.js";

export const STRING_COMMANDS: readonly CommandSpec[] = [get, set];
