// What the tests need beside Node: redis-server (the reference of the twins), redis-cli and redis-benchmark, 7.0 or
// newer; and the programs that the daemon is tried with (service managers and what looks at processes). `npm test` runs
// this first. Quick when all is there; as root on Debian or Ubuntu it installs what is missing. Elsewhere it says what is
// missing and how to get it, and exits 1 if that is Redis: without one of the others its tests are skipped, and say so.
// CI skips nothing: there, each of them is needed.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST = "7.0";
const POLICY_FILE = "/usr/sbin/policy-rc.d";
const DEFAULT_PORT = 6379;
const TOOLS = [
  { name: "redis-server", command: process.env.REDIS_SERVER_BIN ?? "redis-server" },
  { name: "redis-cli", command: "redis-cli" },
  { name: "redis-benchmark", command: "redis-benchmark" },
];
/** Of each: the Debian package that has it. */
const COMPANIONS = [
  { command: "ps", package: "procps" },
  { command: "pgrep", package: "procps" },
  { command: "python3", package: "python3" },
  { command: "supervisord", package: "supervisor" },
  { command: "systemd-analyze", package: "systemd" },
  { command: "systemd-socket-activate", package: "systemd" },
  { command: "shellcheck", package: "shellcheck" },
  { command: "tini", package: "tini" },
];
/** Where `npm install` has found no compiler, the addon is built now: half of the daemon's tests are about it. */
const ADDON = new URL("../native/build/Release/pyredis.node", import.meta.url);
const COMPILER = [
  { command: "g++", package: "g++" },
  { command: "make", package: "make" },
  { command: "python3", package: "python3" },
];

function isAddonMissing() {
  return !existsSync(ADDON) && process.env.PYREDIS_SKIP_NATIVE !== "1";
}

function findMissingCompanions() {
  const tools = isAddonMissing() ? [...COMPANIONS, ...COMPILER] : COMPANIONS;
  return tools.filter(({ command }) => !isExecutable(command));
}

function findProblems() {
  const problems = [];
  for (const { name, command } of TOOLS) {
    if (!isExecutable(command)) problems.push(`${name} is missing (looked for ${command})`);
  }
  if (problems.length > 0) return problems;
  const asked = spawnSync(TOOLS[0].command, ["--version"], { encoding: "utf8", timeout: 10_000 });
  const version = /v=(\d+)\.(\d+)/.exec(asked.stdout ?? "");
  if (version === null) return [`${TOOLS[0].command} --version does not say which version it is`];
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const [oldestMajor, oldestMinor] = OLDEST.split(".").map(Number);
  const isTooOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  return isTooOld ? [`redis-server is ${major}.${minor}, the tests need ${OLDEST} or newer`] : [];
}

function isExecutable(command) {
  const places = command.includes("/")
    ? [command]
    : (process.env.PATH ?? "").split(delimiter).map((p) => join(p, command));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function whyNotInstallable() {
  if (!existsSync("/etc/debian_version") || !isExecutable("apt-get"))
    return "this is not Debian or Ubuntu with apt-get";
  if (process.getuid?.() !== 0) return "installing needs root";
  return undefined;
}

function run(command, args) {
  console.log(`test-needs: ${command} ${args.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const done = spawnSync(command, args, { env, stdio: ["ignore", "inherit", "inherit"], timeout: 600_000 });
  if (done.error) console.error(`test-needs: ${done.error.message}`);
  return done.status === 0;
}

/**
 * Installs the packages without starting their service: policy-rc.d tells invoke-rc.d and deb-systemd-invoke so, and
 * RUNLEVEL=1 covers a policy that was here before and is not ours to change.
 */
function install(packages) {
  const isPolicyOurs = !existsSync(POLICY_FILE);
  if (isPolicyOurs) writeFileSync(POLICY_FILE, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    // An outdated index is no reason to give up: the packages may be installable from it.
    run("apt-get", ["update", "-q"]);
    run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages]);
  } finally {
    if (isPolicyOurs) rmSync(POLICY_FILE, { force: true });
  }
}

function isAnswering(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port, timeout: 1_000 });
    const end = (isOpen) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

const problems = findProblems();
const missing = findMissingCompanions();
if (problems.length === 0 && missing.length === 0 && !isAddonMissing()) process.exit(0);

const obstacle = whyNotInstallable();
if (obstacle === undefined) {
  // A reference that REDIS_SERVER_BIN names is not replaced.
  const redis = process.env.REDIS_SERVER_BIN ? ["redis-tools"] : ["redis-server", "redis-tools"];
  const packages = [...(problems.length === 0 ? [] : redis), ...new Set(missing.map((tool) => tool.package))];
  const wasServed = await isAnswering(DEFAULT_PORT);
  const wasInstalled = isExecutable("redis-server");
  if (packages.length > 0) install(packages);
  // Only a service that this very installation brought is stopped, and only by its own name.
  if (!wasInstalled && !wasServed && (await isAnswering(DEFAULT_PORT))) run("service", ["redis-server", "stop"]);
}
if (isAddonMissing()) run(process.execPath, [fileURLToPath(new URL("build-native.mjs", import.meta.url))]);
const why = obstacle === undefined ? "apt-get could not install it." : `Not installed by itself: ${obstacle}.`;

const left = obstacle === undefined ? findProblems() : problems;
if (left.length > 0) {
  console.error(`The tests compare pyredis with a real Redis, and that is not all here:\n  ${left.join("\n  ")}`);
  console.error(why);
  console.error("To get it:");
  console.error("  Debian, Ubuntu: sudo apt-get install redis-server redis-tools");
  console.error("  Fedora:         sudo dnf install redis      (or valkey-compat-redis)");
  console.error("  macOS:          brew install redis");
  console.error(`  anywhere:       Redis ${OLDEST} or newer from https://redis.io/downloads, its binaries in PATH`);
  process.exit(1);
}

const skipped = findMissingCompanions();
if (skipped.length > 0 || isAddonMissing()) {
  const names = skipped.map((tool) => `${tool.command} (Debian: ${tool.package})`);
  if (isAddonMissing()) names.push("the native addon");
  console.error(`Without these, some tests of the daemon are skipped: ${names.join(", ")}. ${why}`);
  if (process.env.CI === "true") process.exit(1);
}
