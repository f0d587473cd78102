// What has no effect yet is said: by one warning, or by a refusal where it protects data or access. The table says which,
// and files, the command line, options of the embedded API and CONFIG SET follow it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type ArgvOptions, Config } from "#src/config/config.js";
import { ConfigError } from "#src/config/config-error.js";
import { DIRECTIVES, type DirectiveName } from "#src/config/directives.js";
import { judgeValue, type TableDirective } from "#src/config/effect.js";
import { memoryConfigIo } from "#src/config/memory-io.js";

const CLIENT = { local: true, loading: false };
const SAVES_NOTHING =
  "save is not supported yet: the server takes no snapshots, and the data would be gone with the process.";

interface Outcome {
  config: Config | null;
  stderr: string;
  log: string[];
}

function run(argv: readonly string[], text = "", options: ArgvOptions = {}): Outcome {
  const io = memoryConfigIo({ cwd: "/srv", files: { "/srv/redis.conf": text, "/srv/more.conf": "appendonly yes" } });
  const result = Config.fromArgv(argv, { io, ...options });
  if (result.kind === "exit") {
    assert.equal(result.code, 1);
    return { config: null, stderr: result.stderr, log: result.log.map((line) => line.text) };
  }
  const log: string[] = [];
  result.config.attachLog((_, line) => log.push(line));
  return { config: result.config, stderr: result.config.shortfalls.join("\n"), log };
}

function load(text: string): Outcome {
  return run(["redis.conf"], text);
}

function set(config: Config | null, ...pairs: [name: string, value: string][]): string | null | undefined {
  return config?.set(pairs, CLIENT);
}

const REFUSED: readonly (readonly [line: string, name: string])[] = [
  ["appendonly yes", "appendonly"],
  ["APPENDONLY Yes", "appendonly"],
  ["save 60 1", "save"],
  ["save 900 1\nsave 300 10\nsave 60 10000", "save"],
  ["aclfile /etc/users.acl", "aclfile"],
  ["user default off", "user"],
  ["user alice on >pw ~* +@all", "user"],
  ["user default on nopass ~* &* +@all -@dangerous", "user"],
  ["user default on nopass ~app:* &* +@all", "user"],
  ["tls-port 6380", "tls-port"],
  ["tls-replication yes", "tls-replication"],
  ["tls-cluster yes", "tls-cluster"],
  ["replicaof 10.0.0.1 6379", "replicaof"],
  ["slaveof 10.0.0.1 6379", "replicaof"],
  ["min-slaves-to-write 1", "min-replicas-to-write"],
  ["cluster-enabled yes", "cluster-enabled"],
  ["loadmodule /x.so a b", "loadmodule"],
  ["some.setting 1", "some.setting"],
];

test("what protects data or access ends the start, with its line and the way out", () => {
  for (const [line, name] of REFUSED) {
    const { config, stderr } = load(`# first\n${line}\n`);
    assert.equal(config, null, line);
    assert.match(
      stderr,
      /^\n\*\*\* FATAL CONFIG FILE ERROR \(Redis 7\.4\.1\) \*\*\*\nReading the configuration file, at line \d\n>>> '/,
    );
    assert.ok(stderr.includes(`'\n${name} is not supported`), stderr);
    assert.ok(stderr.endsWith("\nTo start without this all the same: --ignore-unsupported\n"), stderr);
  }
});

test("with --ignore-unsupported it starts, and says in the log and for standard error what is left out", () => {
  for (const [line, name] of REFUSED) {
    for (const argv of [
      ["redis.conf", "--ignore-unsupported"],
      ["--ignore-unsupported", "redis.conf"],
      ["redis.conf", "--hz", "20", "--ignore-unsupported"],
      ["redis.conf", "--save", "--ignore-unsupported", "--save", "60", "1"],
    ]) {
      const { config, stderr, log } = run(argv, line);
      assert.ok(config !== null, `${argv.join(" ")}: ${stderr}`);
      assert.equal(config.configFile, "/srv/redis.conf");
      const said = log.filter((text) => text.startsWith(`${name} is not supported`));
      assert.equal(said.length, 1, `${line}: ${log.join("\n")}`);
      assert.ok(stderr.includes(`${said[0]}`), stderr);
    }
  }
});

test("the flag is no value's business, and no directive", () => {
  const { config } = run(["--requirepass", "--ignore-unsupported"]);
  assert.equal(config?.values.requirepass, "--ignore-unsupported");
  assert.match(
    run(["--requirepass", "--ignore-unsupported", "--appendonly", "yes"]).stderr,
    /appendonly is not supported/,
  );
  assert.match(load("ignore-unsupported yes").stderr, /Bad directive or wrong number of arguments/);
  const io = memoryConfigIo({ cwd: "/srv", files: { "/srv/redis.conf": "appendonly yes\n" } });
  const started = Config.fromArgv(["redis.conf", "--ignore-unsupported"], { io });
  assert.ok(started.kind === "config");
  assert.equal(started.config.rewrite(), null);
  const text = io.files.get("/srv/redis.conf") ?? "";
  assert.ok(text.startsWith("appendonly yes\n") && !text.includes("unsupported"), text);
});

test("all of them are told at once, and a later line can take one back", () => {
  const { stderr } = load("appendonly yes\nuser default off\nuser bob on\n");
  assert.equal(stderr.match(/>>> '/g)?.length, 3, stderr);
  assert.ok(load('appendonly yes\nappendonly no\nsave 60 1\nsave ""').config !== null);
  assert.ok(run(["redis.conf", "--appendonly", "no"], "appendonly yes").config !== null);
  assert.match(load("hz 5\ninclude more.conf").stderr, /at line 1\n>>> 'appendonly yes'\nappendonly is not/);
});

test("on the command line it is the option that is named", () => {
  const { stderr } = run(["--appendonly", "yes"]);
  assert.ok(
    stderr.startsWith(
      "\n*** FATAL COMMAND LINE ERROR (Redis 7.4.1) ***\nAt the option --appendonly\n>>> 'appendonly \"yes\"'\n",
    ),
    stderr,
  );
});

const WARNED: readonly string[] = [
  "io-threads 4",
  "io-threads-do-reads yes",
  "masterauth secret",
  "masteruser me",
  "tls-cert-file /x.pem",
  "tls-auth-clients no",
  "appendfsync always",
  "dbfilename x.rdb",
  "replica-read-only no",
  "repl-backlog-size 2mb",
  "cluster-node-timeout 1000",
  "server-cpulist 0-1",
  "lua-time-limit 100",
  "jemalloc-bg-thread no",
  "activerehashing no",
  "bind-source-addr 127.0.0.1",
  "acl-pubsub-default allchannels",
  "enable-module-command yes",
  "sanitize-dump-payload yes",
  "save 3600 1 300 100 60 10000",
];

test("everything else without an effect starts with one warning", () => {
  for (const line of WARNED) {
    const { config, stderr, log } = load(line.startsWith("save") ? line : `${line}\n${line}\n`);
    assert.ok(config !== null, stderr);
    const about = log.filter((text) => !text.startsWith("Data is kept in memory only:"));
    assert.equal(about.length, 1, `${line}: ${log.join("\n")}`);
    assert.equal(stderr, about[0], line);
    assert.ok(!stderr.includes("secret"));
  }
});

test("what is set to its default, or works, is not worth a word; only the default save points are, in the log", () => {
  const { stderr, log } = load(
    'appendonly no\nreplica-read-only yes\nio-threads 1\naclfile ""\ntls-port 0\nmaxmemory 1gb\nrequirepass x\n' +
      'user default on nopass sanitize-payload ~* &* +@all\nreplicaof no one\nrename-command KEYS ""\nhz 20',
  );
  assert.equal(stderr, "");
  assert.deepEqual(log, [`Data is kept in memory only: ${SAVES_NOTHING}`]);
  assert.deepEqual(load('save ""').log, []);
});

test("the stock redis.conf starts without a warning", () => {
  const stock = readFileSync(new URL("../../../test/unit/fixtures/stock-redis.conf", import.meta.url), "latin1");
  const { config, stderr } = load(stock);
  assert.ok(config !== null, stderr);
  assert.equal(stderr, "");
});

test("the embedded API rejects with the reason, and takes ignoreUnsupported", () => {
  const make = (options: Record<string, string | number>, ignoreUnsupported = false) =>
    Config.fromOptions({ save: "", ...options }, memoryConfigIo(), {}, { ignoreUnsupported });
  assert.throws(
    () => make({ appendonly: "yes" }),
    new ConfigError(
      "appendonly is not supported yet: the server writes no append-only file, and the data would be gone with the " +
        "process. To start without it all the same: ignoreUnsupported.",
    ),
  );
  assert.throws(() => make({ "tls-port": 1 }), /^ConfigError: tls-port is not supported yet/);
  assert.equal(make({ appendonly: "yes" }, true).values.appendonly, true);
  assert.deepEqual(make({ "io-threads": 2 }).shortfalls, [
    "io-threads has no effect: one thread reads, runs and answers everything.",
  ]);
});

test("CONFIG SET refuses what protects data or access, and sets nothing of the same command", () => {
  const { config } = load('save ""');
  const refusals: readonly [name: string, value: string][] = [
    ["appendonly", "yes"],
    ["save", "60 1"],
    ["tls-port", "6380"],
    ["min-slaves-to-write", "1"],
    ["tls-cluster", "yes"],
  ];
  for (const [name, value] of refusals) {
    const error = set(config, ["hz", "50"], [name, value]);
    const head = `ERR CONFIG SET failed (possibly related to argument '${name}') - `;
    assert.ok(error?.startsWith(head) && error.includes(" is not supported yet: "), `${name}: ${error}`);
    assert.equal(config?.values.hz, 10);
  }
  assert.equal(set(config, ["appendonly", "no"], ["save", ""], ["min-replicas-to-write", "0"]), null);
});

test("CONFIG SET of the rest succeeds with a line in the log, once it has another value", () => {
  const { config, log } = load('save ""');
  assert.equal(set(config, ["masterauth", "secret"]), null);
  assert.equal(set(config, ["masterauth", "secret"], ["repl-timeout", "60"], ["maxmemory", "5gb"]), null);
  assert.deepEqual(log, ["masterauth has no effect yet: the server does not replicate."]);
  const ignoring = run(["redis.conf", "--ignore-unsupported"], 'save ""');
  assert.equal(set(ignoring.config, ["appendonly", "yes"]), null);
  assert.match(ignoring.log.join("\n"), /^appendonly is not supported yet: /);
  assert.equal(set(config, ["hz", "20"], ["appendonly", "yes"]) === null, false);
  assert.equal(log.length, 1, "what was taken back is no news");
});

test("typos get a suggestion on a line of their own, below Redis's text", () => {
  const cases: readonly [line: string, suggestion: string][] = [
    ["apendonly yes", "appendonly"],
    ["maxmemroy 1gb", "maxmemory"],
    ["renam-command x y", "rename-command"],
    ["maxmemory-policy allkeys-lfuu", "allkeys-lfu"],
    ["appendonly yess", "yes"],
    ["loglevel warnin", "warning"],
    ["shutdown-on-sigterm nosav", "nosave"],
    ["client-output-buffer-limit pubsb 1 1 1", "pubsub"],
  ];
  for (const [line, suggestion] of cases) {
    const { stderr } = load(line);
    assert.ok(stderr.endsWith(`\nDid you mean '${suggestion}'?\n`), `${line}: ${stderr}`);
    assert.match(
      stderr,
      /\*\*\* FATAL CONFIG FILE ERROR \(Redis 7\.4\.1\) \*\*\*\nReading the configuration file, at line 1\n>>> '/,
    );
  }
  assert.doesNotMatch(load("include").stderr, /Did you mean/, "its name is right");
  const { config } = load("");
  assert.equal(
    set(config, ["maxmemroy", "1"]),
    "ERR Unknown option or number of arguments for CONFIG SET - 'maxmemroy'",
  );
  assert.match(`${set(config, ["loglevel", "warnin"])}`, /warning, nothing$/);
});

test("no directive without an effect can be set to another value in silence", () => {
  for (const [name, directive] of Object.entries(DIRECTIVES) as [DirectiveName, TableDirective<unknown>][]) {
    const { effect, defaultValue } = directive;
    assert.equal(judgeValue(directive, defaultValue), name === "save" ? "warn" : "none", name);
    if (effect.kind === "works") continue;
    const words = effect.kind === "guards" ? effect.lacks : effect.why;
    assert.match(words, /^[\w'].*[\w')]$/, `${name}: the rest of a sentence`);
  }
});

test("locale-collate takes the names of byte order, as where no other locale is installed", () => {
  const { config } = load("");
  for (const name of ["", "C", "POSIX", "C.UTF-8", "C.utf8"])
    assert.equal(set(config, ["locale-collate", name]), null, name);
  for (const name of ["xx_YY", "en_US.UTF-8", "c", "C.latin1", "CC"]) {
    assert.equal(
      set(config, ["locale-collate", name]),
      "ERR CONFIG SET failed (possibly related to argument 'locale-collate') - Invalid locale name",
    );
  }
  assert.equal(config?.values["locale-collate"], "C.utf8");
});
