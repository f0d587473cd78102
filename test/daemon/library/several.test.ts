// Several daemons in one program, which every one of them runs again; several instances of one; and what each knows of
// itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isRunning, Lab, needs, waitFor } from "../lab.js";

const CLASS = `
import { writeFileSync } from "node:fs";
import { Daemon } from "pyredis/daemon";
class Part extends Daemon {
  #word;
  constructor(word) { super({ pidfile: word + ".pid", logFile: word + ".log", stopTimeoutMs: 20_000 }); this.#word = word; }
  async run() {
    this.ready({ addresses: [this.#word] });
    console.log("run " + this.#word);
    await new Promise((resolve) => { const alive = setInterval(() => {}, 60_000); this.onStop(() => { clearInterval(alive); resolve(); }); });
  }
}
const all = ["a", "b", "c"].map((word) => new Part(word));
`;

function trackAll(lab: Lab, words: readonly string[]): number[] {
  return words.map((word) => lab.track(lab.pidIn(lab.path(`${word}.pid`))));
}

const WAYS = {
  "one after the other": "for (const daemon of all) console.log((await daemon.start()).addresses[0]);",
  "all at once":
    "for (const { addresses } of await Promise.all(all.map((daemon) => daemon.start()))) console.log(addresses[0]);",
  "all at once, each after something else": `
    await Promise.all(all.map(async (daemon, i) => {
      await new Promise((resolve) => setTimeout(resolve, i * 20));
      console.log((await daemon.start()).addresses[0]);
    }));`,
  "last one first": "for (const daemon of all.toReversed()) console.log((await daemon.start()).addresses[0]);",
};

for (const [way, code] of Object.entries(WAYS)) {
  test(`several daemons of one program, started ${way}: each runs once`, async (t) => {
    const lab = new Lab(t);
    const program = lab.writeProgram(CLASS + code);
    const started = await lab.run(process.execPath, [program]);
    const pids = trackAll(lab, ["a", "b", "c"]);
    assert.equal(started.code, 0, started.stderr);
    assert.deepEqual(started.stdout.trim().split("\n").sort(), ["a", "b", "c"]);
    assert.equal(new Set(pids).size, 3);
    assert.ok(pids.every(isRunning));
    for (const word of ["a", "b", "c"]) {
      const log = readFileSync(lab.path(`${word}.log`), "utf8");
      assert.equal(log.match(/^run .$/gm)?.join(), `run ${word}`, "its own work, and no other's");
      assert.doesNotMatch(log, /Error|already running/);
    }
  });
}

test("a preamble that stops, signals and restarts others does nothing in a launched daemon", async (t) => {
  const lab = new Lab(t);
  const code = "for (const d of all) { await d.stop(); d.reload(); } for (const d of all) await d.restart();";
  const program = lab.writeProgram(CLASS + code);
  for (let round = 0; round < 2; round++) {
    const { code: exit, stderr } = await lab.run(process.execPath, [program]);
    assert.equal(exit, 0, stderr);
    assert.ok(trackAll(lab, ["a", "b", "c"]).every(isRunning));
  }
});

test("a daemon that starts its like from run() is told why nothing happened; one with a command does start", async (t) => {
  const lab = new Lab(t);
  const module = lab.write(
    "other.mjs",
    "export default (d) => { d.ready({ addresses: [d.name] }); setInterval(() => {}, 1e6); return new Promise(() => {}); };",
  );
  const program = lab.writeProgram(`
    import { Daemon } from "pyredis/daemon";
    class Like extends Daemon { run() {} }
    class Main extends Daemon {
      async run() {
        const other = await Daemon.ofModule(${JSON.stringify(module)}, { pidfile: ${JSON.stringify(lab.path("other.pid"))} }).start();
        const like = await new Like({ pidfile: "like.pid" }).start();
        this.ready({ addresses: [...other.addresses, String(like.skipped)] });
        await new Promise(() => setInterval(() => {}, 1e6));
      }
    }
    console.log(JSON.stringify(await new Main({ pidfile: "main.pid", logFile: "main.log" }).start()));`);
  const { code, stdout, stderr } = await lab.run(process.execPath, [program]);
  trackAll(lab, ["main", "other"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout).addresses, ["other", "true"]);
  assert.match(
    readFileSync(lab.path("main.log"), "utf8"),
    /start\(\) of .*like\.pid did nothing in the daemon of .*main\.pid: ofModule/,
  );
});

test("a program that does not come to its start() again says so", async (t) => {
  const lab = new Lab(t);
  const program = lab.writeProgram(`
    import { Daemon } from "pyredis/daemon";
    class Main extends Daemon { async run() { this.ready(); await new Promise(() => setInterval(() => {}, 1e6)); } }
    await new Main({ pidfile: "main-" + process.pid + ".pid" }).start().catch((error) => console.log(error.code, error.message));`);
  const { stdout } = await lab.run(process.execPath, [program]);
  assert.match(stdout, /^start-failed the program ended without a start\(\) of .*main-\d+\.pid: .*the same pidfile/);
});

test("a second daemon in a foreground process is refused, in words", async (t) => {
  const lab = new Lab(t);
  const program = lab.writeProgram(`
    import { Daemon } from "pyredis/daemon";
    class Main extends Daemon { async run() { await other; } }
    const [a, b] = ["a", "b"].map((word) => new Main({ pidfile: word + ".pid", detach: false }));
    void a.start();
    const other = b.start().catch((error) => console.log(error.code, error.message));`);
  const { stdout } = await lab.run(process.execPath, [program]);
  assert.match(stdout, /^start-failed this process is the daemon of .*a\.pid, and one that does not detach/);
});

const INSTANCES = `
import { availableParallelism } from "node:os";
import { readFileSync, existsSync } from "node:fs";
import { Daemon } from "pyredis/daemon";
class Crawler extends Daemon {
  async run() {
    const { name, instance, instances, args, pidfile } = this.context;
    if (existsSync("broken") && instance === 1) throw new Error("the moon has gone");
    const cores = /Cpus_allowed_list:\\s*(.*)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    const others = (await import("node:fs")).readdirSync("/proc/self/task").map((tid) => /Cpus_allowed_list:\\s*(.*)/.exec(readFileSync("/proc/self/task/" + tid + "/status", "utf8"))?.[1]);
    this.ready({ addresses: [JSON.stringify({ name, instance, instances, args, pidfile, cores, same: others.every((o) => o === cores) })] });
    this.onReload(() => this.status("reloaded"));
    await new Promise(() => setInterval(() => {}, 1e6));
  }
}
const options = JSON.parse(process.argv[2]);
const crawler = new Crawler({ pidfile: "c.pid", logFile: "c.log", workingDirectory: ".", args: ["x", 1], ...options });
try {
  const verb = process.argv[3];
  console.log(JSON.stringify(verb === "cores" ? availableParallelism() : await crawler[verb]()));
} catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message })); }
`;

interface Said {
  name: string;
  instance: number;
  instances: number;
  args: unknown[];
  pidfile: string;
  cores: string;
  same: boolean;
}

async function crawl(
  lab: Lab,
  options: object,
  verb: string,
): Promise<
  Record<string, unknown> & { addresses: string[]; instances: { pid: number; state: string; text: string }[] }
> {
  const program = lab.writeProgram(INSTANCES);
  const { stdout, stderr } = await lab.run(process.execPath, [program, JSON.stringify(options), verb]);
  for (let i = 0; i < 8; i++) lab.track(lab.pidIn(lab.path(`c@${i}.pid`)));
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
}

test("instances: n is n daemons with files of their own, and each knows which it is", async (t) => {
  const lab = new Lab(t);
  const { addresses, instances } = await crawl(lab, { instances: 3 }, "start");
  const said: Said[] = addresses.map((text) => JSON.parse(text));
  assert.deepEqual(
    said.map(({ name, instance, instances: all, args, pidfile }) => [name, instance, all, args, pidfile]),
    [0, 1, 2].map((i) => ["c", i, 3, ["x", 1], lab.path(`c@${i}.pid`)]),
  );
  assert.equal(new Set(instances.map(({ pid }) => pid)).size, 3);
  assert.equal((await crawl(lab, { instances: 3 }, "status")).state, "running");
  assert.equal((await crawl(lab, { instances: 3 }, "start")).code, "already-running");

  lab.killNow(lab.path("c@1.pid"));
  await waitFor("its end", () => !isRunning(lab.pidIn(lab.path("c@1.pid"))));
  const status = await crawl(lab, { instances: 3 }, "status");
  assert.deepEqual([status.state, status.reason], ["dead", "2 of 3 run: 1 is dead"]);
  const again = await crawl(lab, { instances: 3 }, "start");
  assert.equal(again.instances[0]?.pid, instances[0]?.pid, "what runs goes on");
  assert.notEqual(again.instances[1]?.pid, instances[1]?.pid);

  const before = again.instances.map(({ pid }) => pid);
  const after = (await crawl(lab, { instances: 3 }, "restart")).instances.map(({ pid }) => pid);
  assert.ok(after.every((pid) => !before.includes(pid)));
  assert.equal(await crawl(lab, { instances: 3 }, "reload"), true);
  await waitFor("the reloads", async () =>
    (await crawl(lab, { instances: 3 }, "status")).instances.every(({ text }) => text === "reloaded"),
  );
  // With a smaller number none is forgotten.
  assert.equal((await crawl(lab, { instances: 1 }, "stop")).outcome, "stopped");
  assert.equal((await crawl(lab, { instances: 3 }, "status")).state, "stopped");
});

test("one instance that fails is the failure of all, and none is left behind", async (t) => {
  const lab = new Lab(t);
  lab.write("broken", "");
  const failed = await crawl(lab, { instances: 3 }, "start");
  assert.deepEqual([failed.code, failed.message], ["start-failed", "instance 1: the moon has gone"]);
  assert.equal((await crawl(lab, { instances: 3 }, "status")).state, "stopped");
});

test('instances: "cores" with cpuAffinity pins one to each core', needs("addon", "taskset"), async (t) => {
  const lab = new Lab(t);
  const cores = Number(await crawl(lab, {}, "cores"));
  const { addresses } = await crawl(lab, { instances: "cores", cpuAffinity: true, supervise: true }, "start");
  const said: Said[] = addresses.map((text) => JSON.parse(text));
  assert.equal(said.length, cores);
  assert.equal(new Set(said.map((each) => each.cores)).size, cores, "each has another core");
  assert.ok(
    said.every((each) => /^\d+$/.test(each.cores) && each.same),
    "every thread has it",
  );
  await crawl(lab, { instances: "cores" }, "stop");
});

test("instances share no foreground", async (t) => {
  const lab = new Lab(t);
  const refused = await crawl(lab, { instances: 2, detach: false }, "start");
  assert.equal(refused.code, "bad-option");
});

test("a module's daemon knows its name, its instance and its arguments", async (t) => {
  const lab = new Lab(t);
  lab.write(
    "work.mjs",
    `
    export function main(context, ...args) {
      const { name, instance, instances, pidfile, logFile } = context;
      context.ready({ addresses: [JSON.stringify({ name, instance, instances, pidfile, logFile, args, same: context.args.length })] });
      return new Promise(() => setInterval(() => {}, 1e6));
    }`,
  );
  const program = lab.writeProgram(`
    import { Daemon } from "pyredis/daemon";
    const args = [new Map([["a", 1n]]), "two"];
    for (const more of [{ instance: "blue" }, { instances: 2 }]) {
      const daemon = Daemon.ofModule("./work.mjs", { name: "mail", pidfile: "m.pid", logFile: "m.log", args, ...more });
      const { addresses } = await daemon.start();
      console.log(JSON.stringify(addresses));
      await daemon.stop();
    }`);
  const { stdout, stderr } = await lab.run(process.execPath, [program]);
  const [one = "", two = ""] = stdout.split("\n");
  assert.notEqual(one, "", stderr);
  const parse = (text: string): Record<string, unknown>[] => JSON.parse(text).map((each: string) => JSON.parse(each));
  assert.deepEqual(parse(one), [
    {
      name: "mail",
      instance: "blue",
      instances: 1,
      pidfile: lab.path("m.pid"),
      logFile: lab.path("m.log"),
      args: [{}, "two"],
      same: 2,
    },
  ]);
  assert.deepEqual(
    parse(two).map(({ name, instance, instances, logFile }) => [name, instance, instances, logFile]),
    [0, 1].map((i) => ["mail", i, 2, lab.path(`m@${i}.log`)]),
  );
});

test("a module runs in the foreground as well", async (t) => {
  const lab = new Lab(t);
  lab.write(
    "work.mjs",
    "export default async (context, word) => { context.ready(); console.log(context.name, word); return 3; };",
  );
  const program = lab.writeProgram(`
    import { Daemon } from "pyredis/daemon";
    await Daemon.ofModule("./work.mjs", { pidfile: "m.pid", detach: false, args: ["two"] }).start();`);
  const { code, stdout, stderr } = await lab.run(process.execPath, [program]);
  assert.deepEqual([code, stdout], [3, "m two\n"], stderr);
});
