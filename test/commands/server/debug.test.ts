// DEBUG as far as an in-process server can be debugged; ends of the process are tested in test/daemon.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { textOf } from "../../support/resp-value.js";

let server: InProcessServer;
let client: RespClient;

before(async () => {
  server = await startInProcess({ config: { "enable-debug-command": "local" } });
});
after(() => server.close());
beforeEach(async () => {
  client = await server.connect();
  await client.ask("FLUSHALL");
});
afterEach(() => client.close());

test("DEBUG needs enable-debug-command", async (t) => {
  const closed = await startInProcess();
  t.after(() => closed.close());
  const stranger = await closed.connect();
  t.after(() => stranger.close());
  assert.equal(
    await stranger.ask("DEBUG", "SLEEP", 0),
    '-ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a ' +
      "local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
  );
  assert.equal(await client.ask("DEBUG", "SLEEP", 0), "+OK");
});

test("DEBUG refuses what it does not know, and words too many or too few", async () => {
  const refusal = (sub: string): string =>
    `-ERR unknown subcommand or wrong number of arguments for '${sub}'. Try DEBUG HELP.`;
  assert.equal(await client.ask("DEBUG", "NOTHING"), refusal("NOTHING"));
  assert.equal(await client.ask("DEBUG", "SLEEP"), refusal("SLEEP"));
  assert.equal(await client.ask("DEBUG", "DIGEST", "x"), refusal("DIGEST"));
  assert.equal(await client.ask("DEBUG", "REPLYBUFFER", "FOO", "1"), refusal("REPLYBUFFER"));
  assert.match(await client.ask("DEBUG", "HELP"), /^\*\[\+DEBUG <subcommand> /);
  assert.match(await client.ask("DEBUG", "RELOAD"), /^-ERR DEBUG RELOAD is not available/);
});

test("DEBUG PROTOCOL has a reply of every kind", async (t) => {
  const three = await server.connect({ resp: 3 });
  t.after(() => three.close());
  const kinds: readonly (readonly [kind: string, resp2: string, resp3: string])[] = [
    ["string", '$"Hello World"', '$"Hello World"'],
    ["integer", ":12345", ":12345"],
    ["double", '$"3.141"', ",3.141"],
    ["bignum", '$"1234567999999999999999999999999999999"', "(1234567999999999999999999999999999999"],
    ["null", "$nil", "_"],
    ["array", "*[:0, :1, :2]", "*[:0, :1, :2]"],
    ["set", "*[:0, :1, :2]", "~[:0, :1, :2]"],
    ["map", "*[:0, :0, :1, :1, :2, :0]", "%{:0: #f, :1: #t, :2: #f}"],
    [
      "attrib",
      '$"Some real reply following the attribute"',
      '|{$"key-popularity": *[$"key:123", :90]} $"Some real reply following the attribute"',
    ],
    ["verbatim", '$"This is a verbatim\\nstring"', '=txt"This is a verbatim\\nstring"'],
    ["true", ":1", "#t"],
    ["false", ":0", "#f"],
  ];
  for (const [kind, resp2, resp3] of kinds) {
    assert.equal(await client.ask("DEBUG", "PROTOCOL", kind), resp2);
    assert.equal(await three.ask("DEBUG", "PROTOCOL", kind), resp3);
  }
  assert.equal(await three.ask("DEBUG", "PROTOCOL", "push"), '$"Some real reply following the push reply"');
  assert.equal(three.unreadPushes.length, 1);
  assert.equal(await client.ask("DEBUG", "PROTOCOL", "push"), "-ERR RESP2 is not supported by this command");
  assert.match(await client.ask("DEBUG", "PROTOCOL", "x"), /^-ERR Wrong protocol type name\. /);
});

test("DEBUG POPULATE makes keys that are not there yet, of a size, without counting as changes", async () => {
  await client.ask("SET", "key:1", "mine");
  const { dirty } = server.pyredis.server.effects;
  assert.equal(await client.ask("DEBUG", "POPULATE", 3), "+OK");
  assert.equal(await client.ask("MGET", "key:0", "key:1", "key:2"), '*[$"value:0", $"mine", $"value:2"]');
  assert.equal(await client.ask("DEBUG", "POPULATE", 2, "p", 10), "+OK");
  assert.equal(await client.ask("GET", "p:1"), '$"value:1\\x00\\x00\\x00"');
  assert.equal(await client.ask("DEBUG", "POPULATE", 1, "q", 3), "+OK");
  assert.equal(await client.ask("GET", "q:0"), '$"val"');
  assert.equal(server.pyredis.server.effects.dirty, dirty);
  assert.equal(await client.ask("DEBUG", "POPULATE", -1), "-ERR value is out of range, must be positive");
  assert.equal(await client.ask("DEBUG", "POPULATE", "x"), "-ERR value is out of range, must be positive");
});

test("DEBUG DIGEST is that of Redis: of the same data the same", async () => {
  assert.equal(await client.ask("DEBUG", "DIGEST"), `+${"0".repeat(40)}`);
  await client.ask("SET", "a", "1");
  await client.ask("SET", "b", "2");
  const digest = await client.ask("DEBUG", "DIGEST");
  await client.ask("FLUSHALL");
  await client.ask("SET", "b", "2");
  await client.ask("SET", "a", "1");
  assert.equal(await client.ask("DEBUG", "DIGEST"), digest);
  assert.equal(
    await client.ask("DEBUG", "DIGEST-VALUE", "a", "nothing"),
    `*[+b4fc66738120fba0b5aa500ab5c2bf89cea1c5da, +${"0".repeat(40)}]`,
  );
});

test("DEBUG OBJECT shows the encoding, and a value that changes in place stays where it is", async () => {
  await client.ask("SET", "n", "1");
  const place = /at:(\S+) /.exec(await client.ask("DEBUG", "OBJECT", "n"))?.[1];
  await client.ask("INCR", "n");
  const shown = await client.ask("DEBUG", "OBJECT", "n");
  assert.match(
    shown,
    /^\+Value at:0x[0-9a-f]{12} refcount:1 encoding:int serializedlength:2 lru:\d+ lru_seconds_idle:0$/,
  );
  assert.equal(/at:(\S+) /.exec(shown)?.[1], place);
  assert.equal(await client.ask("DEBUG", "OBJECT", "nothing"), "-ERR no such key");
});

test("DEBUG HTSTATS describes the tables of a database", async () => {
  await client.ask("DEBUG", "POPULATE", 2000);
  const short = textOf(await client.call("DEBUG", "HTSTATS", 0));
  assert.match(
    short,
    /^\[Dictionary HT\]\nHash table 0 stats \(main hash table\):\n table size: \d+\n number of elements: 2000\n/,
  );
  assert.match(
    short,
    /\[Expires HT\]\nHash table 0 stats \(main hash table\):\nNo stats available for empty dictionaries\n$/,
  );
  const full = textOf(await client.call("DEBUG", "HTSTATS", 0, "FULL"));
  const rows = [...full.matchAll(/^ {3}(\d+): (\d+) /gm)].map(([, length, count]) => Number(length) * Number(count));
  assert.equal(
    rows.reduce((sum, elements) => sum + elements, 0),
    2000,
  );
  assert.equal(await client.ask("DEBUG", "HTSTATS", 99), "-ERR Out of range database");
  assert.equal(await client.ask("DEBUG", "HTSTATS-KEY", "nothing"), "-ERR no such key");
});

test("DEBUG switches stop active expiry and cron", async () => {
  const { cron } = server.pyredis.server;
  const size = async (): Promise<string> => {
    server.clock.advance(100);
    cron.tick();
    return await client.ask("DBSIZE");
  };
  await client.ask("SET", "k", "v", "PX", 50);
  await client.ask("DEBUG", "SET-ACTIVE-EXPIRE", 0);
  assert.equal(await size(), ":1");
  await client.ask("DEBUG", "PAUSE-CRON", 1);
  await client.ask("DEBUG", "SET-ACTIVE-EXPIRE", 1);
  assert.equal(await size(), ":1");
  await client.ask("DEBUG", "PAUSE-CRON", 0);
  assert.equal(await size(), ":0");
});

test("DEBUG ERROR, STRUCTSIZE and CHANGE-REPL-ID do what their names say", async () => {
  assert.equal(await client.ask("DEBUG", "ERROR", "CODE a\r\nb"), "-CODE a  b");
  assert.match(await client.ask("DEBUG", "STRUCTSIZE"), /^\$"bits:64 /);
  const before = await client.ask("INFO", "replication");
  assert.equal(await client.ask("DEBUG", "CHANGE-REPL-ID"), "+OK");
  assert.notEqual(await client.ask("INFO", "replication"), before);
});

test("DEBUG LISTPACK takes keys that are one", async () => {
  await client.ask("HSET", "small", "a", "1", "b", "2");
  const shown = "+Listpack structure printed on stdout";
  assert.equal(await client.ask("DEBUG", "LISTPACK", "small"), shown);
  await client.ask("HEXPIRE", "small", 100, "FIELDS", 1, "a");
  assert.equal(await client.ask("DEBUG", "LISTPACK", "small"), shown);
  await client.ask("HSET", "small", "c", "x".repeat(100));
  assert.equal(await client.ask("DEBUG", "LISTPACK", "small"), "-ERR Not a listpack encoded object.");
  assert.equal(await client.ask("DEBUG", "LISTPACK", "nothing"), "-ERR no such key");
});

test("DEBUG QUICKLIST takes lists that are one", async () => {
  await client.call("RPUSH", "long", ...Array.from({ length: 3000 }, (_, i) => `element ${i}`));
  for (const detail of [[], ["0"], ["1"]]) {
    assert.equal(await client.ask("DEBUG", "QUICKLIST", "long", ...detail), "+Quicklist structure printed on stdout");
  }
  await client.ask("RPUSH", "short", "a");
  assert.equal(await client.ask("DEBUG", "QUICKLIST", "short"), "-ERR Not a quicklist encoded object.");
  assert.equal(await client.ask("DEBUG", "QUICKLIST", "nothing"), "-ERR no such key");
});

test("DEBUG CLIENT-EVICTION lists clients by what they take", async (t) => {
  const server = await startInProcess({ config: { "enable-debug-command": "yes" } });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  assert.equal(await client.ask("DEBUG", "CLIENT-EVICTION"), "-ERR maxmemory-clients is disabled.");
  await client.ask("CONFIG", "SET", "maxmemory-clients", "100mb");
  const lines = textOf(await client.call("DEBUG", "CLIENT-EVICTION")).split("\n");
  assert.equal(lines.length, 20);
  assert.match(lines[0] ?? "", /^bucket {10}0 - {6}32767: tot-mem: +\d+, clients: \d+$/);
  assert.match(lines[1] ?? "", /^bucket {6}32768 - {6}65535: tot-mem: +\d+, clients: \d+$/);
  assert.match(lines[18] ?? "", /^bucket 4294967296\+ {12}: tot-mem: {10}0, clients: 0$/);
  const clients = lines.map((line) => Number(/clients: (\d+)/.exec(line)?.[1] ?? 0)).reduce((sum, n) => sum + n);
  assert.equal(clients, 1);
});

test("DEBUG's rarer subcommands answer as Redis's", async (t) => {
  const server = await startInProcess({ config: { "enable-debug-command": "yes" } });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  assert.equal(await client.ask("DEBUG", "STRINGMATCH-TEST"), "+Apparently Redis did not crash: test passed");
  const failure = "-ERR failed to restart the server. Check server logs.";
  assert.equal(await client.ask("DEBUG", "RESTART"), failure);
  assert.equal(await client.ask("DEBUG", "CRASH-AND-RECOVER", "100"), failure);
  assert.equal(await client.ask("DEBUG", "RESTART", "soon"), "-ERR value is not an integer or out of range");
  const { arena } = server.pyredis.server.keyspace;
  const before = arena.usedBytes;
  assert.equal(await client.ask("DEBUG", "LEAK", "x".repeat(5000)), "+OK");
  assert.ok(arena.usedBytes >= before + 5000);
  await client.ask("SET", "k", "v".repeat(5000));
  assert.match(
    await client.ask("DEBUG", "SDSLEN", "k"),
    /key_sds_len:1, .*val_sds_len:5000, val_sds_avail:\d+, val_zmalloc: \d+$/,
  );
  const help = await client.ask("DEBUG", "HELP");
  for (const name of ["SDSLEN", "CLIENT-EVICTION", "LEAK", "OOM", "RESTART", "STRINGMATCH-TEST"]) {
    assert.ok(help.includes(`+${name}`), name);
  }
});
