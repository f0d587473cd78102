// COMMAND and its subcommands: shapes, look-up by name, and keys out of requests.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { intOf, itemsOf, textOf } from "../../support/resp-value.js";

let server: InProcessServer;
let client: RespClient;

before(async () => {
  server = await startInProcess();
});
after(() => server.close());
beforeEach(async () => {
  client = await server.connect();
});
afterEach(() => client.close());

test("COMMAND INFO describes a command in ten parts", async () => {
  const keySpec =
    '*[$"flags", *[+RO, +access], $"begin_search", *[$"type", $"index", $"spec", *[$"index", :1]], ' +
    '$"find_keys", *[$"type", $"range", $"spec", *[$"lastkey", :0, $"keystep", :1, $"limit", :0]]]';
  assert.equal(
    await client.ask("COMMAND", "INFO", "GET", "nothing", "get|x"),
    `*[*[$"get", :2, *[+readonly, +fast], :1, :1, :1, *[+@read, +@string, +@fast], *[], *[${keySpec}], *[]], $nil, $nil]`,
  );
});

test("COMMAND INFO knows a name with its subcommand, and nothing deeper", async () => {
  assert.match(await client.ask("COMMAND", "INFO", "CONFIG|GET"), /^\*\[\*\[\$"config\|get", :-3, /);
  assert.equal(await client.ask("COMMAND", "INFO", "config|nothing", "config|get|key", ""), "*[$nil, $nil, $nil]");
});

test("COMMAND INFO of a container lists its subcommands by their full names", async () => {
  const [entry] = itemsOf(await client.call("COMMAND", "INFO", "config"));
  const subcommands = entry === undefined ? [] : itemsOf(itemsOf(entry)[9] ?? entry);
  const names = subcommands.map((subcommand) => textOf(itemsOf(subcommand)[0] ?? subcommand));
  assert.deepEqual(names.sort(), ["config|get", "config|help", "config|resetstat", "config|rewrite", "config|set"]);
});

test("flags and sets are sets under RESP3", async (t) => {
  const three = await server.connect({ resp: 3 });
  t.after(() => three.close());
  assert.match(await three.ask("COMMAND", "INFO", "ping"), /^\*\[\*\[\$"ping", :-1, ~\[\+fast\], :0, :0, :0, ~\[/);
  assert.match(await three.ask("COMMAND", "DOCS", "ping"), /^%\{\$"ping": %\{\$"summary": /);
});

test("COMMAND, COMMAND INFO, COMMAND COUNT and COMMAND DOCS agree on how many there are", async () => {
  const count = intOf(await client.call("COMMAND", "COUNT"));
  assert.equal(itemsOf(await client.call("COMMAND")).length, Number(count));
  assert.equal(itemsOf(await client.call("COMMAND", "INFO")).length, Number(count));
  assert.equal(itemsOf(await client.call("COMMAND", "DOCS")).length, 2 * Number(count));
});

test("COMMAND DOCS tells group, since, history and the grammar of arguments", async () => {
  const docs = await client.ask("COMMAND", "DOCS", "shutdown", "nothing");
  assert.match(docs, /^\*\[\$"shutdown", \*\[\$"summary", /);
  assert.match(docs, /\$"history", \*\[\*\[\$"7\.0\.0", \$"Added the `NOW`, `FORCE` and `ABORT` modifiers\."\]\]/);
  assert.match(
    docs,
    /\*\[\$"name", \$"now", \$"type", \$"pure-token", \$"display_text", \$"now", \$"token", \$"NOW", \$"since", \$"7\.0\.0", \$"flags", \*\[\+optional\]\]/,
  );
  assert.match(docs, /\$"type", \$"oneof", \$"flags", \*\[\+optional\], \$"arguments", \*\[/);
});

test("COMMAND LIST filters by pattern, category and module", async () => {
  const list = async (...words: string[]): Promise<string[]> =>
    itemsOf(await client.call("COMMAND", "LIST", ...words)).map((item) => textOf(item));
  assert.ok((await list()).includes("config|get"));
  assert.deepEqual(await list("FILTERBY", "PATTERN", "SLOWLOG|l*"), ["slowlog|len"]);
  assert.ok((await list("filterby", "aclcat", "dangerous")).includes("debug"));
  assert.deepEqual(await list("FILTERBY", "ACLCAT", "nonsense"), []);
  assert.deepEqual(await list("FILTERBY", "MODULE", "any"), []);
  assert.equal(await client.ask("COMMAND", "LIST", "FILTERBY", "X", "y"), "-ERR syntax error");
  assert.equal(await client.ask("COMMAND", "LIST", "bad"), "-ERR syntax error");
});

test("COMMAND GETKEYS picks the keys out", async () => {
  assert.equal(await client.ask("COMMAND", "GETKEYS", "GET", "k"), '*[$"k"]');
  assert.equal(await client.ask("COMMAND", "GETKEYS", "MSET", "a", 1, "b", 2), '*[$"a", $"b"]');
  assert.equal(await client.ask("COMMAND", "GETKEYS", "memory", "usage", "k"), '*[$"k"]');
  assert.equal(await client.ask("COMMAND", "GETKEYSANDFLAGS", "SET", "k", "v"), '*[*[$"k", *[+OW, +update]]]');
  assert.equal(
    await client.ask("COMMAND", "GETKEYSANDFLAGS", "SET", "k", "v", "EX", 1, "GET"),
    '*[*[$"k", *[+RW, +access, +update]]]',
  );
});

test("COMMAND GETKEYS says what is wrong with a command", async () => {
  assert.equal(await client.ask("COMMAND", "GETKEYS", "nothing", "k"), "-ERR Invalid command specified");
  assert.equal(await client.ask("COMMAND", "GETKEYS", "PING"), "-ERR The command has no key arguments");
  assert.equal(await client.ask("COMMAND", "GETKEYS", "GET"), "-ERR Invalid number of arguments specified for command");
});
