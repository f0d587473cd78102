// CONFIG GET and SET: patterns, each kind's refusals in Redis's words, all-or-nothing, hooks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Config } from "#src/config/config.js";
import { memoryConfigIo } from "#src/config/memory-io.js";
import type { ConfigOptions } from "#src/config/options.js";

const LOCAL = { local: true, loading: false };

function make(options: ConfigOptions = {}): Config {
  const io = memoryConfigIo({ cwd: "/srv", files: { "/srv/data/": "", "/srv/file": "" } });
  // What has an effect here is no matter of these tests: config-support.test.ts has that.
  return Config.fromOptions(options, io, {}, { ignoreUnsupported: true });
}

function set(config: Config, ...words: string[]): string | null {
  const pairs: [string, string][] = [];
  for (let at = 0; at < words.length; at += 2) pairs.push([words[at] ?? "", words[at + 1] ?? ""]);
  return config.set(pairs, LOCAL);
}

function show(config: Config, name: string): string | undefined {
  return config.get([name])[0]?.[1];
}

function refusal(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

test("CONFIG GET takes globs in any case, several patterns, aliases, and lists each name once", () => {
  const config = make();
  const names = (...patterns: string[]): string[] => config.get(patterns).map(([name]) => name);
  assert.deepEqual(names("maxmem*y"), ["maxmemory", "maxmemory-eviction-tenacity", "maxmemory-policy"]);
  assert.deepEqual(names("MAXMEMORY-S*", "maxmemory-samples"), ["maxmemory-samples"]);
  assert.deepEqual(names("*of"), ["replicaof", "slaveof"]);
  assert.deepEqual(names("lua-time-limit", "lua-*"), ["lua-time-limit"]);
  assert.deepEqual(names("[hz]*x-list?ack-value"), ["hash-max-listpack-value", "zset-max-listpack-value"]);
  assert.deepEqual(names("nothing", "no*thing"), []);
  assert.deepEqual(config.get(["HZ"]), [["HZ", "10"]], "an exact name comes back as it was asked");
});

test("hidden directives answer to their exact name only", () => {
  const config = make();
  assert.equal(show(config, "key-load-delay"), "0");
  assert.deepEqual(config.get(["key-load-dela*"]), []);
  assert.ok(!config.get(["*"]).some(([name]) => name === "watchdog-period"));
});

test("values of every kind are taken and shown as Redis does", () => {
  const config = make();
  const cases: [name: string, value: string, shown: string][] = [
    ["maxmemory", "1k", "1000"],
    ["maxmemory", "1GB", "1073741824"],
    ["maxmemory", "", "0"],
    ["maxmemory-clients", "10%", "10%"],
    ["maxmemory-clients", "0%", "0"],
    ["maxmemory-clients", "2mb", "2097152"],
    ["hz", "0", "1"],
    ["hz", "501", "500"],
    ["appendonly", "YES", "yes"],
    ["loglevel", "Debug", "debug"],
    ["oom-score-adj", "relative", "yes"],
    ["oom-score-adj-values", "-5 0 2000", "-5 0 2000"],
    ["shutdown-on-sigint", "force save", "save force"],
    ["shutdown-on-sigint", "default save", "save"],
    ["shutdown-on-sigint", "default", "default"],
    ["save", "900 1", "900 1"],
    ["save", "900 ", "900 0"],
    ["save", "", ""],
    ["bind", "127.0.0.1 -::1", "127.0.0.1 -::1"],
    ["bind", "", ""],
    ["notify-keyspace-events", "KEA", "AKE"],
    ["notify-keyspace-events", "g$lszhxetdK", "AK"],
    ["notify-keyspace-events", "nmE", "nEm"],
    ["notify-keyspace-events", "An", "A"],
    ["notify-keyspace-events", "", ""],
    [
      "client-output-buffer-limit",
      "normal 1kb 2 3 replica 1 2 3",
      "normal 1024 2 3 slave 1 2 3 pubsub 33554432 8388608 60",
    ],
    ["latency-tracking-info-percentiles", "50.5 0x10 1e1", "50.5 16 10"],
    ["latency-tracking-info-percentiles", "", ""],
    ["requirepass", "a\0b\xff", "a\0b\xff"],
    ["masterauth", "", ""],
    ["cluster-announce-ip", "1.2.3.4\0x", "1.2.3.4"],
    ["lua-time-limit", "7", "7"],
    ["slowlog-log-slower-than", "-1", "-1"],
    ["proc-title-template", "{{{port}", "{{{port}"],
    ["list-max-ziplist-size", "-5", "-5"],
  ];
  for (const [name, value, shown] of cases) {
    assert.equal(set(config, name, value), null, `${name} ${value}`);
    assert.equal(show(config, name), shown, `${name} ${value}`);
  }
  assert.equal(config.values["busy-reply-threshold"], 7);
  assert.equal(config.values.masterauth, null);
});

test("each kind refuses what Redis refuses, in its words", () => {
  const config = make({ "enable-protected-configs": "yes" });
  const between = (min: number | bigint, max: number | bigint | string): string =>
    `argument must be between ${min} and ${max} inclusive`;
  const save = "Invalid save parameters";
  const template = "template format is invalid or contains unknown variables";
  const limits = "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
  const scores = "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
  const cases: [name: string, value: string, reason: string][] = [
    ["appendonly", "maybe", "argument must be 'yes' or 'no'"],
    ["hz", "", "argument couldn't be parsed into an integer"],
    ["hz", "05", "argument couldn't be parsed into an integer"],
    ["hz", "-1", between(0, 2147483647)],
    ["maxclients", "4294967296", between(1, 4294967295)],
    ["maxclients", "-1", between(1, 4294967295)],
    ["hash-max-listpack-entries", "-1", between(0, "9223372036854775807")],
    ["hash-max-listpack-entries", "9007199254740992", between(0, "9007199254740991")],
    ["latency-monitor-threshold", "9223372036854775808", "argument couldn't be parsed into an integer"],
    ["proto-max-bulk-len", "1", between(1048576, "9223372036854775807")],
    ["maxmemory", "-1", "argument must be a memory value"],
    ["maxmemory", "5 mb", "argument must be a memory value"],
    ["maxmemory", "10%", "argument must be a memory value"],
    ["maxmemory", "18446744073709551616", between(0, "18446744073709551615")],
    ["maxmemory", "9007199254740993", between(0, "9007199254740991")],
    ["maxmemory-clients", "101%", "percentage argument must be less or equal to 100"],
    ["maxmemory-clients", "-1", "argument must be a memory or percent value"],
    ["maxmemory-clients", "%", "argument must be a memory or percent value"],
    ["loglevel", "x", "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"],
    ["shutdown-on-sigint", "", "argument(s) must be one of the following: default, save, nosave, now, force"],
    ["shutdown-on-sigint", "save  now", "argument(s) must be one of the following: default, save, nosave, now, force"],
    ["shutdown-on-sigterm", "nosave save", "shutdown options SAVE and NOSAVE can't be used simultaneously"],
    ["save", "900", save],
    ["save", "0 1", save],
    ["save", "900 -1", save],
    ["save", "900  1", save],
    ["save", " ", save],
    ["client-output-buffer-limit", "normal 1 2", "Wrong number of arguments in buffer limit configuration."],
    ["client-output-buffer-limit", "master 1 2 3", "Invalid client class specified in buffer limit configuration."],
    [
      "client-output-buffer-limit",
      "constructor 1 2 3",
      "Invalid client class specified in buffer limit configuration.",
    ],
    ["client-output-buffer-limit", "normal 1 2 -3", limits],
    ["client-output-buffer-limit", "normal 1 2x 3", limits],
    ["notify-keyspace-events", "q", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."],
    ["oom-score-adj-values", "1 2", "wrong number of arguments"],
    ["oom-score-adj-values", "1 2 2001", scores],
    ["oom-score-adj-values", "a 1 2", scores],
    ["bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "Too many bind addresses specified."],
    ["latency-tracking-info-percentiles", "abc", "Invalid latency-tracking-info-percentiles parameters"],
    [
      "latency-tracking-info-percentiles",
      "101",
      "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
    ],
    ["dbfilename", "a/b", "dbfilename can't be a path, just a filename"],
    ["cluster-announce-hostname", "a_b", "Hostnames may only contain alphanumeric characters, hyphens or dots"],
    ["cluster-announce-hostname", "a".repeat(256), "Hostnames must be less than 256 characters"],
    ["cluster-announce-human-nodename", "a#b", "Announced human node name contained invalid character"],
    ["proc-title-template", "{title}", template],
    ["proc-title-template", "{x}", template],
    ["proc-title-template", "{", template],
    ["proc-title-template", "", template],
    ["proc-title-template", "{server-mode}{unixsocket}", template],
    ["dir", "nowhere", "No such file or directory"],
    ["dir", "", "No such file or directory"],
    ["dir", "/srv/file", "Not a directory"],
  ];
  for (const [name, value, reason] of cases) {
    const before = show(config, name);
    assert.equal(set(config, name, value), refusal(name, reason), `${name} ${value}`);
    assert.equal(show(config, name), before, `${name} keeps its value`);
  }
});

test("errors name an alias, and a refused name, as the client wrote it", () => {
  const config = make();
  assert.equal(
    set(config, "LUA-time-limit", "x"),
    refusal("lua-time-limit", "argument couldn't be parsed into an integer"),
  );
  assert.equal(set(config, "DaemonIze", "yes"), refusal("DaemonIze", "can't set immutable config"));
  assert.equal(set(config, "slaveof", "a 1"), refusal("slaveof", "can't set immutable config"));
  assert.equal(set(config, "No\r\nPe\0x", "1"), "ERR Unknown option or number of arguments for CONFIG SET - 'No  Pe'");
  assert.equal(set(config, "hz", "1", "HZ", "2"), refusal("HZ", "duplicate parameter"));
  assert.equal(
    set(config, "lua-time-limit", "1", "busy-reply-threshold", "2"),
    null,
    "an alias counts as another name",
  );
  assert.equal(config.values["busy-reply-threshold"], 2);
});

test("the first mistake is the one reported, before any value is looked at", () => {
  const config = make();
  assert.equal(
    set(config, "hz", "x", "nope", "1"),
    "ERR Unknown option or number of arguments for CONFIG SET - 'nope'",
  );
  assert.equal(set(config, "daemonize", "yes", "nope", "1"), refusal("daemonize", "can't set immutable config"));
  assert.equal(set(config, "hz", "x", "maxmemory", "y"), refusal("hz", "argument couldn't be parsed into an integer"));
});

test("protected directives go by enable-protected-configs and where the client sits", () => {
  const remote = { local: false, loading: false };
  const cases: [setting: string, here: boolean, there: boolean][] = [
    ["no", false, false],
    ["local", true, false],
    ["yes", true, true],
  ];
  for (const [setting, here, there] of cases) {
    const config = make({ "enable-protected-configs": setting });
    const denied = refusal("dir", "can't set protected config");
    assert.equal(config.set([["dir", "data"]], LOCAL), here ? null : denied);
    assert.equal(config.set([["dir", "/srv/data"]], remote), there ? null : denied);
    assert.equal(config.values.dir, here ? "/srv/data" : "/srv");
  }
});

test("while the dataset loads, some directives answer LOADING", () => {
  const config = make({ "enable-protected-configs": "yes" });
  const loading = { local: true, loading: true };
  for (const name of ["dir", "appendonly", "repl-diskless-load"]) {
    assert.equal(config.set([[name, "x"]], loading), "LOADING Redis is loading the dataset in memory");
  }
  assert.equal(config.set([["loglevel", "debug"]], loading), null);
});

test("one bad value leaves every directive of the command as it was", () => {
  const config = make();
  assert.equal(set(config, "maxmemory", "10000002"), null);
  const error = set(config, "maxmemory", "10000001", "save", "", "maxmemory-clients", "200%", "hz", "x");
  assert.equal(error, refusal("maxmemory-clients", "percentage argument must be less or equal to 100"));
  assert.equal(config.values.maxmemory, 10000002);
  assert.equal(show(config, "save"), "3600 1 300 100 60 10000");
});

test("hooks run once for all their directives, and only for values that changed", () => {
  const config = make();
  const calls: string[] = [];
  config.onApply(["port", "bind"], ({ values }) => {
    calls.push(`listen ${values.bind} ${values.port}`);
    return null;
  });
  const stop = config.onApply(["hz"], ({ values }) => {
    calls.push(`hz ${values.hz}`);
    return null;
  });
  assert.equal(set(config, "port", "1", "hz", "10", "bind", "::1"), null);
  assert.deepEqual(calls.splice(0), ["listen ::1 1"]);
  assert.equal(set(config, "hz", "20", "port", "1"), null);
  assert.deepEqual(calls.splice(0), ["hz 20"]);
  assert.equal(set(config, "bind", "::1"), null);
  assert.deepEqual(calls.splice(0), ["listen ::1 1"], "Redis opens its sockets anew on any bind");
  stop();
  assert.equal(set(config, "hz", "30"), null);
  assert.deepEqual(calls, []);
});

test("a hook that refuses takes all values back, and the hooks of the command run again", () => {
  const config = make({ save: "" });
  const calls: string[] = [];
  const logged: string[] = [];
  config.attachLog((level, text) => logged.push(`${level}: ${text}`));
  config.onApply(["maxmemory"], ({ values }) => {
    calls.push(`maxmemory ${values.maxmemory}`);
    return null;
  });
  config.onApply(["port"], ({ values }) => {
    calls.push(`port ${values.port}`);
    return values.port === 7 ? "Unable to listen on this port. Check server logs." : null;
  });
  config.onApply(["hz"], () => {
    calls.push("hz");
    return null;
  });
  const error = set(config, "maxmemory", "1", "port", "7", "hz", "20");
  assert.equal(error, refusal("port", "Unable to listen on this port. Check server logs."));
  assert.deepEqual(calls, ["maxmemory 1", "port 7", "maxmemory 0", "port 6379", "hz"]);
  assert.deepEqual([config.values.maxmemory, config.values.port, config.values.hz], [0, 6379, 10]);
  assert.deepEqual(logged, [
    "warning: Failed applying new configuration. Possibly related to new port setting. Restoring previous settings.",
  ]);
});

test("a hook that throws takes all values back, too", () => {
  const config = make();
  config.onApply(["hz"], () => {
    throw new TypeError("a bug");
  });
  assert.throws(() => set(config, "maxmemory", "1", "hz", "20"), /a bug/);
  assert.deepEqual([config.values.maxmemory, config.values.hz], [0, 10]);
});

test("the version grows with every change and stays without one", () => {
  const config = make();
  const versions = [config.version];
  for (const words of [
    ["hz", "20"],
    ["hz", "20"],
    ["hz", "x"],
    ["hz", "30", "port", "1"],
  ]) {
    set(config, ...words);
    versions.push(config.version);
  }
  const [first = 0, second = 0, third, fourth, last = 0] = versions;
  assert.ok(second > first && last > second);
  assert.deepEqual([third, fourth], [second, second]);
});
