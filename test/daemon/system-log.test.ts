// The system's log: what SystemLog sends, and the server's lines on their way through a real /dev/log and the journal's
// real socket, by the names that they have on every system.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { SystemLog } from "#src/daemon/index.js";
import { EXAMPLE, findFreePort, Lab, needs } from "./lab.js";
import { exitOf, Manager } from "./manager.js";

const NEEDS_LISTENER = needs("addon", "python3");
const NEEDS_OWN_NAMES = needs("addon", "python3", "namespaces");
const MAIN = new URL("../../../dist/cli/main.js", import.meta.url).pathname;

/**
 * Runs a program where /dev and /run are directories of ours: the devices that Node needs are there, and the sockets
 * that somebody listens on. $1 is the lab's directory.
 */
const IN_OWN_NAMES = `
set -e
for device in null zero full random urandom tty; do
  touch "$1/dev/$device"
  mount --bind "/dev/$device" "$1/dev/$device"
done
mount --rbind "$1/dev" /dev
mount --bind "$1/run" /run
shift
exec "$@"
`;

function spawnInOwnNames(lab: Lab, ...words: string[]): ReturnType<typeof spawn> {
  const child = spawn("unshare", ["--mount", "sh", "-c", IN_OWN_NAMES, "sh", lab.home, process.execPath, ...words], {
    env: { ...process.env, PYREDIS_DAEMON_REGISTRY: lab.path("registry") },
    stdio: ["ignore", "ignore", "inherit"],
  });
  lab.track(child.pid ?? 0);
  return child;
}

function makeRoom(lab: Lab): void {
  for (const name of ["dev", "run/systemd/journal"]) mkdirSync(lab.path(name), { recursive: true });
}

test("syslog lines carry facility, level, ident and pid, one message a line", NEEDS_LISTENER, async (t) => {
  const lab = new Lab(t);
  const manager = await Manager.start(t, lab);
  const log = new SystemLog({ ident: "moon", facility: "local3", path: manager.socket });
  assert.equal(log.log("warning", "one\ntwo"), true);
  await manager.hears("two");
  const line = (text: string): RegExp =>
    new RegExp(`<156>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d moon\\[${process.pid}\\]: ${text}\n`);
  assert.match(manager.text, line("one"));
  assert.match(manager.text, line("two"));
  log.close();
});

test(
  "without a reader a message is lost and nobody waits; a reader that comes back is found",
  NEEDS_LISTENER,
  async (t) => {
    const lab = new Lab(t);
    const log = new SystemLog({ ident: "moon", path: lab.path("notify") });
    assert.equal(log.log("err", "lost"), false);
    const first = await Manager.start(t, lab);
    assert.equal(log.log("err", "heard"), true);
    await first.hears("heard");
    await first.end();
    assert.equal(log.log("err", "lost again"), false);
    const second = await Manager.start(t, lab);
    assert.equal(log.log("err", "heard again"), true);
    await second.hears("heard again");
    assert.doesNotMatch(second.text, /lost/);
    log.close();
  },
);

test("journal messages are fields, and lines of one text stay together", NEEDS_LISTENER, async (t) => {
  const lab = new Lab(t);
  const manager = await Manager.start(t, lab);
  const log = new SystemLog({ ident: "moon", to: "journal", path: manager.socket });
  assert.equal(log.log("info", "one\ntwo"), true);
  await manager.hears("two");
  const length = "\u0007\0\0\0\0\0\0\0";
  assert.ok(
    manager.text.includes(`PRIORITY=6\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=moon\nMESSAGE\n${length}one\ntwo\n`),
  );
  log.close();
});

test("syslog-enabled: the server's lines reach /dev/log, with its ident and facility", NEEDS_OWN_NAMES, async (t) => {
  const lab = new Lab(t);
  makeRoom(lab);
  const syslog = await Manager.start(t, lab, "dev/log");
  const port = await findFreePort();
  const words = [MAIN, "server", "--port", String(port), "--dir", lab.home, "--logfile", lab.path("server.log")];
  const words2 = ["--syslog-enabled", "yes", "--syslog-ident", "moon", "--syslog-facility", "local5"];
  const child = spawnInOwnNames(lab, ...words, ...words2);
  const exited = exitOf(child);
  await syslog.hears("Ready to accept connections tcp");
  // local5 is 21, notice is 5 and warning 4.
  const head = (priority: number): string => `<${priority}>[A-Z][a-z]{2} [ \\d]\\d [\\d:]{8} moon\\[${child.pid}\\]: `;
  assert.match(syslog.text, new RegExp(`^${head(173)}Ready to accept connections tcp$`, "m"));
  child.kill("SIGTERM");
  assert.equal(await exited, 0);
  await syslog.hears("bye bye");
  assert.match(syslog.text, new RegExp(`^${head(172)}Redis is now ready to exit, bye bye\\.\\.\\.$`, "m"));
});

test("a daemon's lines reach the journal by the journal's own name", NEEDS_OWN_NAMES, async (t) => {
  const lab = new Lab(t);
  makeRoom(lab);
  const journal = await Manager.start(t, lab, "run/systemd/journal/socket");
  const child = spawnInOwnNames(lab, EXAMPLE, "start", lab.home, "journals");
  const exited = exitOf(child);
  await journal.hears("the moon is up");
  assert.match(journal.text, /^PRIORITY=5\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=example\nMESSAGE=the moon is up\n/m);
  assert.equal(await exited, 0, "the starter");
  assert.equal((await lab.example("stop")).json.outcome, "stopped");
});
