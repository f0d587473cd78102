// Owns socket activation, sd_listen_fds(3): sockets that the manager has opened and that this process inherits from
// descriptor 3 on. Used by programs at their start and by the CLI for the server.

export interface ListenFd {
  fd: number;
  /** FileDescriptorName= of the socket's unit; "unknown" if the manager gave none. */
  name: string;
}

const FIRST_FD = 3;
const MOST_FDS = 4096;

/** The sockets meant for this process; empty without activation. Takes the variables out of `env`. */
export function takeListenFds(env: NodeJS.ProcessEnv = process.env): ListenFd[] {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = "" } = env;
  for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete env[name];
  const count = Number(LISTEN_FDS);
  if (Number(LISTEN_PID) !== process.pid || !Number.isInteger(count) || count < 1 || count > MOST_FDS) return [];
  const names = LISTEN_FDNAMES.split(":");
  return Array.from({ length: count }, (_, i) => ({ fd: FIRST_FD + i, name: names[i] || "unknown" }));
}
