/** The cluster family: one line a command. */
import type { CommandSpec } from "../define.js";
import { asking, readonly, readwrite } from "./client-modes.js";

export const CLUSTER_COMMANDS: readonly CommandSpec[] = [asking, readonly, readwrite];
