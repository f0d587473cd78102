// A raw client: arguments in, tagged replies out, nothing interpreted. Every test that talks to a server uses it.
// It waits with bounds only, and says in its errors what it waited for.
import { connect as connectSocket, type Socket } from "node:net";
import { RespParser } from "./resp-parser.js";
import { escapeBytes, fmt, type Reply } from "./resp-value.js";
import { withTimeout } from "./wait-for.js";

export type Arg = string | number | bigint | Uint8Array;
export type Command = readonly Arg[];

export interface ConnectOptions {
  readonly host?: string;
  readonly port?: number;
  /** A unix socket; goes before host and port. */
  readonly path?: string;
  /** 3 sends HELLO 3 first. */
  readonly resp?: 2 | 3;
  /** The bound of every wait that is not given its own. */
  readonly timeoutMs?: number;
}

export function encodeArg(arg: Arg): Buffer {
  if (arg instanceof Uint8Array) return Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength);
  return Buffer.from(String(arg));
}

/** A command as an array of bulk strings. */
export function encodeCommand(command: Command): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${command.length}\r\n`)];
  for (const arg of command) {
    const bytes = encodeArg(arg);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

/** A command as one would type it into redis-cli, long arguments cut: for messages. */
export function fmtCommand(command: Command, maxArgBytes = 80): string {
  const words = command.map((arg) => {
    const bytes = encodeArg(arg);
    const shown = escapeBytes(bytes.subarray(0, maxArgBytes));
    const quoted = shown === "" || /[\s\\"'#]/.test(shown) ? `"${shown}"` : shown;
    return bytes.length > maxArgBytes ? `${quoted}…(${bytes.length} bytes)` : quoted;
  });
  return words.join(" ");
}

interface Waiter {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** Replies or pushes in order of arrival, and who waits for the next one. */
class Inbox {
  readonly unread: Reply[] = [];
  #waiters: Waiter[] = [];

  deliver(reply: Reply): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve(reply);
    else this.unread.push(reply);
  }

  fail(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  async take(what: string, timeoutMs: number, failure: Error | undefined): Promise<Reply> {
    const ready = this.unread.shift();
    if (ready) return ready;
    if (failure) throw failure;
    let mine: Waiter | undefined;
    const arrival = new Promise<Reply>((resolve, reject) => {
      mine = { resolve, reject };
      this.#waiters.push(mine);
    });
    try {
      return await withTimeout(what, timeoutMs, arrival);
    } finally {
      // One that timed out must not swallow the reply of the next.
      this.#waiters = this.#waiters.filter((waiter) => waiter !== mine);
    }
  }
}

export class RespClient {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #parser = new RespParser();
  readonly #replies = new Inbox();
  readonly #pushes = new Inbox();
  readonly #closed: Promise<void>;
  #failure: Error | undefined;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    this.#closed = new Promise((resolve) => {
      socket.on("close", () => {
        const cut = this.#parser.isMidReply ? " in the middle of a reply" : "";
        this.#fail(new Error(`the connection was closed${cut}`));
        resolve();
      });
    });
  }

  static async connect(options: ConnectOptions): Promise<RespClient> {
    const { host = "127.0.0.1", port = 0, path, timeoutMs = 30_000, resp = 2 } = options;
    const where = path ?? `${host}:${port}`;
    const socket = path === undefined ? connectSocket({ host, port, noDelay: true }) : connectSocket({ path });
    const connected = new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    try {
      await withTimeout(`connecting to ${where}`, timeoutMs, connected);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    const client = new RespClient(socket, timeoutMs);
    if (resp === 3) {
      const hello = await client.call("HELLO", 3);
      if (hello.kind !== "map") throw new Error(`HELLO 3 answered ${fmt(hello)}`);
    }
    return client;
  }

  /**
   * Sends one command and gives its reply. After a time-out the connection is closed, because the late reply would be
   * taken for the next command's; use `send` and `readReply` for commands that block.
   */
  async call(...command: Command): Promise<Reply> {
    this.send(...command);
    return this.#readOrClose(`the reply to ${fmtCommand(command)}`);
  }

  /** `call`, and the reply as `fmt` text. */
  async ask(...command: Command): Promise<string> {
    return fmt(await this.call(...command));
  }

  /** Sends all commands in one write, then reads a reply for each. */
  async pipeline(commands: readonly Command[]): Promise<Reply[]> {
    this.raw(Buffer.concat(commands.map(encodeCommand)));
    const replies: Reply[] = [];
    for (const [index, command] of commands.entries()) {
      const what = `reply ${index + 1} of ${commands.length} to the pipelined ${fmtCommand(command)}`;
      replies.push(await this.#readOrClose(what));
    }
    return replies;
  }

  /** Sends a command and does not wait: for commands that block, and for SUBSCRIBE under RESP3. */
  send(...command: Command): void {
    this.raw(encodeCommand(command));
  }

  /** Sends bytes as they are. A string is Latin-1: "\xff" is one byte. */
  raw(bytes: Uint8Array | string): void {
    if (this.#failure) throw this.#failure;
    this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** The next reply that is not a push. A time-out leaves the connection as it is. */
  readReply(timeoutMs = this.#timeoutMs): Promise<Reply> {
    return this.#replies.take("no reply", timeoutMs, this.#failure);
  }

  /** The next RESP3 push. */
  readPush(timeoutMs = this.#timeoutMs): Promise<Reply> {
    return this.#pushes.take("no push", timeoutMs, this.#failure);
  }

  /** Replies that came and that nobody has read: 0 shows that a blocked client is still blocked. */
  get unreadReplies(): readonly Reply[] {
    return this.#replies.unread;
  }

  /** Pushes that came and that nobody has read. */
  get unreadPushes(): readonly Reply[] {
    return this.#pushes.unread;
  }

  /** Waits until the server has closed the connection. What it said before can still be read. */
  async waitForClose(timeoutMs = this.#timeoutMs): Promise<void> {
    await withTimeout("the server has not closed the connection", timeoutMs, this.#closed);
    if (this.#parser.isMidReply) throw this.#failure ?? new Error("the connection was closed");
  }

  /** Stops reading from the socket, as a slow client does; `resume` goes on. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection at once. Safe to call twice. */
  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }

  async #readOrClose(what: string): Promise<Reply> {
    try {
      return await this.#replies.take(what, this.#timeoutMs, this.#failure);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
      throw error;
    }
  }

  #receive(chunk: Buffer): void {
    if (this.#failure) return;
    this.#parser.push(chunk);
    try {
      for (let reply = this.#parser.next(); reply !== undefined; reply = this.#parser.next()) {
        (reply.kind === "push" ? this.#pushes : this.#replies).deliver(reply);
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
    }
  }

  /** The first failure stays: everything after it is a consequence. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#replies.fail(this.#failure);
    this.#pushes.fail(this.#failure);
  }
}
