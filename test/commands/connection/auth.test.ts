import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import { textOf } from "../../support/resp-value.js";

let server: InProcessServer;

before(async () => {
  server = await startInProcess({ config: { requirepass: "se\xffcret" } });
});
after(() => server.close());

const SECRET = Buffer.from("se\xffcret", "utf8");
const NOAUTH = "-NOAUTH Authentication required.";
const WRONGPASS = "-WRONGPASS invalid username-password pair or user is disabled.";

test("before AUTH only AUTH, HELLO, QUIT and RESET are served", async () => {
  const client = await server.connect();
  for (const command of [["GET", "k"], ["PING"], ["CLIENT", "ID"], ["MULTI"], ["COMMAND"]]) {
    const reply = await client.ask(...command);
    assert.ok(reply === NOAUTH || reply.startsWith("-ERR unknown command"), reply);
  }
  assert.equal(await client.ask("GET"), "-ERR wrong number of arguments for 'get' command");
  assert.equal(
    await client.ask("EXEC"),
    "-EXECABORT Transaction discarded because of: NOAUTH Authentication required.",
  );
  assert.equal(await client.ask("RESET"), "+RESET");
  assert.match(await client.ask("HELLO", 3), /^-NOAUTH HELLO must be called with the client already authenticated, /);
  assert.equal(await client.ask("QUIT"), "+OK");
  await client.waitForClose();
});

test("AUTH takes the password alone or with the name `default`", async () => {
  for (const words of [[SECRET], ["default", SECRET]]) {
    const client = await server.connect();
    assert.equal(await client.ask("AUTH", "wrong"), WRONGPASS);
    assert.equal(await client.ask("AUTH", "nobody", SECRET), WRONGPASS);
    assert.equal(await client.ask("AUTH", "a", "b", "c"), "-ERR syntax error");
    assert.equal(await client.ask("GET", "k"), NOAUTH);
    assert.equal(await client.ask("AUTH", ...words), "+OK");
    assert.equal(await client.ask("GET", "k"), "$nil");
    // A wrong password afterwards takes nothing away.
    assert.equal(await client.ask("AUTH", "wrong"), WRONGPASS);
    assert.equal(await client.ask("GET", "k"), "$nil");
    await client.close();
  }
});

test("HELLO authenticates, names and switches, or does nothing of it", async () => {
  const client = await server.connect();
  assert.equal(await client.ask("HELLO", 3, "AUTH", "default", "wrong", "SETNAME", "me"), WRONGPASS);
  assert.match(await client.ask("HELLO", 3, "SETNAME", "me"), /^-NOAUTH/);
  assert.match(await client.ask("HELLO", 3, "SETNAME", "me", "AUTH", "default", SECRET), /^%\{.*\$"proto": :3/);
  assert.equal(await client.ask("CLIENT", "GETNAME"), '$"me"');
  assert.equal(await client.ask("GET", "k"), "_");
  assert.equal(await client.ask("RESET"), "+RESET");
  assert.equal(await client.ask("GET", "k"), NOAUTH);
  await client.close();
});

test("a client that has not authenticated may send small requests only", async () => {
  for (const [request, error] of [
    ["*11\r\n", "unauthenticated multibulk length"],
    ["*1\r\n$16385\r\n", "unauthenticated bulk length"],
  ] as const) {
    const client = await server.connect();
    client.raw(request);
    const reply = await client.readReply();
    assert.equal(textOf(reply), `ERR Protocol error: ${error}`);
    await client.waitForClose();
  }
});

test("without its password the server lets everybody in, with a new one it asks newcomers only", async () => {
  const early = await server.connect();
  const admin = await server.connect();
  await admin.ask("AUTH", SECRET);
  assert.equal(await admin.ask("CONFIG", "SET", "requirepass", ""), "+OK");
  assert.equal(await early.ask("GET", "k"), "$nil");
  assert.match(await early.ask("AUTH", "x"), /^-ERR AUTH <password> called without any password configured/);
  const between = await server.connect();
  assert.equal(await admin.ask("CONFIG", "SET", "requirepass", SECRET), "+OK");
  assert.equal(await early.ask("GET", "k"), NOAUTH);
  assert.equal(await between.ask("GET", "k"), "$nil");
  for (const client of [early, admin, between]) await client.close();
});
