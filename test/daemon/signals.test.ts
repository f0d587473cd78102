// What signals do inside, and that a rotated log loses nothing.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { test } from "node:test";
import { isRunning, Lab, needs, waitFor } from "./lab.js";

test("reload runs the hooks, each time, and status shows what the daemon says", async (t) => {
  const lab = new Lab(t);
  lab.write("config", "one");
  await lab.example("start", "hooks");
  const said = (text: string): boolean => lab.state().text === text;
  for (const config of ["one", "two"]) {
    lab.write("config", config);
    assert.equal((await lab.example("reload")).json.sent, true);
    await waitFor(`the reload of ${config}`, () => said(`reloaded ${config}`));
  }
  assert.equal((await lab.example("status")).json.text, "reloaded two");
  assert.ok(isRunning(lab.pidIn()), "SIGHUP is no end");
});

test("a reload that fails is logged, and the daemon works on", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "hooks");
  await lab.example("reload"); // there is no config to read
  await waitFor("the error", () => lab.log.includes("ENOENT"));
  lab.write("config", "good");
  await lab.example("reload");
  await waitFor("the reload", () => lab.state().text === "reloaded good");
});

test("reload and reopen of what does not run say so", async (t) => {
  const lab = new Lab(t);
  assert.equal((await lab.example("reload")).json.sent, false);
  assert.equal((await lab.example("reopen")).json.sent, false);
});

test("stop hooks run in reverse order, before the end", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "hooks");
  await lab.example("stop");
  assert.equal(readFileSync(lab.path("stopped"), "utf8"), "hook\nSIGTERM\n");
});

test("a signal map adds to the defaults", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "ok", { env: { EXAMPLE_OPTIONS: JSON.stringify({ signals: { SIGUSR2: "stop" } }) } });
  const pid = lab.pidIn();
  process.kill(pid, "SIGTSTP");
  process.kill(pid, "SIGUSR2");
  await waitFor("the end", () => !isRunning(pid));
  assert.equal(readFileSync(lab.path("stopped"), "utf8"), "SIGUSR2\n");
});

test("rotation under load loses no line and tears none", needs("addon"), async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "writes");
  for (let round = 0; round < 5; round++) {
    const rotated = lab.path(`example.log.${round}`);
    renameSync(lab.path("example.log"), rotated);
    process.kill(lab.pidIn(), "SIGUSR1");
    await waitFor("the new log", () => existsSync(lab.path("example.log")) && lab.log.includes("line "));
  }
  lab.write("enough", "");
  await waitFor("the count", () => existsSync(lab.path("count")) && readFileSync(lab.path("count"), "utf8") !== "");
  const count = Number(readFileSync(lab.path("count"), "utf8"));
  const logs = readdirSync(lab.home).filter((name) => name.startsWith("example.log"));
  assert.equal(logs.length, 6);
  const seen = new Set<number>();
  for (const name of logs) {
    const lines = readFileSync(lab.path(name), "utf8").split("\n").slice(0, -1);
    for (const line of lines) {
      const number = /^line (\d+)$/.exec(line)?.[1];
      if (number !== undefined) seen.add(Number(number));
      else assert.match(line, /^run \d+ writes$/);
    }
  }
  assert.equal(seen.size, count);
});
