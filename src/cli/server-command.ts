// Owns `pyredis server`: the server in this very process, in the foreground, or as the daemon if a starter made us.
import type { ServerHost } from "../server/main.js";
import type { ServerSystem } from "../server/supervision.js";

function ignore(): void {}

async function loadSystem(): Promise<ServerSystem> {
  const { createServerSystem } = await import("./server-system.js");
  return createServerSystem();
}

async function runInForeground(argv: readonly string[]): Promise<number> {
  // As redis-server does, outlive the terminal; and without a listener SIGUSR1 opens Node's inspector port.
  process.on("SIGHUP", ignore);
  process.on("SIGUSR1", ignore);
  const host: ServerHost = {
    onReady: ignore,
    // The server has said it itself: on standard error when its configuration is wrong, in its log otherwise.
    onFatal: ignore,
    async daemonize(config) {
      const { startFromConfig } = await import("./start.js");
      return await startFromConfig(argv, config);
    },
    loadSystem,
    async hold(instance) {
      const { holdInstance } = await import("./foreground-instance.js");
      return await holdInstance(instance);
    },
  };
  const { runServer } = await import("../server/main.js");
  return await runServer(argv, host);
}

export async function runServerCommand(argv: readonly string[]): Promise<number> {
  // HANDOFF_VARIABLE of daemon/handoff.ts, spelled out so that the foreground loads nothing of the library.
  if (process.env.PYREDIS_DAEMON_HANDOFF !== undefined) {
    const [{ peekHandoff }, { ServerDaemon }] = await Promise.all([
      import("../daemon/index.js"),
      import("./server-daemon.js"),
    ]);
    const handoff = peekHandoff();
    const checkArgs = async (): Promise<void> => {
      const { checkServerArgs } = await import("./server-instance.js");
      checkServerArgs(argv);
    };
    if (handoff !== undefined) {
      await new ServerDaemon({ pidfile: handoff.pidfile, serverArgs: argv, checkArgs }).start();
    }
  }
  return await runInForeground(argv);
}
