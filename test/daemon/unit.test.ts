// The printed service files: what each manager's own checker says of them, and a server that really runs by one.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { findFreePort, isRunning, Lab, needs, waitFor } from "./lab.js";

const MAIN = new URL("../../../dist/cli/main.js", import.meta.url).pathname;
const STRANGE = `a%b $c "d" 'e' \\f`;

function printUnit(lab: Lab, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return lab.run(process.execPath, [MAIN, "unit", ...args]);
}

test("systemd-analyze accepts the unit, strange words included", needs("systemd-analyze"), async (t) => {
  const lab = new Lab(t);
  for (const [i, args] of [
    ["--port", "7999"],
    ["--requirepass", STRANGE],
    ["--user", "daemon", "--dir", lab.home],
  ].entries()) {
    const { stdout, code } = await printUnit(lab, "systemd", ...args);
    assert.equal(code, 0);
    const verified = await lab.run("systemd-analyze", ["verify", lab.write(`pyredis-${i}.service`, stdout)]);
    assert.deepEqual([verified.code, verified.stdout + verified.stderr], [0, ""]);
    for (const key of ["Restart=on-failure", "LimitNOFILE=", "NoNewPrivileges=yes", "ProtectSystem=strict"]) {
      assert.ok(stdout.includes(`\n${key}`), key);
    }
  }
});

test("supervisord runs the server by the printed section, and stops it", needs("supervisord"), async (t) => {
  const lab = new Lab(t);
  const port = await findFreePort();
  const words = ["--port", String(port), "--dir", lab.home, "--requirepass", STRANGE];
  const { stdout } = await printUnit(lab, "supervisor", ...words);
  mkdirSync(lab.path("logs"));
  const head = `[supervisord]\nnodaemon=true\nlogfile=${lab.path("sup.log")}\npidfile=${lab.path("sup.pid")}\nchildlogdir=${lab.path("logs")}\n`;
  const supervisor = spawn("supervisord", ["-c", lab.write("sup.conf", head + stdout)], { stdio: "ignore" });
  lab.track(supervisor.pid ?? 0);
  const ask = (): string =>
    spawnSync("redis-cli", ["-p", String(port), "--no-auth-warning", "-a", STRANGE, "ping"], { encoding: "utf8" })
      .stdout;
  await waitFor("the answer", () => ask() === "PONG\n");
  const info = spawnSync("redis-cli", ["-p", String(port), "--no-auth-warning", "-a", STRANGE, "info", "server"], {
    encoding: "utf8",
  });
  const pid = lab.track(Number(/process_id:(\d+)/.exec(info.stdout)?.[1]));
  process.kill(pid, "SIGKILL");
  await waitFor("the restart", () => ask() === "PONG\n");
  const ended = new Promise((resolve) => supervisor.once("exit", resolve));
  supervisor.kill("SIGTERM");
  await ended;
  assert.equal(ask(), "", "the server went with it");
  assert.match(
    readFileSync(lab.path("sup.log"), "utf8"),
    /exited: pyredis-\d+ \(terminated by SIGKILL; not expected\)/,
  );
});

test("the property list is one, and has the words as they are", needs("python3"), async (t) => {
  const lab = new Lab(t);
  const { stdout } = await printUnit(lab, "launchd", "--requirepass", `${STRANGE}<&>`);
  const code = "import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
  const parsed = await lab.run("python3", ["-c", code], { stdin: stdout });
  const list: { ProgramArguments: string[]; KeepAlive: unknown } = JSON.parse(parsed.stdout);
  assert.equal(list.ProgramArguments[list.ProgramArguments.indexOf("--requirepass") + 1], `${STRANGE}<&>`);
  assert.deepEqual(list.KeepAlive, { SuccessfulExit: false });
});

test("what a service file cannot say is refused", async (t) => {
  const lab = new Lab(t);
  const refused = async (...args: string[]): Promise<number | null> => (await printUnit(lab, ...args)).code;
  assert.equal(await refused("upstart"), 2);
  assert.equal(await refused("systemd", "--requirepass", "a\nb"), 2);
  assert.equal(await refused("supervisor", "--requirepass", "a ;b"), 2);
  assert.equal(await refused("systemd", "--user", "a b"), 2);
  assert.equal(await refused("systemd", "-"), 2);
  assert.equal(await refused("systemd", "--no-such-directive", "x"), 2);
});

test("ps lists the daemons that run, as a table and as JSON", async (t) => {
  const lab = new Lab(t);
  await lab.example("start");
  const table = await lab.run(process.execPath, [MAIN, "ps"]);
  assert.match(table.stdout, /^NAME +PID +STATE +UPTIME +MEMORY +ADDRESS\n/);
  assert.match(
    table.stdout,
    new RegExp(`^${lab.pidfile} +${lab.pidIn()} +running +\\d+s +\\d+\\.\\dM +example:ok$`, "m"),
  );
  const json = await lab.run(process.execPath, [MAIN, "ps", "--json"]);
  assert.equal(JSON.parse(json.stdout)[0].pid, lab.pidIn());
  assert.equal((await lab.run(process.execPath, [MAIN, "ps", "words"])).code, 2);
});

test(
  "the container's entrypoint: PID 1 without privileges, a health check, an orderly end",
  needs("namespaces"),
  async (t) => {
    const lab = new Lab(t);
    const root = new URL("../../../", import.meta.url).pathname;
    const port = await findFreePort();
    const env = { ...process.env, PYREDIS_ROOT: root, PYREDIS_USER: "nobody", PYREDIS_DATA: lab.path("data") };
    mkdirSync(lab.path("data"));
    const entry = `${root}docker/entrypoint.sh`;
    const args = ["--pid", "--fork", "--kill-child=TERM", "--mount-proc", entry, "server", "--port", String(port)];
    const child = spawn("unshare", args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
    });
    lab.track(child.pid ?? 0);
    await waitFor("ready", () => out.includes("Ready to accept connections"));
    assert.match(out, /pid=\d+, just started/);
    const health = await lab.run(process.execPath, [`${root}docker/health.mjs`], { env: { PORT: String(port) } });
    assert.equal(health.code, 0, health.stderr);
    const inner = spawnSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" })
      .stdout.trim()
      .split("\n")
      .map(Number);
    const first = lab.track(inner[0] ?? 0);
    assert.match(readFileSync(`/proc/${first}/status`, "utf8"), /^NSpid:\s+\d+\s+1$/m);
    const uids = readServerUids(first);
    assert.ok(uids.includes("65534"), uids.join());
    process.kill(first, "SIGTERM");
    const code = await new Promise((resolve) => child.once("exit", resolve));
    assert.equal(code, 0, out);
    assert.match(out, /bye bye/);
    assert.equal(isRunning(first), false);
    const sick = await lab.run(process.execPath, [`${root}docker/health.mjs`], { env: { PORT: String(port) } });
    assert.equal(sick.code, 1);
  },
);

/** Of PID 1 and its children: with an init in front, the server is the child. */
function readServerUids(first: number): string[] {
  const children = existsSync(`/proc/${first}/task/${first}/children`)
    ? readFileSync(`/proc/${first}/task/${first}/children`, "utf8").trim().split(" ").filter(Boolean)
    : [];
  return [String(first), ...children].map((pid) => {
    return /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
  });
}
