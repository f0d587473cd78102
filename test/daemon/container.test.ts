// The container's entrypoint as PID 1 of a pid namespace: its duties (signals, orphans), privileges, arguments, and the
// health check. There is no container engine here; scripts/check-docker.mjs lints the rest of docker/.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { type Finished, findFreePort, isRunning, Lab, needs, waitFor } from "./lab.js";
import { exitOf } from "./manager.js";

const NOBODY = 65534;

interface Container {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  /** The pid, as we see it, of the container's process 1. */
  first(): number;
}

/** The lab with the package in it, as the image has it. */
class Image extends Lab {
  readonly root = this.installPackage();
  readonly entrypoint = join(this.root, "docker/entrypoint.sh");
  readonly health = join(this.root, "docker/health.mjs");
}

function environment(lab: Image): NodeJS.ProcessEnv {
  const places = { PYREDIS_ROOT: lab.root, PYREDIS_USER: "nobody", PYREDIS_DATA: lab.path("data") };
  return { ...process.env, ...places, PYREDIS_DAEMON_REGISTRY: lab.path("registry") };
}

function runContainer(lab: Image, words: readonly string[], env: NodeJS.ProcessEnv = {}): Container {
  mkdirSync(lab.path("data"), { recursive: true });
  const child = spawn("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", ...words], {
    env: { ...environment(lab), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  lab.track(child.pid ?? 0);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const first = (): number => lab.track(childrenOf(child.pid ?? 0)[0] ?? 0);
  return { child, output: () => output, exited: exitOf(child), first };
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
  return stdout.trim().split(/\s+/).filter(Boolean).map(Number);
}

function readStatus(pid: number, key: string): string {
  return new RegExp(`^${key}:\\s+(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
}

/** A directory with every program of PATH but one. */
function pathWithout(lab: Image, missing: string): string {
  const bin = lab.path("bin");
  mkdirSync(bin);
  const names = new Set<string>([missing]);
  for (const place of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of listPrograms(place)) {
      if (names.has(name)) continue;
      names.add(name);
      symlinkSync(join(place, name), join(bin, name));
    }
  }
  return bin;
}

function listPrograms(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}

function checkHealth(lab: Image, port: number): Promise<Finished> {
  return lab.run(process.execPath, [lab.health], { env: { PORT: String(port) } });
}

test(
  "below tini: an unprivileged server, a health check, signals passed on",
  needs("namespaces", "tini"),
  async (t) => {
    const lab = new Image(t);
    const port = await findFreePort();
    const { output, exited, first } = runContainer(lab, [lab.entrypoint, "server", "--port", String(port)]);
    await waitFor("ready", () => output().includes("Ready to accept connections"));
    assert.match(readStatus(first(), "NSpid"), /^\d+\s+1$/);
    assert.equal(readStatus(first(), "Name"), "tini");
    const [server = 0] = childrenOf(first());
    lab.track(server);
    assert.equal(readStatus(server, "Uid"), `${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`);
    assert.equal(readStatus(server, "CapEff"), "0000000000000000");
    assert.equal(readStatus(server, "NoNewPrivs"), "1");
    assert.equal(readStatus(server, "Umask"), "0027");
    assert.equal(statSync(lab.path("data")).uid, NOBODY, "the volume has been taken over");
    const health = await checkHealth(lab, port);
    assert.deepEqual([health.code, health.stderr], [0, ""]);
    process.kill(first(), "SIGTERM");
    assert.equal(await exited, 0, output());
    assert.match(output(), /Received SIGTERM scheduling shutdown/);
    assert.match(output(), /bye bye/);
    assert.equal(isRunning(server), false);
    assert.equal((await checkHealth(lab, port)).code, 1);
  },
);

test("below tini an orphan is reaped", needs("namespaces", "tini", "nsenter"), async (t) => {
  const lab = new Image(t);
  const port = await findFreePort();
  const { output, exited, first } = runContainer(lab, [lab.entrypoint, "--port", String(port)]);
  await waitFor("ready", () => output().includes("Ready to accept connections"));
  const before = childrenOf(first());
  // As `docker exec` does: a process from outside, whose child outlives it.
  const gate = lab.path("gate");
  const script = `(while [ ! -e "${gate}" ]; do sleep 0.01; done) >/dev/null 2>&1 & exit 0`;
  const entered = await lab.run("nsenter", ["--target", String(first()), "--pid", "sh", "-c", script]);
  assert.equal(entered.code, 0, entered.stderr);
  await waitFor("the orphan", () => childrenOf(first()).length === before.length + 1);
  lab.write("gate", "");
  await waitFor("its burial: no zombie is left", () => childrenOf(first()).length === before.length);
  process.kill(first(), "SIGTERM");
  assert.equal(await exited, 0);
});

test("without an init the server itself is PID 1, and SIGTERM ends it in order", needs("namespaces"), async (t) => {
  const lab = new Image(t);
  const port = await findFreePort();
  const env = { PATH: pathWithout(lab, "tini") };
  const { output, exited, first } = runContainer(lab, [lab.entrypoint, "server", "--port", String(port)], env);
  await waitFor("ready", () => output().includes("Ready to accept connections"));
  assert.match(output(), / pid=1, just started/);
  process.kill(first(), "SIGTERM");
  assert.equal(await exited, 0, output());
  assert.match(output(), /bye bye/);
});

test("as an unprivileged user it takes nothing over and needs nothing given away", needs("namespaces"), async (t) => {
  const lab = new Image(t);
  const port = await findFreePort();
  mkdirSync(lab.path("data"));
  chownSync(lab.path("data"), NOBODY, NOBODY);
  const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
  const { output, exited, first } = runContainer(lab, [...user, lab.entrypoint, "--port", String(port)]);
  await waitFor("ready", () => output().includes("Ready to accept connections"));
  assert.equal((await checkHealth(lab, port)).code, 0);
  process.kill(first(), "SIGTERM");
  assert.equal(await exited, 0, output());
});

test(
  "a daemon that is PID 1 is found from inside, and stop ends the container",
  needs("namespaces", "nsenter"),
  async (t) => {
    const lab = new Image(t);
    const port = await findFreePort();
    const main = join(lab.root, "dist/cli/main.js");
    const files = ["--pidfile", lab.path("p.pid"), "--logfile", lab.path("server.log"), "--dir", lab.path("data")];
    const words = [process.execPath, main, "start", "--no-detach", "--port", String(port), ...files];
    const { exited, first } = runContainer(lab, words);
    await waitFor("its record", () => inspectInside(lab, first()).includes("p is running, pid 1, "));
    assert.equal(lab.pidIn(lab.path("p.pid")), 1);
    // With PID 1 the namespace ends, and whoever is in it.
    inspectInside(lab, first(), "stop");
    assert.equal(await exited, 0);
  },
);

function inspectInside(lab: Image, first: number, verb = "status"): string {
  const main = join(lab.root, "dist/cli/main.js");
  const words = [process.execPath, main, verb, "--pidfile", lab.path("p.pid")];
  return spawnSync("nsenter", ["--target", String(first), "--pid", "--mount", ...words], { encoding: "utf8" }).stdout;
}

test("options and a configuration file mean the server, another word is a command", needs("namespaces"), async (t) => {
  const lab = new Image(t);
  const port = await findFreePort();
  lab.write("redis.conf", `port 1\nrequirepass moon\n`);
  const { output, exited, first } = runContainer(lab, [lab.entrypoint, lab.path("redis.conf"), "--port", String(port)]);
  await waitFor("ready", () => output().includes("Ready to accept connections"));
  const ask = (...words: string[]): string =>
    spawnSync("redis-cli", ["-p", String(port), "--no-auth-warning", "-a", "moon", ...words], { encoding: "utf8" })
      .stdout;
  assert.equal(ask("config", "get", "dir"), `dir\n${lab.path("data")}\n`);
  assert.equal((await checkHealth(lab, port)).code, 0, "a server that wants a password lives");
  process.kill(first(), "SIGTERM");
  assert.equal(await exited, 0);

  const options = { env: environment(lab) };
  assert.equal((await lab.run(lab.entrypoint, ["echo", "a", "b c"], options)).stdout, "a b c\n");
  const version = await lab.run("setpriv", ["--reuid=65534", "--clear-groups", lab.entrypoint, "status"], options);
  assert.match(version.stdout, /^pyredis-6379 is /);
});
