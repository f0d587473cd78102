// A test that stops the time must not stop the server it runs in its own process: with each kind of fake timers, with and
// without the addon, what needs a timer, a turn of the loop or the clock goes on.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { nativeProblem } from "#src/daemon/index.js";
import { ROOT } from "../support/pyredis-process.js";

/** `@sinonjs/fake-timers` is what sinon, Jest and Vitest use. Without a list it also replaces process.nextTick. */
const FAKES: Readonly<Record<string, string>> = {
  "@sinonjs/fake-timers": `
    const { default: fake } = await import("@sinonjs/fake-timers");
    fake.install({ now: 1000 });`,
  "node:test": `
    const { mock } = await import("node:test");
    const hasDate = !process.versions.node.startsWith("20.");
    mock.timers.enable(hasDate ? { apis: ["setTimeout", "setInterval", "setImmediate", "Date"] } : undefined);`,
};

/** What needs no timer, and what does: a deadline, a pause, cron; and the time of day. */
const COMMANDS = [
  "SET a b",
  "GET a",
  "BLPOP none 0.05",
  "WAIT 1 20",
  "CLIENT PAUSE 30 ALL",
  "GET a",
  "SET c d PX 20",
  "BLPOP none 0.1",
  "GET c",
  "TIME",
];
const REPLIES = ["+OK", "$1", "b", "*-1", ":0", "+OK", "$1", "b", "+OK", "*-1", "$-1"];

/** A client of another process, whose time goes on: Node's own sockets need process.nextTick. */
const CLIENT = `
  const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1");
  socket.write(${JSON.stringify(`${COMMANDS.join("\r\n")}\r\nECHO end\r\n`)});
  let text = "";
  socket.on("data", (data) => {
    text += data;
    if (text.endsWith("end\\r\\n")) socket.end(() => console.log(text));
  });
  setTimeout(() => console.log("no answer behind " + JSON.stringify(text)), 20_000).unref();
`;

/** The server comes up, the time stops, and every command must be answered nevertheless. */
const SERVER = `
  import { spawn } from "node:child_process";
  EARLY
  const { PyRedis } = await import(process.argv[1]);
  const redis = await PyRedis.create();
  LATE
  const { exit } = process;
  spawn(process.execPath, ["-e", process.argv[2], String(redis.port)], { stdio: ["ignore", "inherit", "inherit"] })
    .on("exit", () => exit(0));
`;

function run(fakes: string, isEarly: boolean, env: NodeJS.ProcessEnv): string[] {
  const script = SERVER.replace("EARLY", isEarly ? fakes : "").replace("LATE", isEarly ? "" : fakes);
  const words = ["--no-warnings", "--input-type=module", "--eval", script, join(ROOT, "dist/index.mjs"), CLIENT];
  const options = { encoding: "utf8", timeout: 60_000, cwd: ROOT, env: { ...process.env, ...env } } as const;
  const { stdout, stderr } = spawnSync(process.execPath, words, options);
  assert.equal(stderr, "");
  return stdout.trimEnd().split("\r\n");
}

function checkReplies(lines: readonly string[]): void {
  assert.deepEqual(lines.slice(0, REPLIES.length), REPLIES);
  const [head, , seconds] = lines.slice(REPLIES.length);
  assert.equal(head, "*2");
  assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 300, "the time of day is the real one");
}

for (const [name, fakes] of Object.entries(FAKES)) {
  for (const [how, env] of Object.entries({ "with the addon": {}, "without the addon": { PYREDIS_NO_NATIVE: "1" } })) {
    const skip = how === "with the addon" && nativeProblem() !== "" ? nativeProblem() : false;
    test(`the timers of ${name} do not stop a server, ${how}`, { skip }, () => {
      checkReplies(run(fakes, false, env));
    });
  }
}

test("fakes of @sinonjs/fake-timers that are older than the import do not stop it either", () => {
  // Without process.nextTick Node itself opens no port.
  const names = ["setTimeout", "setInterval", "setImmediate", "Date", "hrtime", "performance"];
  const fakes = `
    const { default: fake } = await import("@sinonjs/fake-timers");
    fake.install({ now: 1000, toFake: ${JSON.stringify(names)} });`;
  checkReplies(run(fakes, true, {}));
});
