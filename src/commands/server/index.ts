/** The server family: one line a command. */
import type { CommandSpec } from "../define.js";
import { config } from "./config.js";
import { debug } from "./debug/index.js";
import { info } from "./info.js";
import { monitor } from "./monitor.js";
import { shutdown } from "./shutdown.js";

export const SERVER_COMMANDS: readonly CommandSpec[] = [config, debug, info, monitor, shutdown];
