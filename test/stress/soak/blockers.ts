// Clients that wait for keys while the soak goes on. One that has waited for long is unblocked.

import type { InProcessServer } from "../../support/in-process.js";
import type { Command, RespClient } from "../../support/resp-client.js";
import { intOf } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";
import { DATABASES, type Draw, type Recipe } from "./draw.js";

const ROUNDS_MAX = 40;

function side(draw: Draw): string {
  return draw.pick(["LEFT", "RIGHT"]);
}

const WAITS: readonly Recipe[] = [
  [3, (d) => ["BLPOP", ...d.keysOf("list"), timeout(d)]],
  [2, (d) => ["BRPOP", ...d.keysOf("list"), timeout(d)]],
  [2, (d) => ["BLMOVE", d.keyOf("list"), d.keyOf("list"), side(d), side(d), timeout(d)]],
  [1, (d) => ["BRPOPLPUSH", d.keyOf("list"), d.keyOf("list"), timeout(d)]],
  [2, (d) => ["BLMPOP", timeout(d), 2, d.keyOf("list"), d.keyOf("list"), side(d), "COUNT", d.int(1, 9)]],
  [2, (d) => ["BZPOPMIN", ...d.keysOf("zset"), timeout(d)]],
  [2, (d) => ["BZPOPMAX", ...d.keysOf("zset"), timeout(d)]],
  [2, (d) => ["XREAD", "BLOCK", d.int(0, 5000), "STREAMS", d.keyOf("stream"), d.keyOf("stream"), "$", "$"]],
  [1, (d) => ["XREADGROUP", "GROUP", "g1", "c1", "BLOCK", d.int(0, 5000), "STREAMS", d.keyOf("stream"), ">"]],
  [1, (d) => ["BZMPOP", timeout(d), 2, d.keyOf("zset"), d.keyOf("zset"), "MIN", "COUNT", d.int(1, 9)]],
];

/** Seconds; 0 is for ever. */
function timeout(draw: Draw): number {
  return draw.oneIn(3) ? 0 : draw.int(1, 5000) / 1000;
}

export class Blocker {
  readonly #server: InProcessServer;
  readonly #client: RespClient;
  readonly #id: number;
  #isWaiting = false;
  #rounds = 0;

  private constructor(server: InProcessServer, client: RespClient, id: number) {
    this.#server = server;
    this.#client = client;
    this.#id = id;
  }

  static async connect(server: InProcessServer): Promise<Blocker> {
    const client = await server.connect();
    return new Blocker(server, client, intOf(await client.call("CLIENT", "ID")));
  }

  /** Waits for keys again, or goes on waiting. What comes back tells the main client to end a wait, or is null. */
  async takeTurn(draw: Draw): Promise<Command | null> {
    if (this.#isWaiting && this.#client.unreadReplies.length > 0) {
      await this.#client.readReply();
      this.#isWaiting = false;
    }
    if (this.#isWaiting) {
      if (++this.#rounds < ROUNDS_MAX) return null;
      this.#rounds = 0;
      return ["CLIENT", "UNBLOCK", this.#id, draw.pick(["TIMEOUT", "ERROR"])];
    }
    if (draw.oneIn(4)) await this.#client.call("SELECT", draw.int(0, DATABASES - 1));
    this.#client.send(...draw.weighted(WAITS)(draw));
    this.#isWaiting = true;
    this.#rounds = 0;
    // So that the server meets it here, and not somewhere among the commands that follow.
    await waitFor("a blocking command to arrive", () => this.#isServed(), { intervalMs: 1 });
    return null;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #isServed(): boolean {
    if (this.#client.unreadReplies.length > 0) return true;
    return this.#server.pyredis.server.sessions.find(this.#id)?.waiting === "blocked";
  }
}
