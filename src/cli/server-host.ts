// Owns the contract with server/main.ts: what the launcher lends to the server, and its late import.

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

export interface ServerModule {
  /** Resolves with the exit code. `argv` as redis-server takes it, without the program's name. */
  runServer(argv: readonly string[], host: ServerHost): Promise<number>;
}

// A name that the compiler does not follow, so that src/cli builds without the server.
const SERVER_MODULE: string = "../server/main.js";

export async function importServer(): Promise<ServerModule> {
  const server: ServerModule = await import(SERVER_MODULE);
  return server;
}
