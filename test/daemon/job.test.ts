// Function daemons and module daemons: the result outlives everybody, and nobody waits for one that cannot come.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { Daemon, JobError } from "#src/daemon/index.js";
import { isRunning, Lab, waitFor } from "./lab.js";

const PARENT = new URL("./fixtures/job-parent.js", import.meta.url).pathname;
const WORK = new URL("./fixtures/work.js", import.meta.url).href;

test("the callback gets the result while the parent lives", async (t) => {
  const lab = new Lab(t);
  const run = await lab.run(process.execPath, [PARENT, "run", lab.home, "sum", "add", '["",1,2,3]']);
  assert.match(run.stdout, /^pid \d+\n\{"value":\{"sum":6,"when":"1970-01-01T00:00:00.000Z"\}\}\n$/);
});

test("the result arrives after the parent was killed, in another process that asks by name", async (t) => {
  const lab = new Lab(t);
  const gate = lab.path("gate");
  const parent = spawn(process.execPath, [PARENT, "run", lab.home, "late", "add", JSON.stringify([gate, 40, 2])], {
    stdio: "ignore",
  });
  const pidfile = lab.path("late.pid");
  await waitFor("the job", () => existsSync(pidfile) && readFileSync(pidfile, "utf8").includes("state running"));
  const job = lab.track(lab.pidIn(pidfile));
  parent.kill("SIGKILL");
  await waitFor("the end of the parent", () => parent.signalCode !== null);
  assert.ok(isRunning(job), "it does not mind");
  // One asks before it is done, one after.
  const early = lab.run(process.execPath, [PARENT, "ask", lab.home, "late"]);
  lab.write("gate", "");
  assert.match((await early).stdout, /"sum":42/);
  await waitFor("its end", () => !isRunning(job));
  assert.match((await lab.run(process.execPath, [PARENT, "ask", lab.home, "late"])).stdout, /"sum":42/);
  assert.equal(statSync(lab.path("late.result")).mode & 0o777, 0o600);
});

test("an exception is an error with its message and stack, in any process", async (t) => {
  const lab = new Lab(t);
  const run = await lab.run(process.execPath, [PARENT, "run", lab.home, "bad", "fail"]);
  assert.match(run.stdout, /"error":"the moon is not a number","details":"RangeError: .*at fail /);
});

test("a job that is killed is an error with the end of its log", async (t) => {
  const lab = new Lab(t);
  const run = await lab.run(process.execPath, [PARENT, "run", lab.home, "gone", "vanish"]);
  assert.match(
    run.stdout,
    /"error":"the job gone has ended without a result","details":"(daemon: native addon .*\\n)?last words\\n"/,
  );
});

test("values keep their types; a new job of the name forgets the old result", async (t) => {
  const lab = new Lab(t);
  const options = { directory: lab.home, name: "twice", exportName: "add" };
  const first = await Daemon.run(WORK, ["", 1], options);
  assert.deepEqual(await first.result(), { sum: 1, when: new Date(0) });
  await waitFor("the end", () => !isRunning(first.pid));
  const gate = lab.path("gate");
  const second = await Daemon.run(WORK, [gate, 2], options);
  const result = second.result();
  lab.write("gate", "");
  assert.deepEqual(await result, { sum: 2, when: new Date(0) });
  await waitFor("the end", () => !isRunning(second.pid));
  Daemon.forget("twice", { directory: lab.home });
  await assert.rejects(Daemon.result("twice", { directory: lab.home }), JobError);
});

test("what cannot be handed over is told: arguments at once, results as an error", async (t) => {
  const lab = new Lab(t);
  const options = { directory: lab.home, name: "odd", exportName: "giveFunction" };
  await assert.rejects(Daemon.run(WORK, [() => {}], options), /the arguments cannot be handed to another process/);
  const job = await Daemon.run(WORK, [], options);
  lab.track(job.pid);
  await assert.rejects(job.result(), /could not be cloned/);
});

test("a module is a daemon: start, status, reload, stop", async (t) => {
  const lab = new Lab(t);
  process.env.WORK_FILE = lab.path("done");
  const daemon = Daemon.ofModule(WORK, { pidfile: lab.path("m.pid"), logFile: lab.path("m.log") });
  const { pid, addresses } = await daemon.start();
  lab.track(pid);
  assert.deepEqual(addresses, ["module:1"]);
  assert.equal(daemon.reload(), true);
  await waitFor("the reload", () => daemon.status().text === "reloaded");
  assert.equal((await daemon.restart()).addresses[0], "module:1");
  lab.track(lab.pidIn(lab.path("m.pid")));
  assert.equal((await daemon.stop()).outcome, "stopped");
  assert.equal(readFileSync(lab.path("done"), "utf8"), "stopped in order");
});

test("named instances of one program have files of their own and are listed with them", async (t) => {
  const lab = new Lab(t);
  const named = (instance: string): { env: NodeJS.ProcessEnv } => {
    const files = { pidfile: lab.path(`${instance}.pid`), logFile: lab.path(`${instance}.log`) };
    return { env: { EXAMPLE_OPTIONS: JSON.stringify({ name: "mail", instance, ...files }) } };
  };
  for (const instance of ["b", "a"]) {
    assert.equal((await lab.example("start", "ok", named(instance))).code, 0);
    lab.track(lab.pidIn(lab.path(`${instance}.pid`)));
  }
  const { json } = await lab.example("list");
  assert.deepEqual(
    json.list?.map(({ name, pid }) => [name, pid]),
    [
      ["mail@a", lab.pidIn(lab.path("a.pid"))],
      ["mail@b", lab.pidIn(lab.path("b.pid"))],
    ],
  );
  for (const { memoryBytes, uptimeMs, addresses } of json.list ?? []) {
    assert.ok(memoryBytes > 1e6 && uptimeMs > 0);
    assert.deepEqual(addresses, ["example:ok"]);
  }
  assert.equal((await lab.example("stop", "ok", named("a"))).json.outcome, "stopped");
  assert.deepEqual(
    (await lab.example("list")).json.list?.map(({ name }) => name),
    ["mail@b"],
  );
  lab.killNow(lab.path("b.pid"));
  await waitFor("the end", () => !isRunning(lab.pidIn(lab.path("b.pid"))));
  assert.deepEqual((await lab.example("list")).json.list, []);
});
