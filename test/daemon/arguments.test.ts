// Pure functions of the CLI and the library: argument splitting, instances, pidfile texts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveInstance } from "#src/cli/server-instance.js";
import { splitArguments } from "#src/cli/split-arguments.js";
import { formatState, type InstanceRecord, parseState } from "#src/daemon/instance/state-file.js";

const OWN = new Map([
  ["--force", false],
  ["--stop-timeout", true],
  ["-f", false],
]);

function split(...words: string[]): [own: string[], server: string[]] {
  const { own, server } = splitArguments(words, OWN);
  return [own, server];
}

test("our options are taken out of the server's, in any order", () => {
  assert.deepEqual(split("redis.conf", "--force", "--port", "7000"), [["--force"], ["redis.conf", "--port", "7000"]]);
  assert.deepEqual(split("--port", "7000", "-f"), [["-f"], ["--port", "7000"]]);
  assert.deepEqual(split("--stop-timeout", "5", "-"), [["--stop-timeout", "5"], ["-"]]);
  assert.deepEqual(split("--stop-timeout=5", "--port 7000", "--force"), [
    ["--stop-timeout=5", "--force"],
    ["--port 7000"],
  ]);
});

test("a value of a directive is never one of our options", () => {
  assert.deepEqual(split("--requirepass", "--force"), [[], ["--requirepass", "--force"]]);
  assert.deepEqual(split("--save", "--force"), [["--force"], ["--save"]]);
  assert.deepEqual(split("--save", "", "--force"), [["--force"], ["--save", ""]]);
  assert.deepEqual(split("--bind", "127.0.0.1", "-::1", "--force"), [["--force"], ["--bind", "127.0.0.1", "-::1"]]);
});

function resolveArgs(...argv: string[]) {
  const resolved = resolveInstance(argv, { cwd: "/tmp" });
  if (resolved.kind === "refused") throw new Error(resolved.refused.stderr);
  return resolved.instance;
}

test("an instance's files are told apart by its port", () => {
  const one = resolveArgs("--port", "7001");
  const two = resolveArgs("--port", "7002");
  assert.match(one.pidfile, /pyredis-7001\.pid$/);
  for (const key of ["pidfile", "logFile", "dataDirectory"] as const) assert.notEqual(one[key], two[key]);
  assert.deepEqual(resolveArgs("--port", "7001"), one);
});

test("what is chosen for the server comes before its own arguments and after the first word", () => {
  const chosen = (instance: { serverArgs: readonly string[] }) =>
    instance.serverArgs.map((word) => (word.startsWith("/") && word !== "/tmp" ? "PATH" : word));
  assert.deepEqual(chosen(resolveArgs("--dir", "/tmp", "--save", "")), [
    ...["--pidfile", "PATH", "--logfile", "PATH", "--dir", "/tmp", "--save", ""],
  ]);
  assert.deepEqual(resolveArgs("--dir", "/tmp", "--pidfile", "x/y.pid", "--logfile", "l.log").serverArgs.slice(0, 2), [
    "--dir",
    "/tmp",
  ]);
});

test("relative files start from the data directory, as redis-server's do", () => {
  const instance = resolveArgs("--pidfile", "x/y.pid", "--logfile", "l.log", "--dir", "..");
  assert.deepEqual([instance.dataDirectory, instance.pidfile, instance.logFile], ["/", "/x/y.pid", "/l.log"]);
});

test("a record survives being written and read, and what is printed of it has no control characters", () => {
  const record: InstanceRecord = {
    identity: { pid: 1, startTime: "12@boot" },
    state: "running",
    addresses: ["127.0.0.1:1", "odd\nstart 99@x"],
    logFile: "/var/log/a\nb é.log",
    since: 5,
    worker: 7,
    text: "\x1b[2Jloaded",
    end: { code: 7, signal: null, at: 12, words: "the \x07 moon" },
  };
  assert.deepEqual(parseState(formatState(record, 1)), {
    ...record,
    addresses: ["127.0.0.1:1", "odd?start 99@x"],
    text: "?[2Jloaded",
    end: { code: 7, signal: null, at: 12, words: "the ? moon" },
  });
});

test("a record of which half is another one is no record, and neither is anything else", () => {
  const record: InstanceRecord = {
    identity: { pid: 4711, startTime: "12@boot" },
    state: "running",
    addresses: [],
    logFile: "",
  };
  const [first, second] = [formatState(record, 1), formatState(record, 2)];
  for (let at = 10; at < first.length - 5; at++) {
    assert.equal(parseState(second.slice(0, at) + first.slice(at)), undefined, `torn at ${at}`);
  }
  for (const text of ["{}", "[]", "null", "4711\n", "maxmemory 1\n", '{"write":1,"written":1,"pid":0,"start":"x"}']) {
    assert.equal(parseState(text), undefined, text);
  }
});
