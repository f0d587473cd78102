// Every object of options refuses names that it does not know and values that make no sense, before anything is done.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Daemon, type DaemonError, type DaemonOptions, runDaemonCli, SystemLog } from "#src/daemon/index.js";

class Example extends Daemon {
  override run(): void {}
}

const PIDFILE = { pidfile: "/nowhere/example.pid" };

/** As a program in JavaScript gives them. */
function create(options: unknown): Daemon {
  return new Example(options as DaemonOptions);
}

function isBadOption(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error);
    assert.equal((error as DaemonError).code, "bad-option", String(error));
    assert.match(error.message, message);
    return true;
  };
}

for (const [options, message] of [
  [{ pidFile: "/x.pid" }, /there is no option "pidFile" \(did you mean "pidfile"\?\)$/],
  [{ ...PIDFILE, logfile: "/x" }, /"logfile" \(did you mean "logFile"\?\)/],
  [{ ...PIDFILE, moon: 1 }, /there is no option "moon"$/],
  [{ ...PIDFILE, supervise: { limits: 1 } }, /"supervise\.limits" \(did you mean "limit"\?\)/],
  [{ ...PIDFILE, rlimits: { NOFILES: 1 } }, /"rlimits\.NOFILES" \(did you mean "NOFILE"\?\)/],
  [{ ...PIDFILE, rlimits: { NOFILE: { soft: 1, hart: 1 } } }, /"rlimits\.NOFILE\.hart" \(did you mean "hard"\?\)/],
  [{ ...PIDFILE, signals: { SIGUSR3: "stop" } }, /"signals\.SIGUSR3" \(did you mean "SIGUSR1"\?\)/],
  [{ ...PIDFILE, stdin: { path: "/x" } }, /"stdin\.path"/],
  [{ ...PIDFILE, command: { file: "/x", arguments: [] } }, /"command\.arguments"/],
  [undefined, /must be an object, not undefined/],
  ["x.pid", /must be an object, not "x\.pid"/],
  [{}, /give a pidfile or a name/],
  [{ pidfile: 7 }, /pidfile must be a path, not 7/],
  [{ pidfile: "" }, /pidfile must be a path, which is not empty/],
  [{ pidfile: "a\0b" }, /pidfile must be a path/],
  [{ name: "a/b" }, /a name consists of/],
  [{ ...PIDFILE, umask: "022" }, /umask must be a number from 0 to 0o777, not "022"/],
  [{ ...PIDFILE, umask: 0o1000 }, /umask must be/],
  [{ ...PIDFILE, umask: Number.NaN }, /umask must be .*, not NaN/],
  [{ ...PIDFILE, startTimeoutMs: "30" }, /startTimeoutMs must be a number of milliseconds/],
  [{ ...PIDFILE, stopTimeoutMs: -1 }, /stopTimeoutMs must be/],
  [{ ...PIDFILE, startTimeoutMs: 2 ** 31 }, /startTimeoutMs must be/],
  [{ ...PIDFILE, settleMs: null }, /settleMs must be .*, not null/],
  [{ ...PIDFILE, detach: "yes" }, /detach must be true, false or "auto", not "yes"/],
  [{ ...PIDFILE, readiness: "now" }, /readiness must be "explicit" or "immediate"/],
  [{ ...PIDFILE, handlesSignals: 1 }, /handlesSignals must be true or false, not 1/],
  [{ ...PIDFILE, stopGroup: "yes" }, /stopGroup must be true or false/],
  [{ ...PIDFILE, supervise: 3 }, /supervise must be true or false, or a policy, not 3/],
  [{ ...PIDFILE, supervise: { restart: "never" } }, /supervise\.restart must be "on-failure" or "always"/],
  [{ ...PIDFILE, supervise: { limit: -1 } }, /supervise\.limit must be an integer from 0/],
  [{ ...PIDFILE, rlimits: { NOFILE: "many" } }, /rlimits\.NOFILE must be a number from 0, "unlimited" or/],
  [{ ...PIDFILE, rlimits: { NOFILE: { soft: 1 } } }, /rlimits\.NOFILE must be complete/],
  [{ ...PIDFILE, signals: { SIGUSR2: "restart" } }, /signals\.SIGUSR2 must be .*"reload"/],
  [{ ...PIDFILE, signals: { SIGKILL: "stop" } }, /SIGKILL cannot be handled/],
  [{ ...PIDFILE, stdin: 7 }, /stdin must be a text without NUL, or a text or \{ file \}/],
  [{ ...PIDFILE, stdin: {} }, /stdin must be/],
  [{ ...PIDFILE, command: "node x.js" }, /command must be \{ file, args \}/],
  [{ ...PIDFILE, command: { file: "/x" } }, /command must be complete/],
  [{ ...PIDFILE, filesPreserved: ["/x"] }, /filesPreserved must be an array of descriptors/],
  [{ ...PIDFILE, uid: {} }, /uid must be a number, or a text/],
  [{ ...PIDFILE, uid: 1.5 }, /uid must be/],
  [{ ...PIDFILE, oomScoreAdj: 5000 }, /oomScoreAdj must be -1000 to 1000/],
  [{ ...PIDFILE, instances: 0 }, /instances must be 1 to 1024, or "cores", not 0/],
  [{ ...PIDFILE, instances: "all" }, /instances must be/],
  [{ ...PIDFILE, name: "x", instances: 2, instance: "a" }, /give one of them/],
  [{ ...PIDFILE, cpuAffinity: true }, /needs instances/],
  [{ ...PIDFILE, cpuAffinity: [] }, /names no core/],
  [{ ...PIDFILE, cpuAffinity: ["0"] }, /cpuAffinity must be/],
  [{ ...PIDFILE, args: "x" }, /args must be an array/],
] as const) {
  test(`new Daemon(${JSON.stringify(options)}) is refused`, () => {
    assert.throws(() => create(options), isBadOption(message));
  });
}

test("an option that is undefined counts as not given", () => {
  assert.equal(create({ ...PIDFILE, logFile: undefined, umask: undefined }).pidfile, PIDFILE.pidfile);
});

test("the options of each action are checked as well", async () => {
  const daemon = create(PIDFILE);
  const any = (value: unknown): never => value as never;
  await assert.rejects(
    daemon.start(any({ timeout: 1 })),
    isBadOption(/start\(\).*"timeout" \(did you mean "timeoutMs"\?\)/),
  );
  await assert.rejects(daemon.start(any({ onSlow: "x" })), isBadOption(/onSlow must be a function/));
  await assert.rejects(daemon.stop(any({ forced: true })), isBadOption(/"forced" \(did you mean "force"\?\)/));
  await assert.rejects(daemon.stop(any({ timeoutMs: Number.NaN })), isBadOption(/timeoutMs must be/));
  await assert.rejects(daemon.restart(any({ startTimeout: 1 })), isBadOption(/did you mean "startTimeoutMs"/));
  await assert.rejects(runDaemonCli(daemon, any({ args: [] })), isBadOption(/"args" \(did you mean "argv"\?\)/));
  const WORK = new URL("../fixtures/work.js", import.meta.url).href;
  await assert.rejects(Daemon.run(WORK, [], any({ export: "x" })), isBadOption(/"export"/));
  await assert.rejects(Daemon.run(WORK, [], any({ keepMs: "1d" })), isBadOption(/keepMs must be/));
  await assert.rejects(Daemon.run(WORK, any("x")), isBadOption(/arguments of a job must be an array/));
  await assert.rejects(Daemon.result("x", any({ onResults: () => {} })), isBadOption(/did you mean "onResult"/));
  assert.throws(() => Daemon.forget("x", any({ dir: "/x" })), isBadOption(/there is no option "dir"/));
  assert.throws(() => Daemon.ofModule(WORK, any({ pidFile: "/x" })), isBadOption(/did you mean "pidfile"/));
  assert.throws(() => new SystemLog(any({ ident: "x", facilty: "daemon" })), isBadOption(/did you mean "facility"/));
  assert.throws(() => new SystemLog(any({ ident: "x", facility: "moon" })), isBadOption(/facility must be/));
});

test("what is no module is refused in words", async () => {
  const any = (value: unknown): never => value as never;
  await assert.rejects(Daemon.run(any(() => 1)), isBadOption(/^a function cannot go to another process/));
  await assert.rejects(Daemon.run(any(7)), isBadOption(/^a module is named by its path/));
  await assert.rejects(
    Daemon.run("./nowhere.js"),
    isBadOption(/^there is no module \.\/nowhere\.js \(\/.*nowhere\.js\)$/),
  );
  await assert.rejects(Daemon.run("/nowhere.js"), isBadOption(/^there is no module \/nowhere\.js$/));
  await assert.rejects(Daemon.run("no-such-package"), isBadOption(/^there is no module no-such-package/));
  await assert.rejects(Daemon.run("package.json"), isBadOption(/among the packages; the file is \.\/package\.json$/));
  await assert.rejects(Daemon.run("data:text/javascript,0"), isBadOption(/only files and packages/));
  await assert.rejects(Daemon.run("./test"), isBadOption(/^there is no module/), "a directory");
  assert.throws(
    () =>
      Daemon.ofModule(
        any(() => 1),
        PIDFILE,
      ),
    isBadOption(/^a function cannot go/),
  );
  const WORK = new URL("../fixtures/work.js", import.meta.url);
  const withFunction = { ...PIDFILE, signals: { SIGUSR2: () => {} } };
  assert.throws(
    () => Daemon.ofModule(WORK, withFunction),
    isBadOption(/the options cannot be handed to another process/),
  );
  const long = { ...PIDFILE, args: ["x".repeat(200_000)] };
  assert.throws(() => Daemon.ofModule(WORK, long), isBadOption(/too long for another process/));
});
