// What has an effect is no matter here: config-support.test.ts has that. Reading redis.conf: lines, includes, repeated directives, and each error with its report.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ArgvOptions, Config } from "#src/config/config.js";
import { type MemoryIo, memoryConfigIo } from "#src/config/memory-io.js";

function ioOf(files: Record<string, string>, stdin = ""): MemoryIo {
  return memoryConfigIo({ cwd: "/srv", files, stdin });
}

function start(argv: readonly string[], files: Record<string, string> = {}, options: ArgvOptions = {}): Config {
  const result = Config.fromArgv(argv, { io: ioOf(files), ignoreUnsupported: true, ...options });
  if (result.kind === "exit") assert.fail(result.stderr || result.log.map(({ text }) => text).join("\n"));
  return result.config;
}

function load(text: string, options: ArgvOptions = {}): Config {
  return start(["redis.conf"], { "/srv/redis.conf": text }, options);
}

/** The report of a start that fails. */
function failure(argv: readonly string[], files: Record<string, string> = {}, options: ArgvOptions = {}): string {
  const result = Config.fromArgv(argv, { io: ioOf(files), ignoreUnsupported: true, ...options });
  if (result.kind !== "exit") assert.fail("it started");
  assert.equal(result.code, 1);
  assert.equal(result.stdout, "");
  return result.stderr || result.log.map(({ text }) => text).join("\n");
}

function lineFailure(line: string, options: ArgvOptions = {}): string {
  const report = failure(["redis.conf"], { "/srv/redis.conf": line }, options);
  const head = "\n*** FATAL CONFIG FILE ERROR (Redis 7.4.1) ***\nReading the configuration file, at line 1\n>>> '";
  assert.ok(report.startsWith(head), report);
  const rest = report.slice(head.length);
  const end = rest.indexOf("'\n");
  assert.equal(rest.slice(0, end), line);
  return rest.slice(end + 2);
}

function show(config: Config, name: string): string | undefined {
  return config.get([name])[0]?.[1];
}

test("comments, empty lines, any case and any blanks are fine; the last of several lines wins", () => {
  const config = load('# a\n\n  \t# b\nPORT 7000\r\n\tTimeOut\t"30"  \nport 7001\nloglevel VERBOSE\n');
  assert.equal(config.values.port, 7001);
  assert.equal(config.values.timeout, 30);
  assert.equal(config.values.loglevel, "verbose");
  assert.equal(config.configFile, "/srv/redis.conf");
});

test("bytes beyond ASCII survive in texts and secrets", () => {
  const config = load('requirepass "\\x00\\xff\xe9"\nlogfile ""\nsyslog-ident "\xfc"');
  assert.equal(config.values.requirepass, "\0\xff\xe9");
  assert.equal(config.values["syslog-ident"], "\xfc");
});

test("save lines add up, but the first one takes the place of the default", () => {
  assert.equal(show(load(""), "save"), "3600 1 300 100 60 10000");
  assert.equal(show(load("save 900 1"), "save"), "900 1");
  assert.equal(show(load("save 900 1\nsave 300 10 60 5"), "save"), "900 1 300 10 60 5");
  assert.equal(show(load('save "900 1 300 10"'), "save"), "900 1 300 10");
  assert.equal(show(load('save ""'), "save"), "");
  assert.equal(show(load("save"), "save"), "");
  assert.equal(show(load('save 900 1\nsave ""\nsave 300 10'), "save"), "300 10");
  assert.equal(show(load("save 900 1\nsave"), "save"), "900 1");
});

test("client-output-buffer-limit sets the classes it names", () => {
  const config = load("client-output-buffer-limit replica 512mb 128mb 60\nclient-output-buffer-limit PUBSUB 1 2 3");
  assert.deepEqual(config.values["client-output-buffer-limit"], {
    normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
    replica: { hardBytes: 512 * 2 ** 20, softBytes: 128 * 2 ** 20, softSeconds: 60 },
    pubsub: { hardBytes: 1, softBytes: 2, softSeconds: 3 },
  });
});

test("lines that are no directives are kept for their owners", () => {
  const config = load(
    'user alice on >pw ~*\nUSER bob off\nrename-command CONFIG ""\nrename-command keys k\n' +
      'loadmodule /m.so a "b c"\nmod.Setting x "y z"\nlist-max-ziplist-value 64\nlua-replicate-commands yes\nsentinel',
  );
  assert.deepEqual(config.users, [
    ["alice", "on", ">pw", "~*"],
    ["bob", "off"],
  ]);
  assert.deepEqual(config.renamedCommands, [
    { from: "CONFIG", to: "" },
    { from: "keys", to: "k" },
  ]);
  assert.deepEqual(config.modules, [["/m.so", "a", "b c"]]);
  assert.deepEqual([...config.moduleSettings], [["mod.setting", "x y z"]]);
});

test("each bad line names itself and its reason", () => {
  const many = Array.from({ length: 17 }, (_, at) => `10.0.0.${at}`).join(" ");
  const cases: [line: string, reason: string][] = [
    ["bogus 1", "Bad directive or wrong number of arguments"],
    ["include", "Bad directive or wrong number of arguments"],
    ["include a b", "Bad directive or wrong number of arguments"],
    ["user", "Bad directive or wrong number of arguments"],
    ["loadmodule", "Bad directive or wrong number of arguments"],
    ["rename-command a", "Bad directive or wrong number of arguments"],
    ["list-max-ziplist-value 1 2", "Bad directive or wrong number of arguments"],
    ["mod.x", "Module config specified without value"],
    ["sentinel monitor a", "sentinel directive while not in sentinel mode"],
    ['port "1', "Unbalanced quotes in configuration line"],
    ["port\0 1", "NUL byte in configuration line"],
    ["port", "wrong number of arguments"],
    ["port 1 2", "wrong number of arguments"],
    ["port 65536", "argument must be between 0 and 65535 inclusive"],
    ["port x", "argument couldn't be parsed into an integer"],
    ["daemonize maybe", "argument must be 'yes' or 'no'"],
    ["maxmemory 1tb", "argument must be a memory value"],
    ["maxmemory-clients x", "argument must be a memory or percent value"],
    ["unixsocketperm 1777", "argument must be between 0 and 777 inclusive"],
    ["unixsocketperm 8", "argument couldn't be parsed as an octal number"],
    ["save 900", "Invalid save parameters"],
    ["replicaof a", "wrong number of arguments"],
    ["replicaof a 65536", "Invalid master port"],
    [`bind ${many}`, "Too many bind addresses specified."],
    ["dir /nowhere", "No such file or directory"],
    ["dir /srv/redis.conf", "Not a directory"],
    ["dbfilename a/b", "dbfilename can't be a path, just a filename"],
    ["appendfilename a/b", "appendfilename can't be a path, just a filename"],
    ['appendfilename ""', "appendfilename can't be empty"],
    ["appenddirname a\\b", "appenddirname can't be a path, just a dirname"],
    ['appenddirname ""', "appenddirname can't be empty"],
    ["supervised x", "argument(s) must be one of the following: upstart, systemd, auto, no"],
  ];
  for (const [line, reason] of cases) assert.equal(lineFailure(line), `${reason}\n`, line);
});

test("the report counts lines and shows the line without the blanks around it", () => {
  const report = failure(["redis.conf"], { "/srv/redis.conf": "# one\n\n  port \t x  \n" });
  assert.match(report, /at line 3\n>>> 'port \t x'\nargument couldn't/);
});

test("the owners of commands and users can refuse a line", () => {
  const hooks = {
    renameCommand: (from: string) => (from === "nope" ? "No such command in rename-command" : null),
    addUser: (words: readonly string[]) => (words.length > 1 ? "Error in user declaration 'x': Syntax error" : null),
  };
  assert.equal(lineFailure("rename-command nope x", { hooks }), "No such command in rename-command\n");
  assert.equal(lineFailure("user a x", { hooks }), "Error in user declaration 'x': Syntax error\n");
  assert.deepEqual(load("user a\nrename-command keys x", { hooks }).users, [["a"]]);
});

test("include reads a file in place, relative to dir, and wildcards read all that match in order", () => {
  const config = start(["redis.conf"], {
    "/srv/redis.conf":
      "port 1\ninclude a.conf\ntimeout 1\ndir conf.d\ninclude *.conf\ninclude none/*.conf\ninclude [ab].x",
    "/srv/a.conf": "port 2\ntimeout 2",
    "/srv/conf.d/10.conf": "hz 11",
    "/srv/conf.d/20.conf": "hz 12\nmaxclients 20",
    "/srv/conf.d/.hidden.conf": "bogus",
    "/srv/conf.d/sub.conf/": "",
    "/srv/conf.d/a.x": "tcp-backlog 5",
  });
  assert.equal(config.values.port, 2);
  assert.equal(config.values.timeout, 1);
  assert.equal(config.values.hz, 12);
  assert.equal(config.values.maxclients, 20);
  assert.equal(config.values["tcp-backlog"], 5);
  assert.equal(config.values.dir, "/srv/conf.d");
});

test("save lines on both sides of an include all count", () => {
  const config = start(["redis.conf"], {
    "/srv/redis.conf": "save 1 1\ninclude a.conf\nsave 2 2\nsave 3 3",
    "/srv/a.conf": "port 1",
  });
  assert.equal(show(config, "save"), "1 1 2 2 3 3");
});

test("a missing file, an error inside of an included file and an endless include stop the start", () => {
  assert.equal(failure(["x.conf"]), "Fatal error, can't open config file '/srv/x.conf': No such file or directory");
  assert.equal(
    failure(["redis.conf"], { "/srv/redis.conf": "include b.conf" }),
    "Fatal error, can't open config file 'b.conf': No such file or directory",
  );
  const nested = failure(["redis.conf"], { "/srv/redis.conf": "include b.conf", "/srv/b.conf": "\nbogus 1" });
  assert.match(nested, /at line 2\n>>> 'bogus 1'\nBad directive/);
  const loop = failure(["redis.conf"], { "/srv/redis.conf": "include redis.conf\ninclude redis.conf" });
  assert.match(loop, />>> 'include redis.conf'\nToo many includes/);
  assert.match(failure(["/srv"]), /can't open config file '\/srv': Is a directory/);
});

test("values that do not fit together stop the start or are put right", () => {
  const report = failure(["--cluster-enabled", "yes", "--replicaof", "a", "1"]);
  assert.equal(
    report,
    "\n*** FATAL COMMAND LINE ERROR (Redis 7.4.1) ***\nreplicaof directive not allowed in cluster mode\n",
  );
  const lines: string[] = [];
  const config = load('save ""\ncluster-enabled yes\nhz 1000');
  config.attachLog((level, text) => lines.push(`${level}: ${text}`));
  assert.equal(config.values.databases, 1);
  assert.equal(config.values.hz, 500);
  assert.deepEqual(lines.slice(1), ["warning: Changing databases from 16 to 1: a cluster node has one."]);
  assert.equal(
    failure(["--logfile", "/nowhere/log"]),
    "\n*** FATAL COMMAND LINE ERROR (Redis 7.4.1) ***\nCan't open the log file: No such file or directory\n",
  );
});
