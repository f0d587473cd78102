// Function daemons and module daemons: the result outlives everybody, and nobody waits for one that cannot come.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
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
  await waitFor("the job", () => lab.state(pidfile).state === "running");
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

const ENDS = {
  exits: "the job exits has ended its process with exit code 3, before its function returned",
  exitsWith0: "the job exitsWith0 has ended its process with exit code 0, before its function returned",
  waitsForever:
    "the job waitsForever waits for what cannot come: its function's promise is pending, and nothing else is",
  throwsLater: "thrown by a timer",
  rejects: "nobody awaits this",
};
for (const [name, message] of Object.entries(ENDS)) {
  test(`a job that ends without returning has an outcome that says how: ${name}`, async (t) => {
    const lab = new Lab(t);
    const options = { directory: lab.home, name, exportName: name };
    const job = await Daemon.run(WORK, [], options);
    await assert.rejects(job.result(), (error) => error instanceof JobError && error.message === message);
    await waitFor("its end", () => !isRunning(job.pid));
    // Whoever asks later, in this or another process.
    await assert.rejects(Daemon.result(name, { directory: lab.home }), { message });
  });
}

test("a job that is stopped has an outcome too", async (t) => {
  const lab = new Lab(t);
  const job = await Daemon.run(WORK, [lab.path("never")], { directory: lab.home, name: "add", exportName: "add" });
  process.kill(lab.track(job.pid), "SIGTERM");
  await assert.rejects(job.result(), { message: "the job add was stopped by SIGTERM" });
});

test("an exception keeps its code, its causes and what they are", async (t) => {
  const lab = new Lab(t);
  const job = await Daemon.run(WORK, [], { directory: lab.home, name: "deep", exportName: "failDeeply" });
  const error: unknown = await job.result().catch((caught: unknown) => caught);
  assert.ok(error instanceof JobError);
  assert.deepEqual([error.message, error.code], ["outer", "E_MOON"]);
  assert.match(error.details, /^RangeError: outer\n +at failDeeply/);
  const middle = error.cause;
  assert.ok(middle instanceof Error);
  assert.deepEqual([middle.name, middle.message, Reflect.get(middle, "code")], ["TypeError", "middle", 7]);
  assert.match(middle.stack ?? "", /failDeeply/);
  assert.deepEqual(middle.cause, { moons: new Set([1]) });
});

test("a module that cannot be loaded, or has no such function, fails at run(), and an older result stays", async (t) => {
  const lab = new Lab(t);
  const options = { directory: lab.home, name: "same", exportName: "add" };
  const first = await Daemon.run(WORK, ["", 5], options);
  await first.result();
  await waitFor("its end", () => !isRunning(first.pid));
  const broken = lab.write("broken.mjs", 'import "./nowhere.mjs"; export const add = 1;');
  for (const [module, exportName, message] of [
    [broken, "add", /Cannot find module .*nowhere\.mjs/],
    [WORK, "nothing", /has no function nothing/],
    [lab.write("syntax.mjs", "export default ("), "default", /Unexpected/],
    [lab.write("throws.mjs", "throw new Error('at load')"), "default", /^at load$/],
  ] as const) {
    await assert.rejects(
      Daemon.run(module, [], { ...options, exportName }),
      (error) => error instanceof Error && Reflect.get(error, "code") === "start-failed" && message.test(error.message),
    );
  }
  assert.deepEqual(await Daemon.result("same", { directory: lab.home }), { sum: 5, when: new Date(0) });
});

test("old files go: forget() takes the log along, and the next job those of a week ago", async (t) => {
  const lab = new Lab(t);
  const place = { directory: lab.path("jobs") };
  const list = (): string[] => readdirSync(lab.path("jobs")).sort();
  const run = async (name: string | undefined, keepMs?: number): Promise<string> => {
    const options = { ...place, exportName: "add", ...(name === undefined ? {} : { name }) };
    const job = await Daemon.run(WORK, ["", 1], keepMs === undefined ? options : { ...options, keepMs });
    await job.result();
    await waitFor("its end", () => !isRunning(job.pid) && Daemon.list().every(({ pid }) => pid !== job.pid));
    return job.name;
  };
  await run("first");
  assert.deepEqual(list(), ["first.log", "first.result"]);
  Daemon.forget("first", place);
  assert.deepEqual(list(), []);

  const old = await run(undefined);
  await run("kept");
  lab.write("jobs/somebody.log", "not a job's");
  for (const name of [{}, { name: "killed" }]) {
    const killed = await Daemon.run(WORK, [], { ...place, exportName: "vanish", ...name });
    await assert.rejects(killed.result());
  }
  const weekAgo = Date.now() / 1000 - 8 * 86_400;
  for (const name of list()) if (!name.startsWith("kept")) utimesSync(lab.path(`jobs/${name}`), weekAgo, weekAgo);
  await run("next");
  assert.deepEqual(list(), ["kept.log", "kept.result", "next.log", "next.result", "somebody.log"], old);
  await run("last", 0);
  assert.deepEqual(list(), ["last.log", "last.result", "somebody.log"]);
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
