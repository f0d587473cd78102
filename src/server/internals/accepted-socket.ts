/**
 * The inside of a socket that net.Server has accepted: its handle, the handle's descriptor, and a second net.Socket on
 * the same handle. Nothing of this is documented: probe.ts tries it out, and socket-transport.ts asks what came of it.
 */
import { Socket } from "node:net";

/** The parts of a socket that are used here. */
interface Inside {
  _handle?: { useUserBuffer?: unknown; fd?: unknown } | null;
  _server?: unknown;
  server?: unknown;
}

/** What has to be closed, and can be written to: null where there is none. */
export function handleOf(socket: Socket): unknown {
  try {
    return (socket as unknown as Inside)._handle ?? null;
  } catch {
    return null;
  }
}

/** -1 where it is not to be had. */
export function descriptorOf(socket: Socket): number {
  try {
    const fd = (socket as unknown as Inside)._handle?.fd;
    return typeof fd === "number" && Number.isInteger(fd) && fd >= 0 ? fd : -1;
  } catch {
    return -1;
  }
}

/**
 * A socket on the handle of an accepted one, which is none any more, that reads into `area`: the documented `onread`
 * option, which net.Server does not pass on. It begins to read at once. Throws where the handle cannot be taken; the
 * accepted socket is of no use then, either.
 */
export function wrapAgain(accepted: Socket, area: Uint8Array, onRead: (byteLength: number) => void): Socket {
  const inner = accepted as unknown as Inside;
  const handle = inner._handle;
  if (!handle || typeof handle.useUserBuffer !== "function") throw new Error("the handle takes no buffer to read into");
  if (accepted.constructor !== Socket) throw new Error("the socket is of a class of its own");
  const options = {
    handle,
    allowHalfOpen: false,
    readable: true,
    writable: true,
    onread: {
      buffer: area,
      callback: (byteLength: number) => {
        onRead(byteLength);
        return true;
      },
    },
  };
  const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
  // The listener counts its connections through these two; the first wrapper must not close the handle.
  const again = socket as unknown as Inside;
  again._server = inner._server;
  again.server = inner.server;
  inner._handle = null;
  inner._server = null;
  return socket;
}
