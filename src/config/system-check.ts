/** `--check-system`: kernel settings that hurt a server in memory. Also worth a line in the log at a start. */
import type { ConfigIo } from "./io.js";

interface SystemCheck {
  readonly name: string;
  readonly path: string;
  /** The advice when the setting is bad, else null. */
  readonly judge: (content: string) => string | null;
}

const CHECKS: readonly SystemCheck[] = [
  {
    name: "slow-clocksource",
    path: "/sys/devices/system/clocksource/clocksource0/current_clocksource",
    judge: (content) =>
      /^(?:acpi_pm|hpet|jiffies|xen)\b/.test(content)
        ? `The kernel's clock source is '${content}', which needs a system call for every reading. Prefer 'tsc'.`
        : null,
  },
  {
    name: "overcommit",
    path: "/proc/sys/vm/overcommit_memory",
    judge: (content) =>
      content === "1"
        ? null
        : "Memory overcommit is not enabled, so starting a process beside a large dataset may fail. " +
          "Set vm.overcommit_memory = 1 in /etc/sysctl.conf, or run: sysctl vm.overcommit_memory=1",
  },
  {
    name: "THP",
    path: "/sys/kernel/mm/transparent_hugepage/enabled",
    judge: (content) =>
      content.includes("[always]")
        ? "Transparent huge pages are always on, which costs latency and memory. " +
          "Run: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
        : null,
  },
];

export function checkSystem(io: ConfigIo): { healthy: boolean; text: string } {
  let healthy = true;
  let text = "";
  for (const { name, path, judge } of CHECKS) {
    let advice: string | null;
    try {
      advice = judge(io.readFile(path).trim());
    } catch {
      // Another system, or no permission: nothing to say.
      text += `[${name}]...skipped\n`;
      continue;
    }
    if (advice !== null) healthy = false;
    text += advice === null ? `[${name}]...OK\n` : `[${name}]...WARNING:\n${advice}\n`;
  }
  return { healthy, text };
}
