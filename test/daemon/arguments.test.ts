// Pure functions of the CLI and the library: argument splitting, instances, pidfile texts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveInstance } from "#src/cli/server-instance.js";
import { splitArguments } from "#src/cli/split-arguments.js";
import { formatRecord, parsePidfile } from "#src/daemon/pidfile-record.js";

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

test("a record survives being written and read, and cannot be forged by an address", () => {
  const record = {
    identity: { pid: 4711, startTime: "12@boot" },
    state: "running" as const,
    addresses: ["127.0.0.1:1", "odd\nstart 99@x"],
    logFile: "/var/log/a b.log",
  };
  const parsed = parsePidfile(formatRecord(record));
  assert.deepEqual(parsed, {
    kind: "record",
    record: { ...record, addresses: ["127.0.0.1:1", "odd?start 99@x"] },
  });
});

test("a daemon may be process 1, of a container", () => {
  const parsed = parsePidfile("1\nstart 7@boot\nstate running\nlog x\n");
  assert.ok(parsed.kind === "record");
  assert.deepEqual(parsed.record.identity, { pid: 1, startTime: "7@boot" });
});

test("texts that are no record", () => {
  assert.deepEqual(parsePidfile(""), { kind: "empty" });
  assert.deepEqual(parsePidfile("\0\0\n"), { kind: "empty" });
  assert.deepEqual(parsePidfile(" 4711 \n"), { kind: "foreign", pid: 4711 });
  for (const text of ["1\n", "0\n", "-5\n", "12x\n", "0x10\n", "4194305\n", "1e3\n", "pid\n4711\n"]) {
    assert.deepEqual(parsePidfile(text), { kind: "garbage" }, text);
  }
});
