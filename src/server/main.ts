/**
 * `pyredis server`: one server in this process, from redis-server's arguments to its exit code. Called by the CLI, in
 * the foreground or inside the daemon.
 */
import { chdir } from "node:process";
import type { ShutdownOptions } from "../commands/context.js";
import { Config } from "../config/config.js";
import { SystemClock } from "./clock.js";
import { Listeners } from "./listeners.js";
import { FileLogger } from "./logger.js";
import { Server } from "./server.js";

/** What the launcher lends to the server. */
export interface ServerHost {
  /** All listeners answer. */
  onReady(info: { pid: number; addresses: string[]; logFile: string }): void;
  /** The boot has failed; the starter prints the reason. */
  onFatal(reason: string): void;
  /**
   * The configuration says `daemonize yes` and this process is not the daemon yet: the host starts one and resolves
   * with the exit code of this process. `stdin` is the configuration read from standard input, which is empty by now.
   */
  daemonize?(config: { pidfile: string; logfile: string; dir: string; stdin?: string }): Promise<number>;
}

export async function runServer(argv: readonly string[], host: ServerHost): Promise<number> {
  const started = Config.fromArgv(argv);
  if (started.kind === "exit") {
    process.stdout.write(Buffer.from(started.stdout, "latin1"));
    process.stderr.write(Buffer.from(started.stderr, "latin1"));
    if (started.code !== 0) host.onFatal(started.stderr);
    return started.code;
  }
  const { config } = started;
  const { values } = config;
  if (values.daemonize && host.daemonize !== undefined) {
    return await host.daemonize({ pidfile: values.pidfile ?? "", logfile: values.logfile, dir: values.dir });
  }
  const clock = new SystemClock();
  const logger = new FileLogger(() => clock.nowMs());
  logger.level = values.loglevel;
  logger.open(values.logfile);
  chdir(values.dir);
  let finish: (code: number) => void = () => {};
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const server = new Server({
    config,
    log: logger.log,
    clock,
    onShutdown: (_options: ShutdownOptions) => finish(0),
  });
  logger.log("notice", `Running mode=standalone, port=${values.port}. PID: ${process.pid}`);
  logger.log("warning", "Server initialized");
  const listeners = new Listeners(server);
  try {
    await listeners.listenTcp(values.port, values.bind, false);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.log("warning", `Failed listening on port ${values.port} (tcp), aborting.`);
    host.onFatal(reason);
    return 1;
  }
  server.cron.start();
  logger.log("notice", "Ready to accept connections tcp");
  host.onReady({ pid: process.pid, addresses: listeners.addresses, logFile: values.logfile });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => finish(0));
  const code = await finished;
  const closed = listeners.close();
  server.close();
  await closed;
  logger.log("warning", "Redis is now ready to exit, bye bye...");
  return code;
}
