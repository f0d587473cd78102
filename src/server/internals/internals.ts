/**
 * Every place where this program uses what Node does not document, in one list. Node may change such things in any
 * release, and does: so each of them is tried out once, on something private, before anything depends on it, and each
 * has a documented way that is taken otherwise, which costs time and nothing else. Whoever uses another internal enters
 * it here, with its probe; nobody else touches one.
 *
 *   internal       used by                          tried by                          otherwise
 *   descriptor     socket-poller.ts (the addon)     probe.ts, on a pair of sockets    the two below
 *   wrapping       wrap-again.ts                    probe.ts, on a pair of sockets    'data' events, and a copy
 *   direct-writes  direct-writer.ts                 probe.ts, on a pair of sockets    socket.write()
 *   binding        listen-now.ts                    listen-now.ts, on a free port     CONFIG SET waits for listen()
 *   libuv          native/socket-poller.cc          the poller's constructor          as without the addon
 *   v8-flags       engine-tuning.ts                 V8 itself, which passes over      nothing is tuned
 *                                                   flags that it does not know
 *
 * A probe that fails, or an internal that fails although its probe did not, is one line in the server's log.
 */
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../logger.js";

export type InternalName = "descriptor" | "wrapping" | "direct-writes" | "binding";

const INTERNALS: Readonly<Record<InternalName, { readonly what: string; readonly fallback: string }>> = {
  descriptor: {
    what: "_handle.fd of net.Socket",
    fallback: "Node reads and writes every socket",
  },
  wrapping: {
    what: "a second net.Socket on one _handle",
    fallback: "sockets are read by 'data' events",
  },
  "direct-writes": {
    what: "writeBuffer and writev of _handle",
    fallback: "sockets are written by socket.write()",
  },
  binding: {
    what: "net._createServerHandle",
    fallback: "CONFIG SET port and bind need a moment, and do not work inside of a transaction",
  },
};

/** One internal that is not as known, and why. */
export interface Broken {
  readonly name: InternalName;
  readonly reason: string;
}

/** The one line for all that a server cannot use. */
export function logBroken(broken: readonly Broken[], log: Logger): void {
  if (broken.length === 0) return;
  const parts = broken.map(({ name, reason }) => {
    const { what, fallback } = INTERNALS[name];
    return `${what} (${reason}), so ${fallback}`;
  });
  log("warning", `Node.js ${process.version} is not as known here, which costs some speed: ${parts.join("; ")}.`);
}

/** The first line of whatever was thrown. */
export function reasonOf(error: unknown): string {
  const text = messageOf(error);
  return text.split("\n", 1)[0] ?? "";
}
