// What a start says when the daemon does not do its part: no ready(), or an end right after it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isRunning, Lab, waitFor } from "../lab.js";

interface Outcome {
  code?: string;
  message: string;
  pid: number;
  ms: number;
}

/** A daemon with this body, started once. */
async function startBody(
  lab: Lab,
  body: string,
  options: object = {},
): Promise<Outcome & { stderr: string; log: string }> {
  const program = lab.writeProgram(`
    import { Daemon } from "pyredis/daemon";
    class Main extends Daemon { ${body} }
    const daemon = new Main({ pidfile: "main.pid", logFile: "main.log", startTimeoutMs: 20_000, ...${JSON.stringify(options)} });
    console.log(JSON.stringify(await daemon.start().then(({ pid }) => ({ pid }), ({ code, message, pid }) => ({ code, message, pid }))));`);
  const { stdout, stderr } = await lab.run(process.execPath, [program]);
  lab.track(lab.pidIn(lab.path("main.pid")));
  return { ...JSON.parse(stdout), stderr, log: readFileSync(lab.path("main.log"), "utf8") };
}

const FOREVER = "await new Promise(() => setInterval(() => {}, 1e6));";

test("a forgotten ready() is hinted at after a few seconds, and named in the error", async (t) => {
  const lab = new Lab(t);
  const { code, message, stderr } = await startBody(lab, `async run() { ${FOREVER} }`, { startTimeoutMs: 4000 });
  assert.equal(code, "start-timeout");
  assert.match(message, /^not ready within 4 s; stopped it: run\(\) has not called this\.ready\(\)$/);
  assert.match(
    stderr,
    /DaemonWarning: pid \d+ is not ready yet: run\(\) has not called this\.ready\(\)\. Waiting up to 4 s; its log is .*main\.log/,
  );
});

const ADVICE = "the end of run\\(\\) is the end of the daemon: let it await what must last, or return a promise";

for (const [what, body, reason] of [
  [
    "starts a timer and returns",
    "run() { this.ready(); setInterval(() => {}, 100); }",
    `^run\\(\\) returned right after ready\\(\\) while Timeout still waited; ${ADVICE}$`,
  ],
  [
    "starts a server and returns",
    "async run() { const { createServer } = await import('node:net'); createServer().listen(0, () => this.ready()); }",
    `^run\\(\\) returned without calling this\\.ready\\(\\) while TCPServerWrap still waited; ${ADVICE}$`,
  ],
  ["is ready and returns", "run() { this.ready(); }", `^run\\(\\) returned right after ready\\(\\); ${ADVICE}$`],
  [
    "returns nothing and never is ready",
    "run() {}",
    `^run\\(\\) returned without calling this\\.ready\\(\\); ${ADVICE}$`,
  ],
  ["is ready and returns a code", "run() { this.ready(); return 7; }", "^run\\(\\) returned 7 right after ready\\(\\)"],
  ["is ready and exits", "run() { this.ready(); process.exit(5); }", "^exit code 5 right after ready\\(\\)$"],
  [
    "is ready and throws",
    "async run() { this.ready(); await null; throw new Error('the moon has gone'); }",
    "^the moon has gone$",
  ],
  [
    "is ready and is killed",
    "run() { this.ready(); process.kill(process.pid, 'SIGKILL'); return new Promise(() => setInterval(() => {}, 1e6)); }",
    "^ended right after ready\\(\\)",
  ],
  [
    "is ready, and a rejection that nobody awaits ends it",
    `async run() { this.ready(); Promise.reject(new Error('nobody')); ${FOREVER} }`,
    "^nobody$",
  ],
  [
    "waits for what nothing keeps alive",
    "async run() { this.ready(); await new Promise(() => {}); }",
    "^run\\(\\) waits for what cannot come",
  ],
] as const) {
  // The channel to its supervisor keeps a worker waiting: nobody can tell that nothing will come.
  for (const supervise of what.startsWith("waits") ? [false] : [false, true]) {
    test(`a daemon that ${what} is no success${supervise ? ", supervised too" : ""}`, async (t) => {
      const lab = new Lab(t);
      const { code, message, pid, log } = await startBody(lab, body, { supervise, settleMs: 1000 });
      assert.equal(code, "start-failed");
      if (!supervise) assert.match(message, new RegExp(reason));
      else assert.notEqual(message, "");
      assert.equal(isRunning(pid), false);
      if (reason.includes("while"))
        assert.match(log, /^daemon: run\(\) returned/m, "whoever looks at the log is told too");
    });
  }
}

test("a daemon that returns later leaves the reason in its log, and one that gives a code does not need one", async (t) => {
  const lab = new Lab(t);
  // It returns when it is asked to, and something still waits then.
  const body = (end: string): string => `async run() {
    setInterval(() => {}, 1e6);
    const asked = new Promise((resolve) => process.once("SIGUSR2", resolve));
    this.ready();
    await asked;
    ${end}
  }`;
  const endOf = async (end: string): Promise<string> => {
    const { pid } = await startBody(lab, body(end));
    process.kill(pid, "SIGUSR2");
    await waitFor("its end", () => !isRunning(pid));
    return readFileSync(lab.path("main.log"), "utf8");
  };
  const reason = /^daemon: run\(\) returned while Timeout still waited/m;
  const first = await endOf("return undefined;");
  assert.match(first, reason);
  assert.doesNotMatch((await endOf("return 0;")).slice(first.length), reason);
});

test("a daemon that never lets the event loop turn is ready all the same", async (t) => {
  const lab = new Lab(t);
  const { pid, code } = await startBody(lab, "async run() { this.ready(); for (;;) await null; }");
  assert.equal(code, undefined);
  assert.ok(isRunning(pid));
});
