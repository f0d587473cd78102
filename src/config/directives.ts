/**
 * The table of all directives, the types of their values, and the lookup by name or alias. Config, the loader and
 * CONFIG REWRITE go through it.
 */
import type { ValueOf } from "./directive.js";
import type { TableDirective } from "./effect.js";
import { ENCODINGS, EVENTS, MEMORY } from "./table/data.js";
import { NETWORK, TLS } from "./table/network.js";
import { APPEND_ONLY, SNAPSHOTS } from "./table/persistence.js";
import { LOGGING, PROCESS, SECURITY } from "./table/process.js";
import { CLUSTER, REPLICATION } from "./table/replication.js";

/** By area, in the order of docs/config.md. */
export const DIRECTIVE_AREAS = {
  Network: NETWORK,
  TLS,
  Process: PROCESS,
  Logging: LOGGING,
  Security: SECURITY,
  Memory: MEMORY,
  Encodings: ENCODINGS,
  "Events and scripts": EVENTS,
  Snapshots: SNAPSHOTS,
  "Append-only file": APPEND_ONLY,
  Replication: REPLICATION,
  Cluster: CLUSTER,
} as const;

export const DIRECTIVES = {
  ...NETWORK,
  ...TLS,
  ...PROCESS,
  ...LOGGING,
  ...SECURITY,
  ...MEMORY,
  ...ENCODINGS,
  ...EVENTS,
  ...SNAPSHOTS,
  ...APPEND_ONLY,
  ...REPLICATION,
  ...CLUSTER,
};

export type DirectiveName = keyof typeof DIRECTIVES;

/** `values["maxmemory"]` is a number, `values["appendfsync"]` one of three names: what the table says. */
export type ConfigValues = { readonly [Name in DirectiveName]: ValueOf<(typeof DIRECTIVES)[Name]> };

/** A name under which a directive is known. */
export interface Entry {
  /** As CONFIG GET shows it: the directive's own name, or the alias. */
  readonly name: string;
  readonly primary: DirectiveName;
  readonly directive: TableDirective<unknown>;
}

function listEntries(): Entry[] {
  const entries: Entry[] = [];
  for (const [primary, directive] of Object.entries(DIRECTIVES) as [DirectiveName, TableDirective<unknown>][]) {
    entries.push({ name: primary, primary, directive });
    for (const name of directive.aliases) entries.push({ name, primary, directive });
  }
  return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Every name and alias, sorted. */
export const ENTRIES: readonly Entry[] = listEntries();

const BY_NAME: ReadonlyMap<string, Entry> = new Map(ENTRIES.map((entry) => [entry.name, entry]));

/** Names are case-insensitive. */
export function findEntry(name: string): Entry | undefined {
  return BY_NAME.get(name.toLowerCase());
}

export function defaultValues(): ConfigValues {
  const pairs = ENTRIES.filter(({ name, primary }) => name === primary).map(
    ({ name, directive }) => [name, directive.defaultValue] as const,
  );
  return Object.fromEntries(pairs) as unknown as ConfigValues;
}
