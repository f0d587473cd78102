// The one shape of every server that tests start, and the parts that the starters of child processes share.
import { findFreePort, makeTestDirectory, removeTestDirectory, ServerProcess } from "./child-process.js";
import { type ConnectOptions, RespClient } from "./resp-client.js";
import { textOf } from "./resp-value.js";

export interface TestServer {
  /** Who it is, for messages: "redis-server", "pyredis (in process)". */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  connect(options?: ConnectOptions): Promise<RespClient>;
  /** `redis_version` as INFO reports it. */
  version(): Promise<string>;
  close(): Promise<void>;
}

/** A server in a process of its own, with a directory that goes when it closes. */
export interface ProcessServer extends TestServer {
  readonly process: ServerProcess;
  readonly pid: number;
  readonly directory: string;
}

export type Config = Readonly<Record<string, string>>;

const START_ATTEMPTS = 3;

/** Asks a running server which Redis it is, or claims to be. */
export async function readVersion(connect: () => Promise<RespClient>): Promise<string> {
  const client = await connect();
  try {
    const info = textOf(await client.call("INFO", "server"));
    const version = /^redis_version:(\S+)/m.exec(info)?.[1];
    if (version === undefined) throw new Error(`INFO server has no redis_version:\n${info}`);
    return version;
  } finally {
    await client.close();
  }
}

export interface StartProcessOptions {
  readonly name: string;
  readonly command: string;
  /** The command line for this port and directory. */
  readonly args: (port: number, directory: string) => readonly string[];
  readonly readyTimeoutMs?: number;
}

/** Starts a server process on a free port in a fresh directory, and returns when it answers PING. */
export async function startServerProcess(options: StartProcessOptions): Promise<ProcessServer> {
  const { name, command, args, readyTimeoutMs } = options;
  for (let attempt = 1; ; attempt++) {
    const directory = makeTestDirectory();
    const port = await findFreePort();
    const child = new ServerProcess(command, args(port, directory));
    const stop = async (): Promise<void> => {
      await child.stop();
      removeTestDirectory(directory);
    };
    try {
      await child.waitUntilReady(() => answersPing(port), readyTimeoutMs);
      return makeProcessServer({ name, port, directory, child, stop });
    } catch (error) {
      const isPortTaken = /address already in use|EADDRINUSE/i.test(child.output);
      await stop();
      if (!isPortTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}

/** An error counts as an answer (-NOAUTH, -DENIED); -LOADING does not. */
async function answersPing(port: number): Promise<boolean> {
  const client = await RespClient.connect({ port, timeoutMs: 1_000 });
  try {
    const answer = await client.ask("PING");
    return !answer.startsWith("-LOADING");
  } finally {
    await client.close();
  }
}

interface Started {
  readonly name: string;
  readonly port: number;
  readonly directory: string;
  readonly child: ServerProcess;
  readonly stop: () => Promise<void>;
}

function makeProcessServer({ name, port, directory, child, stop }: Started): ProcessServer {
  const host = "127.0.0.1";
  const connect = (options: ConnectOptions = {}): Promise<RespClient> => RespClient.connect({ host, port, ...options });
  return {
    name,
    host,
    port,
    process: child,
    pid: child.pid,
    directory,
    connect,
    version: () => readVersion(connect),
    close: stop,
  };
}

/** `{ maxmemory: "1mb" }` as `--maxmemory 1mb`: redis-server and `pyredis server` take the same words. */
export function toArguments(config: Config): string[] {
  return Object.entries(config).flatMap(([name, value]) => [`--${name}`, value]);
}
