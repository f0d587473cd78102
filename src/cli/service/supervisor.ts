// Owns the program section for supervisord. Called by unit.ts.
import { UsageError } from "../exit-codes.js";
import { inForeground } from "./foreground.js";
import { MOST_RESTARTS, OPEN_FILES, type Service, STOP_SECONDS } from "./service.js";

/** Supervisor splits the command as a shell does, expands %(…)s, and takes " ;" for a comment. */
function quote(word: string): string {
  if (word.includes(" ;")) throw new UsageError(`supervisor cannot take the argument "${word}": " ;" begins a comment`);
  const escaped = word.replaceAll("%", "%%");
  if (/^[\w./:@%=+,-]+$/.test(escaped)) return escaped;
  return `'${escaped.replaceAll("'", `'"'"'`)}'`;
}

export function printSupervisor(service: Service): string {
  const { command, environment, notes } = inForeground(service);
  const variables = Object.entries(environment).map(([name, value]) => `${name}="${value.replaceAll("%", "%%")}"`);
  return `; Save as /etc/supervisor/conf.d/${service.name}.conf, then: supervisorctl reread && supervisorctl update
; The descriptors are those of supervisord: set minfds=${OPEN_FILES} in its own section.
${notes.map((note) => `; ${note}.\n`).join("")}[program:${service.name}]
command=${command.map(quote).join(" ")}
directory=/
${service.user === undefined ? "" : `user=${service.user}\n`}${variables.length === 0 ? "" : `environment=${variables.join(",")}\n`}umask=027
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
