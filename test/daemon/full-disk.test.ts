// A disk may be full, or a quota used up: a start says so in one line and leaves nothing, and a daemon that works lives
// on when its news finds no room.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { Handback } from "#src/daemon/handback.js";
import { Claim } from "#src/daemon/instance/claim.js";
import { EXAMPLE, Lab, needs } from "./lab.js";

/** Starts the example with its pidfile on a file system of its own, stops it, and lists what is there then. */
const ON_SMALL_DISK = `
mount -t tmpfs -o "$1" tmpfs "$2/run" || exit 99
"$3" "$4" start "$2" ok
"$3" "$4" status "$2" ok
"$3" "$4" stop "$2" ok
ls -A "$2/run" | sed 's/^/left: /'`;

async function startOnDisk(lab: Lab, options: string): Promise<{ stdout: string; stderr: string }> {
  mkdirSync(lab.path("run"), { recursive: true });
  const words = ["--mount", "sh", "-c", ON_SMALL_DISK, "sh", options, lab.home, process.execPath, EXAMPLE];
  const { code, stdout, stderr } = await lab.run("unshare", words);
  assert.notEqual(code, 99, stderr);
  return { stdout, stderr };
}

// A file system's root is an inode too. A start needs the lock, the launch record, the state and the pidfile.
for (const inodes of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(
    `with room for ${inodes - 1} files a start works, or says why and leaves nothing`,
    needs("namespaces"),
    async (t) => {
      const lab = new Lab(t);
      const { stdout, stderr } = await startOnDisk(lab, `size=64k,nr_inodes=${inodes}`);
      const [started = "", status = "", stopped = "", ...left] = stdout.trim().split("\n");
      assert.deepEqual(left, [], "nothing is left");
      assert.doesNotMatch(started + stderr, /\n\s+at |ENOSPC/, "no stack, and words in the place of codes");
      if (started.includes('"addresses"')) {
        assert.ok(inodes >= 5, started);
        assert.match(status, /"state":"running"/);
        assert.match(stopped, /"outcome":"stopped"/);
        return;
      }
      assert.match(started, /"code":"(start-failed|bad-pidfile)"/);
      assert.match(started, /cannot (use|write) .*example\.pid.*: no space left on device/);
      assert.match(status, /"state":"stopped"/);
    },
  );
}

test("without room for a byte a start says why and leaves nothing", needs("namespaces"), async (t) => {
  const lab = new Lab(t);
  // One page, which the lock file does not need and the launch record takes.
  const { stdout } = await startOnDisk(lab, "size=4k,nr_inodes=50");
  const [started = "", status = "", , ...left] = stdout.trim().split("\n");
  assert.match(started, /cannot write .*example\.pid\.(launch|state).*: no space left on device/);
  assert.match(status, /"state":"stopped"/);
  assert.deepEqual(left, []);
});

test("news that the disk does not take is told once on standard error, and ends nothing", async (t) => {
  const lab = new Lab(t);
  const claim = await Claim.acquire(lab.pidfile);
  t.after(() => claim.close());
  const handback = new Handback({ claim, logFile: "", name: "x", statusFd: undefined, settleMs: 0 });
  handback.ready(["127.0.0.1:1"], undefined);
  const { writeState } = claim;
  claim.writeState = () => {
    throw Object.assign(new Error("cannot write x.state: no space left on device"), { code: "start-failed" });
  };
  const said: unknown[] = [];
  t.mock.method(console, "error", (text: unknown) => said.push(text));
  handback.status("a text");
  handback.update({ restarts: 1 });
  assert.deepEqual(said, ["daemon: cannot write x.state: no space left on device"]);
  assert.notEqual(lab.state().text, "a text");
  claim.writeState = writeState;
  handback.status("there is room again");
  assert.equal(lab.state().text, "there is room again");
});
