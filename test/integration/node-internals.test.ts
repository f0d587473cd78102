// What Node does not document may change: each internal that is used is broken on purpose, one at a time, in a process of
// its own, and the server serves, with a line in its log. src/server/internals/internals.ts has the list.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nativeAddon, nativeProblem } from "#src/native/addon.js";

const run = promisify(execFile);
const fixture = fileURLToPath(new URL("fixtures/broken-node.js", import.meta.url));
const NOT_AS_KNOWN = /^Node\.js v\S+ is not as known here, which costs some speed: .+ \(.+\), so .+\.$/;

function list(): string[] {
  return JSON.parse(execFileSync(process.execPath, [fixture, "--list"], { encoding: "utf8" }));
}

/** The warnings of a server whose Node is broken in this way; throws when it has not answered all. */
async function serveBroken(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { stdout } = await run(process.execPath, [fixture, name], {
    env: { ...process.env, ...env },
    timeout: 120_000,
    maxBuffer: 4 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}

/** With the poller nobody wraps sockets or writes to their handles; without it nobody asks for descriptors. */
function isUsed(name: string, withPoller: boolean): boolean {
  if (/_createServerHandle|_handle\b/.test(name)) return true;
  return /poller|\bfd\b/.test(name) === withPoller;
}

for (const withPoller of [true, false]) {
  const env = withPoller ? {} : { PYREDIS_NO_NATIVE: "1" };
  const skip = withPoller && nativeAddon()?.SocketPoller === undefined && `no poller here: ${nativeProblem()}`;
  describe(withPoller ? "with the poller" : "without the addon", { concurrency: 4, skip }, () => {
    test("as Node is, nothing is said", async () => {
      assert.deepEqual(await serveBroken("nothing", env), []);
    });
    for (const name of list().filter((name) => name !== "nothing" && isUsed(name, withPoller))) {
      test(`${name}: the server serves, and the log has one line`, async () => {
        const log = await serveBroken(name, env);
        // The protocol of later Nodes does not ask for it.
        if (name === "writeQueueSize is always 0" && log.length === 0) return;
        assert.equal(log.length, 1, log.join("\n"));
        assert.match(log[0] ?? "", NOT_AS_KNOWN);
      });
    }
  });
}
