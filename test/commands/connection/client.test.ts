import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { textOf } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";

let server: InProcessServer;
let client: RespClient;
let other: RespClient;

before(async () => {
  server = await startInProcess();
});
after(() => server.close());
beforeEach(async () => {
  client = await server.connect();
  other = await server.connect();
});
afterEach(async () => {
  await client.close();
  await other.close();
  server.pyredis.server.sessions.unpause();
  await waitFor("all sessions to end", () => server.pyredis.server.sessions.count === 0);
});

async function list(...args: string[]): Promise<Map<string, string>[]> {
  const text = textOf(await client.call("CLIENT", "LIST", ...args));
  return text.split("\n").slice(0, -1).map(fieldsOf);
}

function fieldsOf(line: string): Map<string, string> {
  return new Map(
    line.split(" ").map((field): [string, string] => {
      const at = field.indexOf("=");
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}

async function idOf(of: RespClient): Promise<string> {
  return (await of.ask("CLIENT", "ID")).slice(1);
}

const FIELDS =
  "id addr laddr fd name age idle flags db sub psub ssub multi watch qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll " +
  "omem tot-mem events cmd user redir resp lib-name lib-ver";

test("CLIENT LIST has the fields of Redis 7.4, in their order", async () => {
  await client.ask("CLIENT", "SETNAME", "me");
  await client.ask("CLIENT", "SETINFO", "lib-name", "lib");
  await client.ask("CLIENT", "SETINFO", "LIB-VER", "1.0");
  const lines = await list();
  assert.equal(lines.length, 2);
  const [mine] = lines;
  assert.equal([...(mine?.keys() ?? [])].join(" "), FIELDS);
  const expected = {
    id: await idOf(client),
    laddr: `127.0.0.1:${server.port}`,
    name: "me",
    flags: "N",
    db: "0",
    multi: "-1",
    qbuf: "26",
    "argv-mem": "10",
    events: "r",
    cmd: "client|list",
    user: "default",
    redir: "-1",
    resp: "2",
    "lib-name": "lib",
    "lib-ver": "1.0",
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(mine?.get(name), value, name);
});

test("CLIENT LIST shows what the others are doing", async () => {
  await other.ask("SELECT", 7);
  await other.ask("MULTI");
  await other.ask("PING");
  other.raw("*2\r\n$3\r\nGET\r\n$100\r\nabc");
  const id = await idOf(client).then((mine) => String(Number(mine) + 1));
  await waitFor("the half request", async () => (await list("ID", id))[0]?.get("qbuf") !== "0");
  const [line] = await list("ID", id);
  assert.equal(line?.get("flags"), "x");
  assert.equal(line?.get("db"), "7");
  assert.equal(line?.get("multi"), "1");
  assert.equal(line?.get("cmd"), "ping");
});

test("CLIENT LIST filters by type and by any number of ids", async () => {
  assert.equal((await list("TYPE", "NORMAL")).length, 2);
  assert.equal((await list("TYPE", "pubsub")).length, 0);
  const [a, b] = [await idOf(client), await idOf(other)];
  assert.deepEqual(
    (await list("ID", b, "999999", a)).map((line) => line.get("id")),
    [b, a],
  );
});

test("cmd is NULL before the first command, and after one that does not exist", async () => {
  const id = await idOf(other);
  await other.ask("NOSUCH");
  assert.equal((await list("ID", id))[0]?.get("cmd"), "NULL");
  const silent = await server.connect();
  const lines = await list();
  assert.equal(lines.at(-1)?.get("cmd"), "NULL");
  await silent.close();
});

test("age and idle count whole seconds", async () => {
  server.clock.advance(3_000);
  await other.ask("PING");
  server.clock.advance(2_000);
  await client.ask("PING");
  const line = (await list("ID", await idOf(other)))[0];
  assert.equal(line?.get("age"), "5");
  assert.equal(line?.get("idle"), "0");
});

test("CLIENT INFO is the caller's line, a verbatim string under RESP3", async () => {
  const line = fieldsOf(textOf(await client.call("CLIENT", "INFO")).trimEnd());
  assert.equal([...line.keys()].join(" "), FIELDS);
  await client.call("HELLO", 3);
  assert.match(await client.ask("CLIENT", "INFO"), /^=txt"id=\d+ .* resp=3 .*\\n"$/);
  assert.match(await client.ask("CLIENT", "LIST"), /^=txt"id=/);
});

test("CLIENT KILL by id, address, type, user and age", async () => {
  const filters: (() => Promise<(string | number)[]>)[] = [
    async () => ["ID", await idOf(other)],
    async () => ["ADDR", (await list("ID", await idOf(other)))[0]?.get("addr") ?? ""],
    async () => ["LADDR", `127.0.0.1:${server.port}`],
    async () => ["TYPE", "normal"],
    async () => ["USER", "default"],
    async () => ["MAXAGE", 5],
    async () => ["TYPE", "normal", "ID", await idOf(other), "SKIPME", "yes"],
  ];
  for (const filter of filters) {
    const victim = await server.connect();
    await other.close();
    other = victim;
    await waitFor("the old session to end", () => server.pyredis.server.sessions.count === 2);
    const words = await filter();
    if (words[0] === "MAXAGE") {
      assert.equal(await client.ask("CLIENT", "KILL", ...words), ":0");
      server.clock.advance(5_000);
      await client.ask("PING");
    }
    assert.equal(await client.ask("CLIENT", "KILL", ...words), ":1", words.join(" "));
    await victim.waitForClose();
    assert.equal((await list()).length, 1);
  }
});

test("CLIENT KILL's options have errors of their own", async () => {
  const errors: [words: (string | number)[], error: string][] = [
    [["MAXAGE", "x"], "-ERR maxage is not an integer or out of range"],
    [["MAXAGE", 0], "-ERR maxage should be greater than 0"],
    [["MAXAGE", -1], "-ERR maxage should be greater than 0"],
    [["ID", 0], "-ERR client-id should be greater than 0"],
    [["USER", "nobody"], "-ERR No such user 'nobody'"],
    [["TYPE", "x"], "-ERR Unknown client type 'x'"],
    [["SKIPME", "x"], "-ERR syntax error"],
  ];
  for (const [words, error] of errors) assert.equal(await client.ask("CLIENT", "KILL", ...words), error);
});

test("the old form of CLIENT KILL names an address, its own as well", async () => {
  const address = (await list("ID", await idOf(other)))[0]?.get("addr") ?? "";
  assert.equal(await client.ask("CLIENT", "KILL", address), "+OK");
  await other.waitForClose();
  assert.equal(await client.ask("CLIENT", "KILL", address), "-ERR No such client");
  const own = (await list())[0]?.get("addr") ?? "";
  assert.equal(await client.ask("CLIENT", "KILL", own), "+OK");
  await client.waitForClose();
});

test("CLIENT PAUSE ends by itself, and a shorter one does not shorten it", async () => {
  assert.equal(await client.ask("CLIENT", "PAUSE", 1_000, "WRITE"), "+OK");
  assert.equal(await client.ask("CLIENT", "PAUSE", 10, "WRITE"), "+OK");
  other.send("SET", "k", "v");
  server.clock.advance(500);
  await client.ask("PING");
  assert.match(textOf(await client.call("CLIENT", "LIST")), / flags=b /);
  assert.deepEqual(other.unreadReplies, []);
  server.clock.advance(600);
  assert.equal(textOf(await other.readReply()), "OK");
});

test("CLIENT PAUSE ALL holds back everything, and WRITE does not weaken it", async () => {
  await client.ask("CLIENT", "PAUSE", 60_000);
  other.send("GET", "k");
  await waitFor("the client to wait", () => {
    return [...server.pyredis.server.sessions.all].some((session) => session.waiting === "paused");
  });
  server.pyredis.server.sessions.pause("write", 0);
  other.send("PING");
  assert.deepEqual(other.unreadReplies, []);
  server.pyredis.server.sessions.unpause();
  await other.readReply();
  assert.equal(textOf(await other.readReply()), "PONG");
});

test("CLIENT PAUSE bounds its time", async () => {
  const now = BigInt(server.clock.nowMs());
  assert.equal(await client.ask("CLIENT", "PAUSE", 2n ** 63n - now), "-ERR timeout is out of range");
  assert.equal(await client.ask("CLIENT", "PAUSE", 2n ** 63n - 1n), "-ERR timeout is out of range");
});

test("a paused client that goes away leaves nothing", async () => {
  await client.ask("CLIENT", "PAUSE", 60_000, "WRITE");
  other.send("SET", "gone", "v");
  await waitFor("the client to wait", () => {
    return [...server.pyredis.server.sessions.all].some((session) => session.waiting === "paused");
  });
  await other.close();
  await waitFor("its session to end", () => server.pyredis.server.sessions.count === 1);
  await client.ask("CLIENT", "UNPAUSE");
  assert.equal(await client.ask("GET", "gone"), "$nil");
});

test("CLIENT NO-TOUCH and NO-EVICT show in the flags, RESET clears them", async () => {
  await client.ask("CLIENT", "NO-TOUCH", "on");
  await client.ask("CLIENT", "NO-EVICT", "on");
  assert.match(await client.ask("CLIENT", "INFO"), / flags=eT /);
  await client.ask("RESET");
  assert.match(await client.ask("CLIENT", "INFO"), / flags=N /);
});

test("CLIENT SETINFO checks what it is given", async () => {
  assert.equal(await client.ask("CLIENT", "SETINFO", "lib-nam", "x"), "-ERR Unrecognized option 'lib-nam'");
  assert.equal(
    await client.ask("CLIENT", "SETINFO", "Lib-Name", "a b"),
    "-ERR Lib-Name cannot contain spaces, newlines or special characters.",
  );
  await client.ask("CLIENT", "SETINFO", "lib-name", "x");
  assert.equal(await client.ask("CLIENT", "SETINFO", "lib-name", ""), "+OK");
  assert.match(await client.ask("CLIENT", "INFO"), / lib-name= /);
});

test("CLIENT HELP lists every subcommand", async () => {
  const help = await client.ask("CLIENT", "HELP");
  for (const sub of server.pyredis.server.registry.findByName("client")?.subcommands ?? []) {
    assert.ok(help.includes(`+${sub.spec.name.toUpperCase()}`), sub.spec.name);
  }
});

test("names and library versions are checked up to a zero byte, and shown up to it", async () => {
  const client = await server.connect();
  assert.equal(await client.ask("CLIENT", "SETNAME", "me\0 too"), "+OK");
  assert.equal(await client.ask("CLIENT", "SETINFO", "LIB-NAME", "lib\0 x"), "+OK");
  assert.equal(await client.ask("CLIENT", "SETINFO", "LIB-VER", "1\0 x"), "+OK");
  assert.equal(await client.ask("CLIENT", "GETNAME"), '$"me\\x00 too"');
  assert.match(await client.ask("CLIENT", "INFO"), / name=me age=.* lib-name=lib lib-ver=1\\n"$/);
  assert.match(await client.ask("CLIENT", "SETNAME", "my name\0"), /^-ERR Client names cannot contain/);
  client.close();
});
