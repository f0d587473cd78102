// The configuration as the server and the embedded API use it: types, options, several at once, the real disk.
import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Config } from "#src/config/config.js";
import { ConfigError } from "#src/config/config-error.js";
import { DIRECTIVES, ENTRIES } from "#src/config/directives.js";
import { nodeConfigIo } from "#src/config/io.js";
import { memoryConfigIo } from "#src/config/memory-io.js";

test("values have the types that the table says", () => {
  const { values } = Config.fromOptions({}, memoryConfigIo());
  const maxmemory: number = values.maxmemory;
  const appendfsync: "everysec" | "always" | "no" = values.appendfsync;
  const signals: readonly ("save" | "nosave" | "now" | "force")[] = values["shutdown-on-sigterm"];
  const password: string | null = values.requirepass;
  const share: { readonly unit: "bytes" | "percent"; readonly amount: number } = values["maxmemory-clients"];
  assert.deepEqual([maxmemory, appendfsync, signals, password], [0, "everysec", [], null]);
  assert.deepEqual(share, { unit: "bytes", amount: 0 });
  // @ts-expect-error no such directive
  assert.equal(values.maxmemroy, undefined);
});

test("every default is shown in a form that the directive takes back", () => {
  const config = Config.fromOptions({ "enable-protected-configs": "yes" }, memoryConfigIo());
  for (const { name, directive } of ENTRIES) {
    if (directive.flags.immutable) continue;
    const [pair] = config.get([name]);
    const value = pair?.[1] ?? assert.fail(name);
    assert.equal(config.set([[name, value]], { local: true, loading: false }), null, name);
    assert.deepEqual(config.get([name]), [[name, value]]);
  }
});

test("no name stands twice in the table", () => {
  const names = ENTRIES.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.equal(Object.keys(DIRECTIVES).length, ENTRIES.filter(({ name, primary }) => name === primary).length);
});

test("options take numbers, booleans, texts and lists", () => {
  const config = Config.fromOptions(
    {
      maxmemory: "10mb",
      port: 0,
      activerehashing: false,
      save: [3600, 1, 300, 100, 60, 10000],
      bind: ["127.0.0.1", "::1"],
      "shutdown-on-sigint": "nosave now",
      requirepass: "pä",
      "slave-priority": 5,
      logfile: undefined,
    },
    memoryConfigIo(),
  );
  assert.equal(config.values.maxmemory, 10 * 2 ** 20);
  assert.equal(config.values.activerehashing, false);
  assert.equal(config.values.save.length, 3);
  assert.deepEqual(config.values.bind, ["127.0.0.1", "::1"]);
  assert.deepEqual(config.values["shutdown-on-sigint"], ["nosave", "now"]);
  assert.equal(config.values.requirepass, "p\xc3\xa4");
  assert.equal(config.values["replica-priority"], 5);
  assert.deepEqual(Config.fromOptions({ save: "" }, memoryConfigIo()).values.save, []);
});

test("an option that cannot be is an error with a name", () => {
  const make = (options: Record<string, string | number>) => () => Config.fromOptions(options, memoryConfigIo());
  assert.throws(make({ maxmemroy: 1 }), new ConfigError("Unknown option 'maxmemroy' (did you mean \"maxmemory\"?)"));
  assert.throws(make({ hz: 1.5 }), new ConfigError("Invalid option 'hz': argument couldn't be parsed into an integer"));
  assert.throws(
    make({ maxmemory: "10tb" }),
    new ConfigError("Invalid option 'maxmemory': argument must be a memory value"),
  );
  assert.throws(
    make({ "maxmemory-policy": "allkeys-lry" }),
    /'maxmemory-policy': argument\(s\) must be .* \(did you mean "allkeys-lru"\?\)$/,
  );
  assert.throws(make({ include: "x" }), new ConfigError("Unknown option 'include'"));
  assert.throws(make({ logfile: "/nowhere/x" }), new ConfigError("Can't open the log file: No such file or directory"));
});

test("configurations in one process do not know each other", () => {
  const [one, two] = [Config.fromOptions({}, memoryConfigIo()), Config.fromOptions({ hz: 20 }, memoryConfigIo())];
  one.set(
    [
      ["maxmemory", "1"],
      ["save", ""],
    ],
    { local: true, loading: false },
  );
  assert.equal(two.values.maxmemory, 0);
  assert.equal(two.values.save.length, 3);
  assert.deepEqual([one.values.hz, two.values.hz], [10, 20]);
});

test("the server itself assigns what CONFIG SET may not", () => {
  const config = Config.fromOptions({}, memoryConfigIo());
  const before = config.version;
  config.assign("replicaof", { host: "10.0.0.1", port: 6379 });
  assert.deepEqual(config.get(["slaveof"]), [["slaveof", "10.0.0.1 6379"]]);
  assert.ok(config.version > before);
});

test("secrets are known as such under every name", () => {
  const config = Config.fromOptions({}, memoryConfigIo());
  assert.deepEqual(
    ["REQUIREPASS", "masterauth", "masteruser", "tls-key-file-pass", "maxmemory", "nope"].map((name) =>
      config.isSensitive(name),
    ),
    [true, true, true, true, false, false],
  );
});

test("log lines wait until there is a log", () => {
  const config = Config.fromOptions({ "oom-score-adj-values": "5 4 3" }, memoryConfigIo());
  const lines: string[] = [];
  config.attachLog((level, text) => {
    if (text.startsWith("oom-score-adj-values")) lines.push(`${level}: ${text}`);
  });
  assert.equal(lines.length, 1);
  config.set([["oom-score-adj-values", "3 2 1"]], { local: true, loading: false });
  assert.equal(lines.length, 2);
});

test("on the real disk, paths resolve, errors have the system's words, and a rewrite replaces the file", (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pyredis-config-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "data"));
  mkdirSync(join(folder, "conf.d"));
  writeFileSync(join(folder, "conf.d", "a.conf"), "maxclients 77");
  writeFileSync(join(folder, "redis.conf"), "# kept \xe9\ninclude conf.d/*.conf\nport 7000\ndir data\n", "latin1");
  const started = Config.fromArgv(["redis.conf"], { io: nodeConfigIo(folder) });
  if (started.kind === "exit") return assert.fail(started.stderr);
  const { config } = started;
  assert.equal(config.values.maxclients, 77);
  assert.equal(config.values.dir, join(folder, "data"));
  assert.equal(config.rewrite(), null);
  const text = readFileSync(join(folder, "redis.conf"), "latin1");
  assert.ok(text.startsWith(`# kept \xe9\ninclude conf.d/*.conf\nport 7000\ndir "${folder}/data"\n`), text);
  assert.equal(statSync(join(folder, "redis.conf")).mode & 0o777, 0o644 & ~process.umask());
  assert.deepEqual(readdirSync(folder).sort(), ["conf.d", "data", "redis.conf"], "no temporary file stays");

  const missing = Config.fromArgv(["redis.conf", "--dir", `${folder}/none`], { io: nodeConfigIo(folder) });
  assert.ok(missing.kind === "exit" && missing.stderr.endsWith("No such file or directory\n"));
  rmSync(folder, { recursive: true, force: true });
  assert.equal(config.rewrite(), "ERR Rewriting config file: No such file or directory");
});
