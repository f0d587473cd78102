/** INFO's text: which sections, in Redis's order. One file a group of sections lies in info/. */
import { clientsSection } from "./info/clients-section.js";
import { commandStatsSection, errorStatsSection, latencyStatsSection } from "./info/commands-section.js";
import { cpuSection } from "./info/cpu-section.js";
import type { Section } from "./info/fields.js";
import { keyspaceSection } from "./info/keyspace-section.js";
import { memorySection } from "./info/memory-section.js";
import { persistenceSection } from "./info/persistence-section.js";
import { clusterSection, replicationSection } from "./info/replication-section.js";
import { serverSection } from "./info/server-section.js";
import { debugSection, statsSection } from "./info/stats-section.js";
import type { Server } from "./server.js";

interface Entry {
  readonly title: string;
  readonly section: Section;
  /** Names that ask for it beside its title in lower case. */
  readonly aliases?: readonly string[];
  /** Where it is shown unasked: in `INFO` (default), in `INFO all`, or never. */
  readonly shown: "default" | "all" | "never";
}

/** There are no modules: the section is empty, as it is in a Redis without any. */
const noModules: Section = () => [];

const SECTIONS: readonly Entry[] = [
  { title: "Server", section: serverSection, shown: "default" },
  { title: "Clients", section: clientsSection, shown: "default" },
  { title: "Memory", section: memorySection, shown: "default" },
  { title: "Persistence", section: persistenceSection, shown: "default" },
  { title: "Stats", section: statsSection, shown: "default" },
  { title: "Replication", section: replicationSection, shown: "default" },
  { title: "CPU", section: cpuSection, shown: "default" },
  { title: "Modules", section: noModules, aliases: ["module_list"], shown: "default" },
  { title: "Commandstats", section: commandStatsSection, shown: "all" },
  { title: "Errorstats", section: errorStatsSection, shown: "default" },
  { title: "Latencystats", section: latencyStatsSection, shown: "all" },
  { title: "Cluster", section: clusterSection, shown: "default" },
  { title: "Keyspace", section: keyspaceSection, shown: "default" },
  { title: "Debug", section: debugSection, shown: "never" },
];

export class Info {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** `names` in lower case; none is the same as `default`. */
  render(names: readonly string[]): string {
    const wanted = new Set(names.length === 0 ? ["default"] : names);
    const all = wanted.has("all") || wanted.has("everything");
    const parts: string[] = [];
    for (const { title, section, aliases = [], shown } of SECTIONS) {
      const unasked = (all && shown !== "never") || (wanted.has("default") && shown === "default");
      const asked = [title.toLowerCase(), ...aliases].some((name) => wanted.has(name));
      if (!unasked && !asked) continue;
      let text = `# ${title}\r\n`;
      for (const [name, value] of section(this.#server)) text += `${name}:${value}\r\n`;
      parts.push(text);
    }
    return parts.join("\r\n");
  }
}
