// Owns the property list for launchd. Called by unit.ts.
import { homedir } from "node:os";
import { join } from "node:path";
import { inForeground } from "./foreground.js";
import { OPEN_FILES, type Service, STOP_SECONDS } from "./service.js";

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** An agent of this user, or with a user or as root a daemon of the system. Both directories of logs are always there. */
export function printLaunchd(service: Service): string {
  const { name, user, scope } = service;
  const { command, environment, notes } = inForeground(service);
  const words = command.map((word) => `    <string>${escapeXml(word)}</string>`).join("\n");
  const files = `<dict><key>NumberOfFiles</key><integer>${OPEN_FILES}</integer><key>Core</key><integer>0</integer></dict>`;
  const [place, domain, logs] =
    scope === "system"
      ? ["/Library/LaunchDaemons", "system", "/Library/Logs"]
      : ["~/Library/LaunchAgents", "gui/$UID", join(homedir(), "Library/Logs")];
  const log = escapeXml(join(logs, `${name}.log`));
  const variables = Object.entries(environment)
    .map(([key, value]) => `    <key>${key}</key>\n    <string>${escapeXml(value)}</string>\n`)
    .join("");
  const more = [
    user === undefined ? "" : `  <key>UserName</key>\n  <string>${escapeXml(user)}</string>\n`,
    variables === "" ? "" : `  <key>EnvironmentVariables</key>\n  <dict>\n${variables}  </dict>\n`,
  ].join("");
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Save as ${place}/${name}.plist, then: launchctl bootstrap ${domain} with that path -->
${notes.map((note) => `<!-- ${escapeXml(note).replaceAll("--", "- -")}. -->\n`).join("")}<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${escapeXml(name)}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>WorkingDirectory</key>
  <string>/</string>
${more}  <key>RunAtLoad</key>
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
  <string>${log}</string>
  <key>StandardErrorPath</key>
  <string>${log}</string>
</dict>
</plist>
`;
}
