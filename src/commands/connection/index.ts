/** The connection family: one line a command. */
import type { CommandSpec } from "../define.js";
import { ping } from "./ping.js";

export const CONNECTION_COMMANDS: readonly CommandSpec[] = [ping];
