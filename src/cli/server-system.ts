// Owns what the daemon library does for a server: sd_notify, sockets of the service manager, syslog. Loaded only where
// one of them is wanted.
import { type LogFacility, type LogPriority, Notifier, SystemLog, takeListenFds } from "../daemon/index.js";
import type { ServerSystem } from "../server/supervision.js";

export function createServerSystem(): ServerSystem {
  const sockets = takeListenFds().map(({ fd }) => fd);
  const hasManager = process.env.NOTIFY_SOCKET !== undefined;
  const notifier = new Notifier();
  return {
    sockets,
    hasManager,
    notify: (message) => notifier.send(message),
    feedWatchdog: () => notifier.feed(),
    openSyslog(ident: string, facility: LogFacility) {
      const log = new SystemLog({ ident, facility });
      return (priority: LogPriority, text: string) => {
        log.log(priority, text);
      };
    },
  };
}
