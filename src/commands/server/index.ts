/** The server family: one line a command. */
import type { CommandSpec } from "../define.js";
import { command } from "./command/index.js";
import { config } from "./config.js";
import { dbsize } from "./dbsize.js";
import { debug } from "./debug/index.js";
import { flushall, flushdb } from "./flush.js";
import { info } from "./info.js";
import { lastsave } from "./lastsave.js";
import { latency } from "./latency/index.js";
import { lolwut } from "./lolwut.js";
import { memory } from "./memory.js";
import { monitor } from "./monitor.js";
import { role } from "./role.js";
import { shutdown } from "./shutdown.js";
import { slowlog } from "./slowlog.js";
import { swapdb } from "./swapdb.js";
import { time } from "./time.js";

export const SERVER_COMMANDS: readonly CommandSpec[] = [
  command,
  config,
  dbsize,
  debug,
  flushall,
  flushdb,
  info,
  lastsave,
  latency,
  lolwut,
  memory,
  monitor,
  role,
  shutdown,
  slowlog,
  swapdb,
  time,
];
