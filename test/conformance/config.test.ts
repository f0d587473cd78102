// CONFIG GET, SET and REWRITE, redis.conf and the command line: the same script against redis-server and Config.
// What 7.4 does in another way than the redis-server at hand is listed by name, and must differ.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Config } from "#src/config/config.js";
import { nodeConfigIo } from "#src/config/io.js";
import { Random } from "../support/random.js";
import { findRedisServerVersion, isOlder, redisServerBinary, whyNoRedisServer } from "../support/redis-server.js";
import type { RespClient } from "../support/resp-client.js";
import { itemsOf, type Reply } from "../support/resp-value.js";
import { type ProcessServer, startServerProcess } from "../support/test-server.js";

const skip = whyNoRedisServer() ?? false;
const version = findRedisServerVersion() ?? "0";

/** The releases between the two lists below may stand on either side; they are compared in all the rest. */
const is70 = isOlder(version, "7.1.0");
const is74 = !isOlder(version, "7.4.0");

/** Directives that 7.4 has and 7.0 has not. */
const NEW_NAMES: readonly string[] = [
  "set-max-listpack-entries",
  "set-max-listpack-value",
  "locale-collate",
  "cluster-announce-human-nodename",
  "cluster-ping-interval",
  "server-cpulist",
  "bio-cpulist",
  "aof-rewrite-cpulist",
  "bgsave-cpulist",
  "max-new-connections-per-cycle",
  "max-new-tls-connections-per-cycle",
  "hide-user-data-from-log",
];
/** Directives that 7.0.15 as some distributions patch it has, and 7.4.1 has not. */
const GONE_NAMES: readonly string[] = ["lua-enable-deprecated-api"];
/** Directives whose range 7.4 has narrowed. */
const NEW_RANGES: ReadonlySet<string> = new Set(["maxmemory-samples"]);
/** CONFIG GET * of 7.0 lists it. */
const NOW_HIDDEN = "aof-disable-auto-gc";
/** 7.4 has a further level, which its refusals name. */
const NEW_LEVEL = ", nothing";

/** Our text as a server of the reference's age says it. */
function asReference(text: string | null): string | null {
  if (text === null || !is70) return text;
  return text.replace(`debug, verbose, notice, warning${NEW_LEVEL}`, "debug, verbose, notice, warning");
}

/** Values that depend on the build or the machine of the reference. */
const NOT_COMPARED = new Set(["activedefrag", "bind", "port", "dir"]);

const LINES = [
  "# a comment \\xe9",
  "  # indented",
  "enable-protected-configs yes",
  "maxmemory 5mb",
  "save 900 1",
  'save ""',
  "save 300 2",
  "MaxClients 100",
  "",
  "",
  "list-max-ziplist-entries 5",
  "hash-max-ziplist-entries 20",
  "hash-max-listpack-entries 21",
  "client-output-buffer-limit pubsub 1mb 2mb 3",
  'notify-keyspace-events "KE$"',
  "slave-priority 50",
  "loglevel notice",
  "LOGLEVEL warning",
  'requirepass ""',
  'proc-title-template "a b {port}"',
  'rename-command FLUSHALL ""',
  "oom-score-adj-values 1 2 3",
  "unixsocketperm 0700",
  'shutdown-on-sigterm "nosave now"',
  "# the end",
];

interface Pair {
  readonly server: ProcessServer;
  readonly client: RespClient;
  readonly config: Config;
  readonly ours: string;
  readonly theirs: string;
}

/** A redis-server and a Config on copies of one file. */
async function startPair(lines: readonly string[]): Promise<Pair> {
  let text = "";
  const server = await startServerProcess({
    name: "redis-server",
    command: redisServerBinary(),
    args: (port, directory) => {
      text = [...lines, `port ${port}`, "bind 127.0.0.1", `dir ${directory}`].join("\n");
      for (const name of ["theirs.conf", "ours.conf"]) writeFileSync(join(directory, name), text, "latin1");
      return [join(directory, "theirs.conf")];
    },
  });
  const [ours, theirs] = [join(server.directory, "ours.conf"), join(server.directory, "theirs.conf")];
  const started = Config.fromArgv([ours], { io: nodeConfigIo(server.directory), ignoreUnsupported: true });
  assert.ok(started.kind === "config", started.kind === "exit" ? started.stderr : "");
  return { server, client: await server.connect(), config: started.config, ours, theirs };
}

async function withPair(lines: readonly string[], run: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await startPair(lines);
  try {
    await run(pair);
  } finally {
    await pair.client.close();
    await pair.server.close();
  }
}

function bytesOf(reply: Reply): string {
  return "bytes" in reply ? reply.bytes.toString("latin1") : assert.fail(reply.kind);
}

async function getTheirs(client: RespClient, ...patterns: string[]): Promise<Map<string, string>> {
  const words = itemsOf(await client.call("CONFIG", "GET", ...patterns.map((text) => Buffer.from(text, "latin1")))).map(
    bytesOf,
  );
  const pairs = words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? ""] as const] : []));
  return new Map(pairs.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function getOurs(config: Config, ...patterns: string[]): Map<string, string> {
  return new Map(config.get(patterns).sort(([left], [right]) => (left < right ? -1 : 1)));
}

async function setTheirs(client: RespClient, words: readonly string[]): Promise<string | null> {
  const reply = await client.call("CONFIG", "SET", ...words.map((word) => Buffer.from(word, "latin1")));
  return reply.kind === "error" ? bytesOf(reply) : null;
}

function setOurs(config: Config, words: readonly string[]): string | null {
  const pairs: [string, string][] = [];
  for (let at = 0; at < words.length; at += 2) pairs.push([words[at] ?? "", words[at + 1] ?? ""]);
  return config.set(pairs, { local: true, loading: false });
}

test("CONFIG GET * lists the same names and defaults", { skip }, async (t) => {
  await withPair(["enable-protected-configs yes"], async ({ client, config }) => {
    const [theirs, ours] = [await getTheirs(client, "*"), getOurs(config, "*")];
    for (const name of NEW_NAMES.filter((name) => ours.has(name))) {
      if (is70) assert.ok(!theirs.has(name), `${name} is listed as new`);
      if (is74) assert.ok(theirs.has(name), name);
      if (!theirs.has(name)) t.diagnostic(`known difference: 7.0 has no ${name}`);
      theirs.delete(name);
      ours.delete(name);
    }
    const shown = theirs.delete(NOW_HIDDEN);
    assert.ok(is70 ? shown : !(is74 && shown), `${NOW_HIDDEN} is listed as hidden`);
    if (shown) t.diagnostic(`known difference: 7.0 shows ${NOW_HIDDEN}`);
    assert.deepEqual([...ours.keys()], [...theirs.keys()]);
    for (const [name, value] of ours) if (!NOT_COMPARED.has(name)) assert.equal(value, theirs.get(name), name);
  });
});

test("CONFIG GET with patterns, names in other case and repeated ones", { skip }, async () => {
  await withPair(LINES, async ({ client, config }) => {
    const cases = [
      ["maxmemory"],
      ["MAXMEMORY", "maxmemory"],
      ["maxmemory*", "MAXMEMORY-policy"],
      ["set-max-intset*", "*-cpu*list-nothing"],
      ["hash-max-[lz]i?*"],
      ["key-load-delay"],
      ["key-load-delay*", "watchdog*"],
      ["*of", "lua-time-limit", "LUA-*"],
      ["max["],
      ["\\maxmemory", "\\max*y-samples"],
      [""],
    ];
    for (const patterns of cases) {
      assert.deepEqual(getOurs(config, ...patterns), await getTheirs(client, ...patterns), patterns.join(" "));
    }
  });
});

/** Values that a directive of its kind may meet, good and bad. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  maxmemory: [
    "",
    "mb",
    "0%",
    "100",
    "1b",
    "1K",
    "1kb",
    "1m",
    "1MB",
    "1g",
    "1gb",
    "-1",
    "abc",
    "5xb",
    "5 mb",
    "+5",
    "1.5gb",
    "1\0x",
  ],
  "maxmemory-clients": ["", "0%", "1%", "100%", "101%", "-1", "-1%", "%", "1 %", "1mb", "abc", "05%"],
  "repl-backlog-size": ["0", "1", "2kb", "-1", "9223372036854775808"],
  "proto-max-bulk-len": ["1", "1mb", "1048575", "x"],
  hz: ["", "05", "-1", "+5", "99999999999", "0", "501", "15", " 1", "1 ", "1.0", "0x1"],
  maxclients: ["-1", "4294967296", "1x", "", "150"],
  "hash-max-listpack-entries": ["-1", "9223372036854775808", "x", "7"],
  "list-max-listpack-size": ["-5", "-2147483649", "2147483648", "128"],
  "slowlog-log-slower-than": ["-1", "-2", "5"],
  "rdb-key-save-delay": ["-5", "0"],
  "lua-time-limit": ["x", "-1", "100"],
  appendfsync: ["", "ALWAYS", "never", "no", "everysec "],
  "oom-score-adj": ["relative", "maybe", "no"],
  "repl-diskless-load": ["swapdb", "x", "disabled"],
  rdbcompression: ["", "YES", "No", "1", "yes "],
  "shutdown-on-sigint": ["", "save nosave", "force save", "default", "default save", "save  now", "x", "NOW"],
  save: ["900", "0 1", "900 -1", "900  1", "900 1 ", "", " ", "900 ", "+9 01", "60 1 30 2", "x y", "9.5 1"],
  "client-output-buffer-limit": [
    "normal 1 2",
    "bad 1 2 3",
    "master 1 2 3",
    "normal 1 2 -3",
    "normal 1kb 2mb 3 replica 1 2 3",
    "",
    "Slave 0 0 0 pubsub 1 1 1",
    "normal x 2 3",
    "normal 1 2 3x",
  ],
  "notify-keyspace-events": ["KEA", "An", "A", "q", "mKE", "g$lszhxetdK", "nE", "", "K E"],
  "latency-tracking-info-percentiles": [
    "",
    "50",
    "101",
    "-1",
    "abc",
    "0.0078125 50.5",
    "inf",
    "nan",
    "1e1",
    "0x10",
    " 50",
  ],
  "oom-score-adj-values": ["1 2", "1 2 3001", "a 1 2", "", "-10 0 10", "+1 02 3"],
  "proc-title-template": [
    "{title}",
    "{x}",
    "",
    "{",
    "{{",
    "{port}",
    "a{unixsocket}",
    "{server-mode}",
    "  ",
    "}",
    "{config-file}",
  ],
  "cluster-announce-hostname": ["a_b", "a-b.c", "", "a".repeat(255), "a".repeat(256)],
  requirepass: ["x y", ""],
  masterauth: ["a\0b\xff\r\n", 'quo"te\\', ""],
  masteruser: ["x\0y", ""],
  dbfilename: ["a/b", "a\\b", "a b.rdb", ""],
  dir: ["/nowhere", "", "/etc/passwd", "."],
  loglevel: ["x", "DEBUG", "warning"],
  bind: ["1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "127.0.0.1"],
  "tls-session-caching": ["x"],
  "min-slaves-max-lag": ["-1", "5"],
  "lfu-log-factor": ["99999999999", "0"],
  daemonize: ["yes"],
  slaveof: ["no one"],
  SAVE: ["1 1"],
  nope: ["1"],
};

test("CONFIG SET takes and refuses the same values in the same words", { skip }, async () => {
  await withPair(LINES, async ({ client, config, server }) => {
    for (const [name, values] of Object.entries(VALUES)) {
      for (const value of values) {
        const what = `CONFIG SET ${name} ${JSON.stringify(value)}`;
        assert.equal(asReference(setOurs(config, [name, value])), await setTheirs(client, [name, value]), what);
        assert.deepEqual(getOurs(config, name), await getTheirs(client, name), what);
      }
    }
    assert.ok(server.pid > 0);
  });
});

test("CONFIG SET of several pairs: all or none, duplicates, the first mistake", { skip }, async () => {
  await withPair(LINES, async ({ client, config }) => {
    const cases = [
      ["maxmemory", "7mb", "hz", "20", "save", "5 5"],
      ["maxmemory", "8mb", "maxmemory-clients", "200%", "hz", "x"],
      ["maxmemory", "8mb", "hz", "20", "HZ", "30"],
      ["lua-time-limit", "8", "busy-reply-threshold", "9"],
      ["hz", "x", "nope", "1"],
      ["daemonize", "yes", "nope", "1"],
      ["nope", "1", "daemonize", "yes"],
      ["no\r\npe", "1"],
      ["DAEMONIZE", "yes", "hz", "x"],
    ];
    for (const words of cases) {
      const what = `CONFIG SET ${words.join(" ")}`;
      assert.equal(setOurs(config, words), await setTheirs(client, words), what);
      for (const name of ["maxmemory", "hz", "save", "lua-time-limit"]) {
        assert.deepEqual(getOurs(config, name), await getTheirs(client, name), `${what}: ${name}`);
      }
    }
  });
});

/**
 * Left out of the random test: listening elsewhere, needing certificates or a file, killing the reference
 * (watchdog-period), locking it out, depending on its limits, its allocator or its locales.
 */
const NOT_RANDOM =
  /^(?:port|bind|tls-.*|watchdog-period|maxclients|maxmemory|client-query-buffer-limit|proto-max-bulk-len|maxmemory-clients|requirepass|activedefrag|appendonly|dir|locale-collate|oom-score-adj.*|jemalloc-bg-thread)$/;

test("CONFIG SET of random values to random directives", { skip }, async () => {
  const seed = Number(process.env.CONFIG_SEED ?? 20261121);
  const random = new Random(seed);
  await withPair(["enable-protected-configs yes"], async ({ client, config }) => {
    const names = [...(await getTheirs(client, "*")).keys()].filter((name) => !NOT_RANDOM.test(name));
    const known = names.filter((name) => config.get([name]).length === 1 && (is74 || !NEW_RANGES.has(name)));
    for (let step = 0; step < 1500; step++) {
      const name = random.pick(known);
      const value = random.weighted<() => string>([
        [3, () => random.integerLike()],
        [2, () => random.floatLike()],
        [3, () => random.pick(["yes", "no", "NO", "default", "save", "now force", "1kb", "10MB", "K", "Eg$", "900 1"])],
        [2, () => random.value().toString("latin1")],
      ])();
      // Beyond 2^53 our bounds are narrower, and numbers that wrap around are refused.
      if (/[0-9]{10}/.test(value)) continue;
      const what = `CONFIG_SEED=${seed} step ${step}: CONFIG SET ${name} ${JSON.stringify(value)}`;
      assert.equal(asReference(setOurs(config, [name, value])), await setTheirs(client, [name, value]), what);
      assert.deepEqual(getOurs(config, name), await getTheirs(client, name), what);
    }
  });
});

/**
 * The kept part in order; the appended part sorted and without empty lines, because Redis appends in the order of a
 * hash table with a new seed at each start.
 */
function splitFile(path: string): { kept: string[]; added: string[] } {
  // There is no ACL here, and its line for the default user is not the same in every release.
  const lines = readFileSync(path, "latin1")
    .split("\n")
    .filter((line) => !line.startsWith("user default "));
  const at = lines.indexOf("# Generated by CONFIG REWRITE");
  return {
    kept: lines.slice(0, at + 1),
    added: lines
      .slice(at + 1)
      .filter(Boolean)
      .sort(),
  };
}

test("CONFIG REWRITE gives the same file, three times over", { skip }, async () => {
  await withPair(LINES, async ({ client, config, ours, theirs }) => {
    const rounds = [
      [],
      ["maxmemory", "3000000", "save", "60 1", "hz", "20", "masterauth", 'a "b"\xff\n', "loglevel", "debug"],
      ["client-output-buffer-limit", "normal 1kb 2 3 replica 1 2 3", "save", "", "notify-keyspace-events", "AE"],
      ["maxmemory", "0", "masterauth", "", "maxmemory-clients", "5%", "shutdown-on-sigterm", "default"],
    ];
    for (const words of rounds) {
      if (words.length > 0) assert.equal(setOurs(config, words), await setTheirs(client, words));
      assert.equal(config.rewrite(), null);
      assert.equal(await client.ask("CONFIG", "REWRITE"), "+OK");
      assert.deepEqual(splitFile(ours), splitFile(theirs), words.join(" "));
    }
  });
});

test("DEBUG CONFIG-REWRITE-FORCE-ALL writes the same lines", { skip }, async () => {
  await withPair([...LINES, "enable-debug-command yes"], async ({ client, config, ours, theirs }) => {
    assert.equal(config.rewrite(true), null);
    assert.equal(await client.ask("DEBUG", "CONFIG-REWRITE-FORCE-ALL"), "+OK");
    const [mine, other] = [splitFile(ours), splitFile(theirs)];
    const isNew = (line: string): boolean => [...NEW_NAMES, ...GONE_NAMES].some((name) => line.startsWith(`${name} `));
    assert.deepEqual(mine.kept, other.kept);
    assert.deepEqual(
      mine.added.filter((line) => !isNew(line)),
      other.added.filter((line) => !isNew(line)),
    );
  });
});

/** The report of an option, which has no line number here, and of a name or value for which there is a suggestion. */
function withoutPlace(report: string): string {
  const isOption = !/at line \d+\n>>> '(?:port "1|include ba|maxmemory \t 1tb)/.test(report);
  const text = report.replace(/^Did you mean '.*'\?\n/m, "");
  return isOption ? text.replace(/^\n\*\*\* FATAL .*\n(?:Reading .*\n|At the option .*\n)?/, "") : text;
}

/** Command lines that must not start a server: what both print. */
const BAD_ARGV: readonly (readonly string[])[] = [
  ["--invalid"],
  ["--port"],
  ["--port", "6380", "--loglevel"],
  ["--port", "6379", "6380"],
  ["--port", "--loglevel", "verbose"],
  ["--port", "--bla", "--loglevel", "verbose"],
  ["--port", 'a"b\\é'],
  ["--port", ""],
  ["--logfile", "--my--log--file", "--loglevel", "--bla"],
  ["--shutdown-on-sigint", "now force", "--shutdown-on-sigterm"],
  ["--replicaof", "127.0.0.1", "abc"],
  ["--replicaof", "--127.0.0.1", "--abc"],
  ["--save", "--hz", "x"],
  ["--hz", "x", "--save"],
  ["--save '900 1' x", "--hz", "x"],
  ["--hz '1", "2"],
  ["--hz 12", "y"],
  ["a.conf", "hz", "5", "--hz x"],
  ["a.conf"],
  ["bad.conf"],
  ["nested.conf"],
  ["bad.conf", "--port", "1"],
  ["end.conf", "--port", "x"],
  ["--dir", "/nowhere"],
  ["--dir", "a", "b"],
  ["--logfile", "/nowhere/x"],
  ["--cluster-enabled", "yes", "--replicaof", "a", "1"],
  ["--sentinel-x", "1"],
  ["--user"],
  ["--rename-command", "a"],
  ["--include"],
  ["--unixsocketperm", "8"],
  ["--mod.x"],
  ["--test-memory"],
];

test("command lines that cannot start say the same on standard error", { skip }, (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pyredis-argv-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "a.conf"), "\n# x\n\n  maxmemory \t 1tb # y  \n");
  writeFileSync(join(folder, "bad.conf"), 'port "1\n');
  writeFileSync(join(folder, "nested.conf"), "hz 5\ninclude ba[d].conf");
  writeFileSync(join(folder, "end.conf"), "hz 5\ntimeout 5");
  for (const argv of BAD_ARGV) {
    const theirs = spawnSync(redisServerBinary(), argv, { cwd: folder, encoding: "latin1", timeout: 10_000 });
    const ours = Config.fromArgv(argv, { io: nodeConfigIo(folder), ignoreUnsupported: true });
    const what = argv.join(" ");
    if (ours.kind !== "exit") return assert.fail(`${what} started`);
    const reports = [asReference(ours.stderr)?.replace("7.4.1", version) ?? "", theirs.stderr].map(withoutPlace);
    assert.equal(reports[0], reports[1], what);
    assert.equal(ours.code, theirs.status, what);
  }
});

test("a file that is not there is said in the log", { skip }, () => {
  const argv = ["/nowhere/x.conf"];
  const theirs = spawnSync(redisServerBinary(), argv, { encoding: "latin1", timeout: 10_000 });
  const ours = Config.fromArgv(argv);
  if (ours.kind !== "exit") return assert.fail("it started");
  assert.equal(ours.code, theirs.status);
  assert.ok(theirs.stdout.trim().endsWith(` # ${ours.log[0]?.text}`), theirs.stdout);
});
