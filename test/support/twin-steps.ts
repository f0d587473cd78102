// What a twin script is made of, and how one step is done on one server. twin.ts does it on both and compares.
import { type Comparator, exact } from "./comparators.js";
import { type Command, fmtCommand, type RespClient } from "./resp-client.js";
import { escapeBytes, fmt, itemsOf, type Reply } from "./resp-value.js";
import type { TestServer } from "./test-server.js";
import { sleep } from "./wait-for.js";

/** `on` numbers the connection: 0 if not given, others are opened when a step first names them. */
interface On {
  readonly on: number;
}

export type Step =
  | (On & { readonly do: "call"; readonly command: Command; readonly compare: Comparator })
  | (On & { readonly do: "send"; readonly command: Command })
  | (On & {
      readonly do: "observe";
      readonly command: Command;
      readonly compare: Comparator;
      readonly listener: number;
    })
  | (On & { readonly do: "read"; readonly compare: Comparator })
  | (On & { readonly do: "push"; readonly compare: Comparator })
  | (On & { readonly do: "raw"; readonly bytes: Buffer; readonly replies: number; readonly compare: Comparator })
  | (On & { readonly do: "closed" })
  | { readonly do: "wait"; readonly ms: number };

/** In a script a bare command stands for `call(command)`. */
export type ScriptStep = Step | Command;

export function toStep(step: ScriptStep): Step {
  return isCommand(step) ? call(step) : step;
}

function isCommand(step: ScriptStep): step is Command {
  return Array.isArray(step);
}

/** Sends a command and compares its reply. */
export function call(command: Command, compare: Comparator = exact, on = 0): Step {
  return { do: "call", command, compare, on };
}

/** Sends a command that blocks, or whose answer is a push. A later `read` or `push` takes the answer. */
export function send(command: Command, on = 0): Step {
  return { do: "send", command, on };
}

export interface ObserveOptions {
  readonly reply?: Comparator;
  /** Compares two arrays of messages. */
  readonly messages?: Comparator;
  /** The connection that subscribes. */
  readonly listener?: number;
  readonly on?: number;
}

/** Sends a command, and compares its reply, and all that has come since to a connection that subscribes. */
export function observe(command: Command, options: ObserveOptions = {}): Step {
  const { reply = exact, messages = exact, listener = 1, on = 0 } = options;
  const compare: Comparator = {
    name: `${reply.name}, and the messages ${messages.name}`,
    difference: (reference, subject) => {
      const [[a, ...expected], [b, ...actual]] = [itemsOf(reference), itemsOf(subject)];
      if (a === undefined || b === undefined) return "no reply";
      const difference = messages.difference({ kind: "array", items: expected }, { kind: "array", items: actual });
      return reply.difference(a, b) ?? (difference === undefined ? undefined : `messages: ${difference}`);
    },
  };
  return { do: "observe", command, compare, listener, on };
}

/** Compares the next reply to an earlier `send`. */
export function read(compare: Comparator = exact, on = 0): Step {
  return { do: "read", compare, on };
}

/** Compares the next RESP3 push. */
export function push(compare: Comparator = exact, on = 0): Step {
  return { do: "push", compare, on };
}

/** Sends bytes as they are (a string is Latin-1) and compares that many replies. */
export function raw(bytes: Uint8Array | string, replies = 1, compare: Comparator = exact, on = 0): Step {
  const sent = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : Buffer.from(bytes);
  return { do: "raw", bytes: sent, replies, compare, on };
}

/** Both servers must close this connection. */
export function closed(on = 0): Step {
  return { do: "closed", on };
}

/** Lets time pass: really, and on the clock of a server that has one to advance. */
export function wait(ms: number): Step {
  return { do: "wait", ms };
}

export function fmtStep(step: Step): string {
  if (step.do === "wait") return `wait ${step.ms} ms`;
  const where = step.on === 0 ? "" : `[${step.on}] `;
  if (step.do === "call") return where + fmtCommand(step.command);
  if (step.do === "send") return `${where}send ${fmtCommand(step.command)}`;
  if (step.do === "observe") return `${where}${fmtCommand(step.command)}, observed on [${step.listener}]`;
  if (step.do === "raw") return `${where}raw "${escapeBytes(step.bytes)}"`;
  return where + step.do;
}

/** A server whose time a test moves, as in-process.ts starts it. */
export interface TwinServer extends TestServer {
  readonly clock?: { advance(ms: number): void };
}

/** One server and this run's connections to it. */
export class TwinSide {
  readonly server: TwinServer;
  readonly #resp: 2 | 3;
  #clients = new Map<number, RespClient>();

  constructor(server: TwinServer, resp: 2 | 3) {
    this.server = server;
    this.#resp = resp;
  }

  /** The replies that the step yields, in order. */
  async perform(step: Step): Promise<readonly Reply[]> {
    if (step.do === "wait") {
      await sleep(step.ms);
      this.server.clock?.advance(step.ms);
      return [];
    }
    const client = await this.#client(step.on);
    switch (step.do) {
      case "call":
        return [await client.call(...step.command)];
      case "send":
        client.send(...step.command);
        await this.#settle();
        return [];
      case "observe": {
        const reply = await client.call(...step.command);
        return [{ kind: "array", items: [reply, ...(await this.#messages(await this.#client(step.listener)))] }];
      }
      case "read":
        return [await client.readReply()];
      case "push":
        return [await client.readPush()];
      case "closed":
        await client.waitForClose();
        return [];
      case "raw": {
        client.raw(step.bytes);
        const replies: Reply[] = [];
        while (replies.length < step.replies) replies.push(await client.readReply());
        return replies;
      }
    }
  }

  async closeClients(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) await client.close();
  }

  async #client(on: number): Promise<RespClient> {
    const known = this.#clients.get(on);
    if (known) return known;
    const client = await this.server.connect({ resp: this.#resp });
    this.#clients.set(on, client);
    return client;
  }

  /** All that has come to a subscriber: the answer to PING comes behind it. */
  async #messages(client: RespClient): Promise<Reply[]> {
    const mark = "end of the messages";
    const messages: Reply[] = [];
    client.send("PING", mark);
    for (let reply = await client.readReply(); !fmt(reply).includes(mark); reply = await client.readReply()) {
      messages.push(reply);
    }
    while (client.unreadPushes.length > 0) messages.push(await client.readPush());
    return messages;
  }

  /**
   * A round trip on another connection. The server reads sockets in the order in which they became readable, so what
   * was sent before is then done, or blocked.
   */
  async #settle(): Promise<void> {
    const client = await this.#client(-1);
    await client.call("PING");
  }
}
