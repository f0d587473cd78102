// What a connection still gets when its replies are switched off, or when it ends itself: byte for byte as from Redis.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import { waitFor } from "../../support/wait-for.js";

let server: InProcessServer;

before(async () => {
  server = await startInProcess();
});
after(() => server.close());

/** Sends inline requests in one write; what came until the connection was closed, or until `last` came. */
async function talk(lines: readonly string[], last?: string): Promise<{ text: string; closed: boolean }> {
  const socket = connect(server.port, "127.0.0.1");
  let text = "";
  let closed = false;
  socket.on("data", (data) => {
    text += data.toString("latin1");
  });
  socket.on("close", () => {
    closed = true;
  });
  socket.write(lines.map((line) => `${line}\r\n`).join(""));
  await waitFor("the end of the replies", () => closed || (last !== undefined && text.endsWith(last)));
  const seen = { text, closed };
  socket.destroy();
  return seen;
}

test("CLIENT REPLY SKIP silences a RESET, and only that", async () => {
  const { text } = await talk(["CLIENT REPLY SKIP", "RESET", "ECHO 1", "ECHO 2"], "2\r\n");
  assert.equal(text, "$1\r\n1\r\n$1\r\n2\r\n");
});

test("CLIENT REPLY OFF ends with RESET, which is answered", async () => {
  const { text } = await talk(["CLIENT REPLY OFF", "ECHO 1", "RESET", "ECHO 2"], "2\r\n");
  assert.equal(text, "+RESET\r\n$1\r\n2\r\n");
});

test("a QUIT that CLIENT REPLY has silenced closes without a word", async () => {
  for (const mode of ["OFF", "SKIP"]) {
    assert.deepEqual(await talk([`CLIENT REPLY ${mode}`, "QUIT", "ECHO 1"]), { text: "", closed: true });
    const before = await talk(["ECHO 1", `CLIENT REPLY ${mode}`, "QUIT"]);
    assert.deepEqual(before, { text: "$1\r\n1\r\n", closed: true });
  }
});

test("a protocol error that CLIENT REPLY has silenced closes without a word", async () => {
  for (const mode of ["OFF", "SKIP"]) {
    assert.deepEqual(await talk([`CLIENT REPLY ${mode}`, "*x"]), { text: "", closed: true });
  }
  const { text } = await talk(["CLIENT REPLY SKIP", "ECHO 1", "*x"]);
  assert.equal(text, "-ERR Protocol error: invalid multibulk length\r\n");
});

test("a client that kills itself inside of a transaction gets its replies up to that", async () => {
  const kill = "CLIENT KILL TYPE pubsub SKIPME no";
  const talked = await talk([
    "HELLO 3",
    "SUBSCRIBE a",
    "MULTI",
    "ECHO 1",
    kill,
    "ECHO 2",
    "SET after kill",
    "EXEC",
    "PING",
  ]);
  assert.ok(talked.closed);
  assert.equal(
    talked.text.slice(talked.text.indexOf("+OK")),
    `+OK\r\n${"+QUEUED\r\n".repeat(4)}*4\r\n$1\r\n1\r\n:1\r\n`,
  );
  const client = await server.connect();
  assert.equal(await client.ask("GET", "after"), '$"kill"');
  client.close();
});

test("a monitor sees the CLIENT REPLY SKIP that it sends, and not what that silences", async () => {
  const { text } = await talk(["MONITOR", "CLIENT REPLY SKIP", "ECHO 1", "PING"], '"PING"\r\n');
  const shown = text.replace(/\+\d+\.\d+ \[0 [^\]]+\]/g, "+TIME");
  assert.equal(shown, '+OK\r\n+TIME "CLIENT" "REPLY" "SKIP"\r\n+PONG\r\n+TIME "PING"\r\n');
});
