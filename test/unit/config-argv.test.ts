// redis-server's command line: options, values that look like options, standard input, questions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Config } from "#src/config/config.js";
import { memoryConfigIo } from "#src/config/memory-io.js";

const FILE = "loglevel notice\nsave 900 1\n";

function run(argv: readonly string[], stdin = "", cwd = "/srv") {
  const files = { "/srv/redis.conf": FILE, "/etc/": "", "/srv/[x]/a.conf": "port 5" };
  return Config.fromArgv(argv, { io: memoryConfigIo({ cwd, files, stdin }), ignoreUnsupported: true });
}

function start(argv: readonly string[], stdin = "", cwd = "/srv"): Config {
  const result = run(argv, stdin, cwd);
  return result.kind === "config" ? result.config : assert.fail(result.stderr);
}

function report(argv: readonly string[]): string {
  const result = run(argv);
  return result.kind === "exit" ? result.stderr : assert.fail("it started");
}

function show(config: Config, name: string): string | undefined {
  return config.get([name])[0]?.[1];
}

test("without words there are the defaults and no file", () => {
  const config = start([]);
  assert.equal(config.configFile, null);
  assert.equal(config.values.port, 6379);
  assert.equal(config.values.dir, "/srv");
});

test("the file's path is made absolute before dir changes", () => {
  assert.equal(start(["redis.conf", "--dir", "/etc"]).configFile, "/srv/redis.conf");
  assert.equal(start(["../srv/redis.conf"]).configFile, "/srv/redis.conf");
  assert.equal(start(["/srv/redis.conf"]).values.dir, "/srv");
  assert.equal(start(["redis.conf", "--dir", "/etc"]).values.dir, "/etc");
  assert.equal(start(["a.conf"], "", "/srv/[x]").values.port, 5, "a wildcard in the working directory is a name");
});

test("options win over the file, and a further save adds to the file's", () => {
  const config = start(["redis.conf", "--loglevel", "verbose", "--save", "100", "100"]);
  assert.equal(config.values.loglevel, "verbose");
  assert.equal(show(config, "save"), "900 1 100 100");
});

test("name and value may stand in one word, in quotes too, and a first option needs no dashes", () => {
  const config = start(["redis.conf", "loglevel", "verbose", "--maxmemory '700mb'", "--maxmemory-policy volatile-lru"]);
  assert.equal(config.values.loglevel, "verbose");
  assert.equal(config.values.maxmemory, 734003200);
  assert.equal(config.values["maxmemory-policy"], "volatile-lru");
});

test("a value may begin with two dashes, even --save", () => {
  const config = start(["--proc-title-template", "--my--title", "--loglevel", "verbose"]);
  assert.equal(config.values["proc-title-template"], "--my--title");
  assert.equal(config.values.loglevel, "verbose");
  const save = start(["redis.conf", "--proc-title-template", "--save", "--save", "", "--loglevel", "verbose"]);
  assert.equal(save.values["proc-title-template"], "--save");
  assert.equal(show(save, "save"), "");
});

test("save without a value, at the end or before another option, means no save points", () => {
  for (const argv of [
    ["redis.conf", "--save", "--loglevel", "verbose"],
    ["redis.conf", "--loglevel", "verbose", "--save"],
    ["redis.conf", "--save", "", "--loglevel", "verbose"],
    ["redis.conf", "--loglevel", "verbose", "--SAVE", ""],
  ]) {
    const config = start(argv);
    assert.equal(show(config, "save"), "", argv.join(" "));
    assert.equal(config.values.loglevel, "verbose", argv.join(" "));
  }
});

test("directives of many words take them apart or in one", () => {
  const config = start(["--shutdown-on-sigint", "nosave", "force", "now", "--shutdown-on-sigterm", "nosave force"]);
  assert.equal(show(config, "shutdown-on-sigint"), "nosave now force");
  assert.equal(show(config, "shutdown-on-sigterm"), "nosave force");
});

test("each bad option is named, and shows the line that it makes", () => {
  const cases: [argv: string[], shown: string, reason: string][] = [
    [["--invalid"], "invalid", "Bad directive or wrong number of arguments"],
    [["--port"], "port", "wrong number of arguments"],
    [["--port", "6379", "6380"], 'port "6379" "6380"', "wrong number of arguments"],
    [["--port", "--loglevel", "verbose"], 'port "--loglevel" "verbose"', "wrong number of arguments"],
    [["--port", "--bla", "--loglevel", "verbose"], 'port "--bla"', "argument couldn't be parsed into an integer"],
    [["--replicaof", "127.0.0.1", "abc"], 'replicaof "127.0.0.1" "abc"', "Invalid master port"],
    [["--replicaof", "--127.0.0.1", "--abc"], 'replicaof "--127.0.0.1"', "wrong number of arguments"],
    [["--port", 'a"b\xe9'], 'port "a\\"b\\xc3\\xa9"', "argument couldn't be parsed into an integer"],
    [
      ["--shutdown-on-sigint"],
      "shutdown-on-sigint",
      "argument(s) must be one of the following: default, save, nosave, now, force",
    ],
  ];
  for (const [argv, shown, reason] of cases) {
    const option = argv.findLast((word) => word.startsWith(`--${shown.split(" ", 1)[0]}`));
    const head = `\n*** FATAL COMMAND LINE ERROR (Redis 7.4.1) ***\nAt the option ${option}\n`;
    assert.equal(report(argv), `${head}>>> '${shown}'\n${reason}\n`);
  }
});

test("a dash as the first or the last word reads standard input, after the file and before the options", () => {
  assert.equal(start(["-"], "port 1\ntimeout 5").values.port, 1);
  const config = start(["redis.conf", "--port", "2", "-"], "port 1\nloglevel debug");
  assert.equal(config.values.port, 2);
  assert.equal(config.values.loglevel, "debug");
  assert.equal(start(["-", "--port", "3"], "port 1").values.port, 3);
});

test("questions are answered without a start", () => {
  for (const word of ["-v", "--version"]) {
    assert.deepEqual(run([word]), {
      kind: "exit",
      code: 0,
      stdout: "Redis server v=7.4.1 sha=00000000:0 malloc=pyredis bits=64 build=0\n",
      stderr: "",
      log: [],
    });
  }
  for (const word of ["-h", "--help"]) {
    const result = run([word]);
    assert.ok(result.kind === "exit" && result.code === 1 && result.stderr.startsWith("Usage: redis-server "));
  }
  assert.match(report(["--test-memory"]), /^Please specify the amount of memory to test in megabytes\.\n/);
  assert.match(report(["--test-memory", "1"]), /no memory test/);
  const check = run(["--check-system"]);
  assert.ok(
    check.kind === "exit" && check.stdout === "[slow-clocksource]...skipped\n[overcommit]...skipped\n[THP]...skipped\n",
  );
});

test("Sentinel mode is refused wherever the word stands", () => {
  for (const argv of [
    ["--sentinel"],
    ["redis.conf", "--sentinel"],
    ["--port", "1", "--sentinel", "--loglevel", "debug"],
  ]) {
    assert.match(report(argv), /^Sentinel mode is not supported/);
  }
});

test("words beyond ASCII become their UTF-8 bytes", () => {
  assert.equal(start(["--requirepass", "pässword€"]).values.requirepass, "p\xc3\xa4ssword\xe2\x82\xac");
});
