// An argument may have 512 MB, and the JavaScript heap is not made for that: whatever a client sends, no more than a bounded
// piece of it becomes a string. All commands are sent with a long argument in every place, to a server that tells of each
// long text that it decodes, while a monitor, a tracking client and the slow log look on.
import assert from "node:assert/strict";
import { connect as connectSocket } from "node:net";
import { test } from "node:test";
import { COMMANDS } from "#src/commands/index.js";
import { startInProcess } from "../support/in-process.js";
import { startPyRedisProcess } from "../support/pyredis-process.js";
import { encodeCommand } from "../support/resp-client.js";
import { fmt, textOf } from "../support/resp-value.js";
import { waitFor } from "../support/wait-for.js";

const MB = 1024 * 1024;
/** Longer than any bound. */
const LARGE = Buffer.alloc(2 * MB, 0x61);
const BOUND_BYTES = MB;
/** These end the server, or the connection, or wait. */
const LEFT_OUT: ReadonlySet<string> = new Set(["shutdown", "debug", "monitor", "quit", "failover"]);
const PLACES_MAX = 5;

/** Loaded into the server: says when a long text is decoded. */
const WATCHER = `
for (const method of ["toString", "latin1Slice", "utf8Slice", "asciiSlice"]) {
  const original = Buffer.prototype[method];
  if (original === undefined) continue;
  Buffer.prototype[method] = function (...args) {
    const text = original.apply(this, args);
    if (text.length > ${BOUND_BYTES}) process.stderr.write("DECODED " + text.length + " " + new Error().stack + "\\n");
    return text;
  };
}`;

/** Every command and subcommand as words. */
function listForms(): string[][] {
  const forms: string[][] = [];
  for (const { name, subcommands } of COMMANDS) {
    if (LEFT_OUT.has(name)) continue;
    forms.push([name]);
    for (const sub of subcommands ?? []) forms.push([name, sub.name]);
  }
  return forms;
}

test("no command makes a string of a long argument, wherever it stands", async (t) => {
  const server = await startPyRedisProcess({
    nodeOptions: ["--max-old-space-size=64", "--import", `data:text/javascript,${encodeURIComponent(WATCHER)}`],
    config: { "slowlog-log-slower-than": "0", "latency-monitor-threshold": "1" },
  });
  t.after(() => server.close());
  const other = await server.connect();
  t.after(() => other.close());
  const sinks = [
    [["MONITOR"]],
    [
      ["HELLO", "3"],
      ["CLIENT", "TRACKING", "ON", "BCAST"],
    ],
  ];
  for (const commands of sinks) {
    const socket = connectSocket({ host: server.host, port: server.port });
    socket.resume();
    t.after(() => socket.destroy());
    for (const command of commands) socket.write(encodeCommand(command));
  }
  // The program itself is a long text.
  const started = server.process.output.length;
  let sent = 0;
  for (const words of listForms()) {
    const client = await server.connect({ timeoutMs: 20_000 });
    for (let place = 0; place <= PLACES_MAX; place++) {
      const request: (string | Buffer)[] = [...words];
      while (request.length < Math.max(place + 1, words.length + 2)) request.push("1");
      request[place] = LARGE;
      // The last argument of those that block is their time-out: "1" is a second.
      client.send(...request);
      sent++;
    }
    client.send("PING");
    await waitFor(
      `${words.join(" ")} to be served`,
      async () => (await other.ask("CLIENT", "NO-EVICT", "ON")) === "+OK",
    );
    // Whoever is confined to pub/sub, blocked or closed now has been served: what else comes is read away.
    await client.readReply().catch(() => {});
    await client.close();
    await other.call("FLUSHALL");
    assert.equal(await other.ask("PING"), "+PONG", words.join(" "));
  }
  assert.ok(sent > 1000, `only ${sent} requests`);
  assert.equal(textOf(await other.call("ECHO", "alive")), "alive");
  assert.doesNotMatch(server.process.output.slice(started), /DECODED|BUG/);
});

test("MONITOR shows 128 KiB of a request, and says how much more there is", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const [monitor, client] = await Promise.all([server.connect(), server.connect()]);
  t.after(() => Promise.all([monitor.close(), client.close()]));
  await monitor.ask("MONITOR");
  const binary = Buffer.from([0, 1, 7, 8, 9, 10, 13, 31, 32, 34, 92, 126, 127, 255]);
  await client.ask("SET", binary, "v");
  assert.match(
    fmt(await monitor.readReply()),
    /"SET" "\\\\x00\\\\x01\\\\a\\\\b\\\\t\\\\n\\\\r\\\\x1f \\\\"\\\\\\\\~\\\\x7f\\\\xff" "v"$/,
  );
  await client.ask("SET", "k", Buffer.alloc(3 * MB, 0xff));
  const line = textOf(await monitor.readReply());
  assert.ok(line.length > 0.49 * MB && line.length < 0.51 * MB, `${line.length}`);
  assert.match(line.slice(-60), /\\xff"\.\.\. \(\d+ more bytes\)$/);
  await client.ask("DEL", ...Array.from({ length: 30_000 }, () => "123456"));
  assert.match(textOf(await monitor.readReply()).slice(-60), /"123456" \.\.\. \(\d+ more arguments\)$/);
});

test("a key too long to be kept is broadcast at once, behind those that were kept", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const [tracker, looper, writer] = await Promise.all([1, 2, 3].map(() => server.connect({ resp: 3 })));
  if (tracker === undefined || looper === undefined || writer === undefined) return assert.fail();
  t.after(() => Promise.all([tracker.close(), looper.close(), writer.close()]));
  await tracker.ask("CLIENT", "TRACKING", "ON", "BCAST");
  await writer.ask("CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP");
  const key = "k".repeat(100_000);
  await writer.pipeline([
    ["SET", "short", "v"],
    ["SET", key, "v"],
  ]);
  assert.equal(fmt(await tracker.readPush()), '>[$"invalidate", *[$"short"]]');
  assert.equal(fmt(await tracker.readPush()), `>[$"invalidate", *[$"${key}"]]`);
  assert.deepEqual(writer.unreadPushes, []);
});

test("CLIENT LIST shows names that together are longer than a string may be", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  const name = "n".repeat(64 * 1024);
  assert.equal(await client.ask("CLIENT", "SETNAME", name), "+OK");
  assert.match(
    await client.ask("CLIENT", "SETNAME", `${name}n`),
    /^-ERR Client names, .* cannot be longer than 65536 bytes/,
  );
  const id = (await client.ask("CLIENT", "ID")).slice(1);
  const ids = Array.from({ length: 500 }, () => id);
  for (const resp of ["2", "3"]) {
    await client.call("HELLO", resp);
    const text = textOf(await client.call("CLIENT", "LIST", "ID", ...ids));
    assert.equal(text.split("\n").length, 501);
    assert.ok(text.startsWith(`id=${id} `));
  }
  assert.match(await client.ask("CLIENT", "LIST", "ID", id, "x"), /^-ERR Invalid client ID/);
});
