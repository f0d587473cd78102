// Owns the unit for systemd: of the system or of a user, for one instance or as a template. Called by unit.ts.
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { defaultPlaces } from "../default-places.js";
import { UsageError } from "../exit-codes.js";
import {
  findClosed,
  findUserName,
  INSTANCE,
  isDirectory,
  listNeeded,
  MOST_RESTARTS,
  OPEN_FILES,
  type Service,
  START_SECONDS,
  STOP_SECONDS,
  systemDirectory,
} from "./service.js";

/** systemd.service(5): C escapes in double quotes, `%` and `$` doubled; in a template `%i` is the instance. */
function quote(word: string, isTemplate: boolean): string {
  const doubled = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  const escaped = isTemplate ? doubled.replaceAll(`%${INSTANCE}`, INSTANCE) : doubled;
  if (/^[\w./:@%$=+,-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\t", "\\t")}"`;
}

interface Places {
  /** Where the server keeps its data. */
  directory: string;
  /** Lines above the unit, for whoever installs it. */
  notes: string[];
  lines: string[];
}

function isInHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(path);
}

/** Whom a service of the system runs as, where nobody says so: a user made for it, if that one can get at everything. */
function chooseUser(service: Service, directory: string, isState: boolean, notes: string[]): string | undefined {
  if (service.user !== undefined) return service.user;
  const closed = findClosed(listNeeded(service));
  if (closed !== undefined) {
    notes.push(
      `${closed.path} is closed to others, so the server runs as ${closed.owner}: --user and an open place change that`,
    );
    return closed.owner;
  }
  if (isState) return undefined;
  const given = directory.replaceAll(INSTANCE, "6379");
  if (!isDirectory(given)) {
    throw new UsageError(`the directory ${directory} is not there: create it, and name the service's user with --user`);
  }
  return findUserName(statSync(given).uid);
}

function placeForSystem(service: Service): Places {
  const notes: string[] = [];
  const directory = service.ownsDataDirectory ? systemDirectory(service) : service.dataDirectory;
  const state = /^\/var\/lib\/([\w./%-]+)$/.exec(directory)?.[1];
  const user = chooseUser(service, directory, state !== undefined, notes);
  const lines = user === undefined ? ["DynamicUser=yes"] : [`User=${user}`];
  if (state !== undefined) lines.push(`StateDirectory=${state}`, "StateDirectoryMode=0750");
  else {
    lines.push(`ReadWritePaths=${quote(directory, service.isTemplate)}`);
    if (!isDirectory(directory)) notes.push(`First create ${directory}, for the user ${user}`);
  }
  const needsHome = [...listNeeded(service), directory].some(isInHome);
  lines.push(`ProtectHome=${needsHome ? "read-only" : "yes"}`);
  // What lies there would not be there.
  const needsTmp = [...listNeeded(service), directory].some((path) => /^(\/var)?\/tmp\//.test(path));
  lines.push(`PrivateTmp=${needsTmp ? "no" : "yes"}`);
  return { directory, notes, lines };
}

function placeForUser(service: Service): Places {
  const own = dirname(defaultPlaces(1).dataDirectory);
  const directory = service.ownsDataDirectory
    ? join(own, service.isTemplate ? INSTANCE : service.name.replace(/^pyredis-/, ""))
    : service.dataDirectory;
  const mkdir = existsSync("/bin/mkdir") ? "/bin/mkdir" : "/usr/bin/mkdir";
  return { directory, notes: [], lines: [`ExecStartPre=${mkdir} -p -m 750 ${quote(directory, service.isTemplate)}`] };
}

/** What only the system's manager can set up. */
const FOR_SYSTEM = `CapabilityBoundingSet=
PrivateDevices=yes
ProtectSystem=strict
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
`;

function installNotes({ name, scope, isTemplate }: Service): string {
  const file = `${name}${isTemplate ? "@" : ""}.service`;
  const unit = isTemplate ? `${name}@6379` : name;
  const [directory, control] =
    scope === "system" ? ["/etc/systemd/system", "systemctl"] : ["~/.config/systemd/user", "systemctl --user"];
  const linger = scope === "user" ? "\n# To run without a login: loginctl enable-linger" : "";
  const each = isTemplate
    ? "\n# One instance for each port, or for each name of a file: that is what %i stands for."
    : "";
  return `# Save as ${directory}/${file}, then: ${control} daemon-reload && ${control} enable --now ${unit}${linger}${each}`;
}

export function printSystemd(service: Service): string {
  const { scope, isTemplate, name } = service;
  const { directory, notes, lines } = scope === "system" ? placeForSystem(service) : placeForUser(service);
  const command = [...service.command];
  // First, where everything else can stand behind it.
  if (service.ownsDataDirectory) {
    const at = command.indexOf("server") + (command[command.indexOf("server") + 1]?.startsWith("-") === false ? 2 : 1);
    command.splice(at, 0, "--dir", directory);
  }
  const notifies = command.at(-1) === "systemd";
  const title = isTemplate ? `${name}, ${INSTANCE}` : name;
  const network = scope === "system" ? "After=network-online.target\nWants=network-online.target\n" : "";
  return `${installNotes(service)}
${notes.map((note) => `# ${note}.\n`).join("")}[Unit]
Description=pyredis, a Redis-compatible server (${title})
Documentation=https://redis.io/docs/
${network}StartLimitIntervalSec=60
StartLimitBurst=${MOST_RESTARTS}

[Service]
Type=${notifies ? "notify" : "exec"}
ExecStart=${command.map((word) => quote(word, isTemplate)).join(" ")}
Restart=on-failure
RestartSec=1
TimeoutStartSec=${START_SECONDS}
TimeoutStopSec=${STOP_SECONDS}
${notifies ? "WatchdogSec=60\n" : ""}LimitNOFILE=${OPEN_FILES}
LimitCORE=0
UMask=0027
${lines.join("\n")}
NoNewPrivileges=yes
${scope === "system" ? FOR_SYSTEM : ""}RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=${scope === "system" ? "multi-user.target" : "default.target"}
`;
}
