/** Why a server does not listen. Thrown by listeners.ts; part of the public API. */
/** A port or a socket that cannot be had. `code` is the system's: EADDRINUSE, EACCES, EADDRNOTAVAIL … */
export class ListenError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.name = "ListenError";
    this.code = code;
  }
}
