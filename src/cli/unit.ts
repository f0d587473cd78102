// Owns `pyredis unit`: the file that makes a service manager run the server in the foreground. Each has its own
// quoting, and a word that one cannot express is refused, not bent.
import { nativeProblem } from "../daemon/index.js";
import { EXIT_OK, UsageError } from "./exit-codes.js";
import { MAIN } from "./server-daemon.js";
import { resolveInstance, type ServerInstance, startDirectory } from "./server-instance.js";

export const UNIT_MANAGERS = ["systemd", "supervisor", "launchd"] as const;
export type UnitManager = (typeof UNIT_MANAGERS)[number];

/** Descriptors for 10000 clients, Redis's own 32 and the files that Node keeps open. */
const OPEN_FILES = 10_096;
const START_SECONDS = 90;
/** Above shutdown-timeout: the server waits that long for its replicas. */
const STOP_SECONDS = 30;
const MOST_RESTARTS = 5;

interface Service {
  name: string;
  command: readonly string[];
  instance: ServerInstance;
  user: string | undefined;
}

function hasOption(argv: readonly string[], name: string): boolean {
  return argv.some((word) => word === name || word.startsWith(`${name} `));
}

/** Without the places chosen for a daemon: the manager keeps the pid, and takes the log from standard output. */
function dropChosen(instance: ServerInstance, argv: readonly string[]): string[] {
  const words = [...instance.serverArgs];
  for (const [name, value] of [["--pidfile", instance.pidfile] as const, ["--logfile", instance.logFile] as const]) {
    const at = words.indexOf(name);
    if (!hasOption(argv, name) && at !== -1 && words[at + 1] === value) words.splice(at, 2);
  }
  return words;
}

function describeService(argv: readonly string[], manager: UnitManager, user: string | undefined): Service {
  if (argv[0] === "-" || argv.at(-1) === "-") throw new UsageError("a service has no configuration on standard input");
  const resolved = resolveInstance(argv, { cwd: startDirectory() });
  if (resolved.kind === "refused") throw new UsageError(resolved.refused.stderr.trim() || "not a server to run");
  const { instance } = resolved;
  const supervised = manager === "systemd" && nativeProblem() === "" ? "systemd" : "no";
  const command = [process.execPath, MAIN, "server", ...dropChosen(instance, argv)];
  command.push("--daemonize", "no", "--supervised", supervised);
  for (const word of command) {
    if (/[\r\n\0]/.test(word)) throw new UsageError("an argument with a line break has no place in a service file");
  }
  const name = /([^/]+)\.pid$/.exec(instance.pidfile)?.[1] ?? "pyredis";
  return { name, command, instance, user };
}

/** systemd.service(5): C escapes in double quotes, `%` and `$` doubled. */
function quoteForSystemd(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (/^[\w./:@%$=+,-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\t", "\\t")}"`;
}

function systemdPlaces({ instance, user }: Service): string[] {
  const { dataDirectory } = instance;
  const state = /^\/var\/lib\/([\w./-]+)$/.exec(dataDirectory)?.[1];
  const lines = user === undefined ? ["DynamicUser=yes"] : [`User=${user}`];
  if (state === undefined) lines.push(`ReadWritePaths=${quoteForSystemd(dataDirectory)}`);
  else lines.push(`StateDirectory=${state}`, "StateDirectoryMode=0750");
  // Node or this package may live in somebody's home.
  const isInHome = [process.execPath, MAIN, dataDirectory].some((path) => /^\/(home|root)\//.test(path));
  lines.push(`ProtectHome=${isInHome ? "read-only" : "yes"}`);
  return lines;
}

function printSystemd(service: Service): string {
  const notifies = service.command.at(-1) === "systemd";
  return `# Save as /etc/systemd/system/${service.name}.service, then: systemctl daemon-reload && systemctl enable --now ${service.name}
[Unit]
Description=pyredis, a Redis-compatible server (${service.name})
Documentation=https://redis.io/docs/
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=60
StartLimitBurst=${MOST_RESTARTS}

[Service]
Type=${notifies ? "notify" : "exec"}
ExecStart=${service.command.map(quoteForSystemd).join(" ")}
Restart=on-failure
RestartSec=1
TimeoutStartSec=${START_SECONDS}
TimeoutStopSec=${STOP_SECONDS}
${notifies ? "WatchdogSec=60\n" : ""}LimitNOFILE=${OPEN_FILES}
LimitCORE=0
UMask=0027
${systemdPlaces(service).join("\n")}
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`;
}

/** Supervisor splits the command as a shell does, expands %(…)s, and takes " ;" for a comment. */
function quoteForSupervisor(word: string): string {
  if (word.includes(" ;")) throw new UsageError(`supervisor cannot take the argument "${word}": " ;" begins a comment`);
  const escaped = word.replaceAll("%", "%%");
  if (/^[\w./:@%=+,-]+$/.test(escaped)) return escaped;
  return `'${escaped.replaceAll("'", `'"'"'`)}'`;
}

function printSupervisor(service: Service): string {
  const { dataDirectory } = service.instance;
  return `; Save as /etc/supervisor/conf.d/${service.name}.conf, then: supervisorctl reread && supervisorctl update
; The descriptors are those of supervisord: set minfds=${OPEN_FILES} in its own section.
[program:${service.name}]
command=${service.command.map(quoteForSupervisor).join(" ")}
directory=${dataDirectory.replaceAll("%", "%%")}
${service.user === undefined ? "" : `user=${service.user}\n`}umask=027
autostart=true
autorestart=unexpected
exitcodes=0
startsecs=2
startretries=${MOST_RESTARTS}
stopsignal=TERM
stopwaitsecs=${STOP_SECONDS}
redirect_stderr=true
stdout_logfile=AUTO
stdout_logfile_maxbytes=50MB
stdout_logfile_backups=5
`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function printLaunchd(service: Service): string {
  const { name, instance, user } = service;
  const words = service.command.map((word) => `    <string>${escapeXml(word)}</string>`).join("\n");
  const files = `<dict><key>NumberOfFiles</key><integer>${OPEN_FILES}</integer><key>Core</key><integer>0</integer></dict>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Save as ~/Library/LaunchAgents/${name}.plist, then: launchctl bootstrap gui/$UID with that path -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${escapeXml(name)}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>WorkingDirectory</key>
  <string>${escapeXml(instance.dataDirectory)}</string>
${user === undefined ? "" : `  <key>UserName</key>\n  <string>${escapeXml(user)}</string>\n`}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict><key>SuccessfulExit</key><false/></dict>
  <key>ThrottleInterval</key>
  <integer>5</integer>
  <key>ExitTimeOut</key>
  <integer>${STOP_SECONDS}</integer>
  <key>Umask</key>
  <integer>23</integer>
  <key>SoftResourceLimits</key>
  ${files}
  <key>HardResourceLimits</key>
  ${files}
  <key>StandardOutPath</key>
  <string>${escapeXml(instance.logFile)}</string>
  <key>StandardErrorPath</key>
  <string>${escapeXml(instance.logFile)}</string>
</dict>
</plist>
`;
}

const PRINTERS = { systemd: printSystemd, supervisor: printSupervisor, launchd: printLaunchd } as const;

export function unit(manager: UnitManager, argv: readonly string[], options: { user?: string }): number {
  const { user } = options;
  if (user !== undefined && !/^[a-z_][\w-]*\$?$/i.test(user)) throw new UsageError(`${user} is no user's name`);
  process.stdout.write(PRINTERS[manager](describeService(argv, manager, user)));
  return EXIT_OK;
}
