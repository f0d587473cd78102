// Where messages of CLIENT TRACKING stand among the replies of the client that gets them: byte by byte.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { waitFor } from "../support/wait-for.js";

/** A client that keeps what it gets as it comes. */
class RawClient {
  readonly #socket: Socket;
  #received = "";
  #read = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
    });
  }

  send(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** All that comes up to `end`, and `end`; line breaks are blanks. */
  async readUntil(end: string): Promise<string> {
    const at = await waitFor(`${JSON.stringify(end)} in ${JSON.stringify(this.#received)}`, () => {
      const found = this.#received.indexOf(end, this.#read);
      return found < 0 ? undefined : found;
    });
    const text = this.#received.slice(this.#read, at + end.length);
    this.#read = at + end.length;
    return text.replaceAll("\r\n", " ");
  }

  /** The lines' replies: an ECHO behind them marks the end. */
  async ask(...lines: string[]): Promise<string> {
    this.send(...lines, "ECHO end-of-it");
    return (await this.readUntil("end-of-it\r\n")).slice(0, -"$9 end-of-it ".length);
  }
}

async function start(t: TestContext, config: Record<string, string> = {}) {
  const server: InProcessServer = await startInProcess({ config: { "enable-debug-command": "yes", ...config } });
  t.after(() => server.close());
  const open = async (): Promise<RawClient> => {
    const socket = connect({ host: server.host, port: server.port, noDelay: true });
    t.after(() => socket.destroy());
    const client = new RawClient(socket);
    client.send("HELLO 3", "ECHO ready");
    await client.readUntil("$5\r\nready\r\n");
    return client;
  };
  return { server, open, writer: await server.connect() };
}

const INVALID = (key: string) => `>2 $10 invalidate *1 $${key.length} ${key} `;

test("a client's own message follows its reply", async (t) => {
  const { open } = await start(t);
  const client = await open();
  await client.ask("CLIENT TRACKING ON");
  assert.equal(await client.ask("HSET h f 1", "HGET h f", "HDEL h f", "PING"), `:1 $1 1 :1 ${INVALID("h")}+PONG `);
});

test("messages about what a transaction changes follow all of its replies, in the order of the changes", async (t) => {
  const { open } = await start(t);
  const client = await open();
  await client.ask("CLIENT TRACKING ON", "MGET a b");
  assert.equal(
    await client.ask("MULTI", "INCR b", "INCR a", "GET c", "EXEC"),
    `+OK +QUEUED +QUEUED +QUEUED *3 :1 :1 _ ${INVALID("b")}${INVALID("a")}`,
  );
  assert.equal(await client.ask("GET a", "MULTI", "FLUSHDB", "EXEC"), "$1 1 +OK +QUEUED *1 +OK >2 $10 invalidate _ ");
});

test("a message about a key that expires within a reply follows the reply", async (t) => {
  const { server, open, writer } = await start(t);
  const client = await open();
  await writer.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await client.ask("CLIENT TRACKING ON", "MSET x 1 y 2", "PEXPIRE y 100", "GET y");
  server.clock.advance(200);
  assert.equal(await client.ask("MGET x y"), `*2 $1 1 _ ${INVALID("y")}`);
});

test("another's message follows the reply of the client that it is sent to", async (t) => {
  const { open } = await start(t);
  const reader = await open();
  const receiver = await open();
  const id = (await receiver.ask("CLIENT ID")).slice(1).trim();
  await reader.ask(`CLIENT TRACKING ON REDIRECT ${id}`, "MGET a b");
  assert.equal(
    await receiver.ask("MULTI", "SET a 1", "SET b 1", "EXEC"),
    ["+OK +QUEUED +QUEUED *2 +OK +OK ", INVALID("a"), INVALID("b")].join(""),
  );
});

test("a message about keys that had to go before a command stands in front of its reply", async (t) => {
  const { server, open, writer } = await start(t);
  const client = await open();
  await client.ask("CLIENT TRACKING ON", "MGET 1 2");
  client.send("MULTI");
  await client.readUntil("+OK\r\n");
  await writer.call("DEBUG", "PAUSE-CRON", "1");
  server.pyredis.server.tracking.maxKeys = 1;
  server.pyredis.server.tracking.checkLimit();
  assert.match(await client.ask("PING", "EXEC"), /^>2 \$10 invalidate \*1 \$1 [12] \+QUEUED \*1 \+PONG $/);
});

test("an evicted key's message stands in front of the reply that needed the room", async (t) => {
  const { open, writer } = await start(t, { "maxmemory-policy": "volatile-random" });
  const client = await open();
  await client.ask("CLIENT TRACKING ON", "SETEX v 10000 x", "GET v");
  await writer.call("SET", "big", "x".repeat(2_000_000));
  await writer.call("CONFIG", "SET", "maxmemory", "1mb");
  assert.equal(await client.ask("STRLEN big"), `${INVALID("v")}:2000000 `);
});

test("a client that a push unblocks gets the message about what it changed behind its reply", async (t) => {
  const { open, writer } = await start(t);
  const client = await open();
  await client.ask("CLIENT TRACKING ON", "LRANGE to 0 -1");
  client.send("BLMOVE from to LEFT LEFT 0");
  await waitFor("the client to block", async () => (await writer.ask("INFO", "clients")).includes("blocked_clients:1"));
  await writer.call("RPUSH", "from", "foo");
  assert.equal(await client.ask("PING"), `$3 foo ${INVALID("to")}+PONG `);
});

test("messages of BCAST follow all replies of a pipeline", async (t) => {
  const { open } = await start(t);
  const client = await open();
  await client.ask("CLIENT TRACKING ON BCAST");
  client.send("SET b 1", "SET a 1", "GET a");
  assert.equal(await client.readUntil("$1\r\na\r\n$1\r\nb\r\n"), "+OK +OK $1 1 >2 $10 invalidate *2 $1 a $1 b ");
});
