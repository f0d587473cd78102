/** INFO cpu: processor time of the process, and of its main thread where the system tells. */
import { readFileSync } from "node:fs";
import type { Field } from "./fields.js";

/** Linux counts a thread's time in these; the value has been the same on every architecture for decades. */
const TICKS_PER_SECOND = 100;

export function* cpuSection(): Generator<Field> {
  const { user, system } = process.cpuUsage();
  const main = readMainThread() ?? { user: user / 1e6, system: system / 1e6 };
  yield ["used_cpu_sys", (system / 1e6).toFixed(6)];
  yield ["used_cpu_user", (user / 1e6).toFixed(6)];
  yield ["used_cpu_sys_children", (0).toFixed(6)];
  yield ["used_cpu_user_children", (0).toFixed(6)];
  yield ["used_cpu_sys_main_thread", main.system.toFixed(6)];
  yield ["used_cpu_user_main_thread", main.user.toFixed(6)];
}

function readMainThread(): { user: number; system: number } | null {
  try {
    const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, "latin1");
    // The name, in parentheses, may hold blanks; user and system time are the 12th and 13th word behind it.
    const words = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { user: Number(words[11]) / TICKS_PER_SECOND, system: Number(words[12]) / TICKS_PER_SECOND };
  } catch {
    return null;
  }
}
