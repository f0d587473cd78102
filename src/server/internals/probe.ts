/**
 * Tries out, once a process and kind of socket, what may be done with accepted sockets beyond what Node documents: on a
 * connection of this process with itself, with real bytes in both directions, before a server listens. Called by
 * connections.ts. It takes a few milliseconds of the start.
 */
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type ListenOptions, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameOf } from "../../base/errors.js";
import { clearTimeout, setTimeout } from "../../base/timers.js";
import { nativeAddon } from "../../native/addon.js";
import { type PolledSocket, SocketPoller } from "../socket-poller.js";
import { HEADROOM_BYTES } from "../transport.js";
import { descriptorOf, handleOf, wrapAgain } from "./accepted-socket.js";
import { DirectWriter, learnWriteProtocol, type WriteProtocol } from "./direct-writer.js";
import { type Broken, type InternalName, reasonOf } from "./internals.js";

export type SocketKind = "tcp" | "unix";

/** What works; all of it false is what Node documents. */
export interface SocketWays {
  /** The poller may read and write the socket's descriptor. */
  descriptor: boolean;
  /** The socket may be wrapped again, to read into a buffer of ours. */
  wrapping: boolean;
  /** How its handle may be written to; null: not at all. */
  writing: WriteProtocol | null;
  /** What does not work although it was tried. */
  readonly broken: readonly Broken[];
}

export const DOCUMENTED_WAYS: SocketWays = { descriptor: false, wrapping: false, writing: null, broken: [] };

/** How long one attempt may take, of two: a busy machine must not look like another Node. */
const ATTEMPT_MS = 1000;
const READ_BYTES = 16384;
/** The kernel does not take so much for a peer that reads nothing. Zeros that nobody has touched take no memory. */
const TOO_LARGE_BYTES = 64 * 1024 * 1024;

const found = new Map<SocketKind, Promise<SocketWays>>();

/** Never fails: where nothing can be tried out, nothing may be done. */
export function findSocketWays(kind: SocketKind): Promise<SocketWays> {
  const known = found.get(kind) ?? tryWays(kind);
  found.set(kind, known);
  return known;
}

async function tryWays(kind: SocketKind): Promise<SocketWays> {
  const broken: Broken[] = [];
  const attempt = async (name: InternalName, probe: (signal: AbortSignal) => Promise<void>): Promise<boolean> => {
    try {
      await within(ATTEMPT_MS, probe).catch((error: unknown) => {
        if (!isTooLate(error)) throw error;
        return within(ATTEMPT_MS, probe);
      });
      return true;
    } catch (error) {
      broken.push({ name, reason: isTooLate(error) ? "nothing arrived" : reasonOf(error) });
      return false;
    }
  };
  const ways: SocketWays = { ...DOCUMENTED_WAYS, broken };
  if (nativeAddon()?.SocketPoller !== undefined) {
    ways.descriptor = await attempt("descriptor", (signal) => tryDescriptor(kind, signal));
    if (ways.descriptor) return ways;
  }
  ways.wrapping = await attempt("wrapping", (signal) => tryWrapping(kind, signal));
  await attempt("direct-writes", async (signal) => {
    ways.writing = await tryWriting(kind, signal);
  });
  return ways;
}

/** Aborts what takes longer. The timer keeps the process alive: what is waited for may have left nothing that does. */
async function within(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

function isTooLate(error: unknown): boolean {
  return nameOf(error) === "AbortError";
}

/** The next event of this name. Nobody has to wait for it: what comes in between may fail first. */
function next(emitter: EventEmitter, event: string, signal: AbortSignal): Promise<unknown[]> {
  const came = once(emitter, event, { signal });
  came.catch(() => {});
  return came;
}

/** The poller reads and writes what a paused socket of Node's does not, and Node reads on where the poller ends. */
async function tryDescriptor(kind: SocketKind, signal: AbortSignal): Promise<void> {
  const pair = await Pair.open(kind, signal);
  let poller: SocketPoller | null = null;
  try {
    const fd = descriptorOf(pair.accepted);
    if (fd < 0) throw new Error("there is none");
    const events = new EventEmitter();
    const bytes = new Uint8Array(HEADROOM_BYTES + READ_BYTES);
    const socket: PolledSocket = {
      fd,
      onRead: (start, end) => events.emit("read", text(bytes.subarray(start, end))),
      onReadEnded: () => events.emit("ended"),
      onUnsent: () => {},
      destroy: () => pair.close(),
    };
    poller = SocketPoller.create(bytes, {
      onTurnBegin() {},
      onTurnEnd() {},
      onFailure: (error) => events.emit("error", error),
    });
    const slot = poller.add(socket);
    if (!poller.watch(slot)) throw new Error("it cannot be watched");
    const firstRead = next(events, "read", signal);
    pair.peer.write("ping");
    expect("read", (await firstRead)[0], "ping");
    poller.write(fd, [Buffer.from("po"), Buffer.alloc(0), Buffer.from("ng")]);
    expect("written", await pair.readPeer(4), "pong");
    const ended = next(events, "ended", signal);
    pair.peer.end();
    await ended;
    poller.remove(slot);
    const isOver = next(pair.accepted, "end", signal);
    pair.accepted.resume();
    await isOver;
  } finally {
    poller?.close();
    pair.close();
  }
}

/** A second socket on the handle reads into a buffer of ours. */
async function tryWrapping(kind: SocketKind, signal: AbortSignal): Promise<void> {
  const pair = await Pair.open(kind, signal);
  let again: Socket | null = null;
  try {
    const events = new EventEmitter();
    const area = new Uint8Array(READ_BYTES);
    again = wrapAgain(pair.accepted, area, (byteLength) => events.emit("read", text(area.subarray(0, byteLength))));
    again.on("error", () => {});
    const firstRead = next(events, "read", signal);
    pair.peer.write("ping");
    expect("read", (await firstRead)[0], "ping");
    again.write("pong");
    expect("written", await pair.readPeer(4), "pong");
    const isOver = next(again, "close", signal);
    again.resume();
    pair.peer.end();
    await isOver;
  } finally {
    again?.destroy();
    pair.close();
  }
}

/** What is written to the handle arrives, and the end of a write that the kernel has not taken at once is told. */
async function tryWriting(kind: SocketKind, signal: AbortSignal): Promise<WriteProtocol> {
  const pair = await Pair.open(kind, signal);
  const { accepted, peer } = pair;
  try {
    const events = new EventEmitter();
    const handle = handleOf(accepted);
    const protocol = learnWriteProtocol(handle, () => accepted.write(Buffer.from("a")));
    const writer = DirectWriter.tryCreate(handle, protocol, (status) => events.emit("done", status));
    if (writer === null) throw new Error("there is no writeBuffer, writev or writeQueueSize");
    const parts = ["b", "c", "d"].map((letter) => Buffer.from(letter));
    const statuses = [writer.write(parts.slice(0, 1)), writer.write(parts.slice(1))];
    expect("written", await pair.readPeer(4), "abcd");
    expect("answered", statuses.join(), "0,0");
    peer.pause();
    const isDone = next(events, "done", signal);
    expect("answered", String(writer.write([new Uint8Array(TOO_LARGE_BYTES)])), "0");
    expect("pending", String(writer.pendingBytes), String(TOO_LARGE_BYTES));
    peer.destroy();
    const [status] = await isDone;
    if (!(Number(status) < 0)) throw new Error("a write that cannot be done ends without an error");
    return protocol;
  } finally {
    pair.close();
  }
}

function expect(what: string, got: unknown, wanted: string): void {
  if (got !== wanted) throw new Error(`${what}: ${JSON.stringify(got)} and not ${JSON.stringify(wanted)}`);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** A connection of this process with itself. The accepted side is paused, as a server's are. */
class Pair {
  readonly accepted: Socket;
  readonly peer: Socket;
  readonly #signal: AbortSignal;
  readonly #directory: string | null;

  private constructor(accepted: Socket, peer: Socket, signal: AbortSignal, directory: string | null) {
    this.accepted = accepted;
    this.peer = peer;
    this.#signal = signal;
    this.#directory = directory;
    for (const socket of [accepted, peer]) socket.on("error", () => {});
  }

  static async open(kind: SocketKind, signal: AbortSignal): Promise<Pair> {
    const directory = kind === "unix" ? mkdtempSync(join(tmpdir(), "pyredis-")) : null;
    const where: ListenOptions =
      directory === null ? { host: "127.0.0.1", port: 0, exclusive: true } : { path: join(directory, "s") };
    const listener = createServer({ pauseOnConnect: true });
    try {
      listener.listen(where);
      await next(listener, "listening", signal);
      const address = listener.address();
      const isAccepted = next(listener, "connection", signal);
      const peer =
        address !== null && typeof address === "object"
          ? connect({ host: address.address, port: address.port })
          : connect({ path: join(directory ?? "", "s") });
      try {
        await Promise.all([isAccepted, next(peer, "connect", signal)]);
      } catch (error) {
        peer.destroy();
        throw error;
      }
      const [accepted] = (await isAccepted) as [Socket];
      return new Pair(accepted, peer, signal, directory);
    } catch (error) {
      if (directory !== null) rmSync(directory, { recursive: true, force: true });
      throw error;
    } finally {
      listener.close();
    }
  }

  /** What the peer gets, until it has so many bytes. */
  async readPeer(byteLength: number): Promise<string> {
    let got = "";
    while (got.length < byteLength) {
      const [chunk] = (await next(this.peer, "data", this.#signal)) as [Buffer];
      got += text(chunk);
    }
    return got;
  }

  close(): void {
    this.accepted.destroy();
    this.peer.destroy();
    if (this.#directory !== null) rmSync(this.#directory, { recursive: true, force: true });
  }
}
