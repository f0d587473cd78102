// What a daemon tells of itself goes to files, and a disk may be full: a daemon that works lives on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Handback } from "#src/daemon/handback.js";
import { Pidfile } from "#src/daemon/pidfile.js";
import type { PidfileRecord } from "#src/daemon/pidfile-record.js";
import { Lab } from "./lab.js";

test("news that the disk does not take is told on standard error, and ends nothing", async (t) => {
  const lab = new Lab(t);
  const pidfile = await Pidfile.acquire(lab.pidfile);
  t.after(() => pidfile.close());
  const handback = new Handback({ pidfile, logFile: "", name: "x", statusFd: undefined, settleMs: 0 });
  const { write } = pidfile;
  pidfile.write = (_: PidfileRecord) => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  const said: unknown[] = [];
  t.mock.method(console, "error", (text: unknown) => said.push(text));
  handback.ready(["127.0.0.1:1"], undefined);
  handback.status("a text");
  handback.update({ restarts: 1 });
  handback.keepPidfile("gave up");
  assert.equal(said.length, 4);
  assert.match(String(said[0]), /^daemon: cannot write to .*example\.pid: /);
  pidfile.write = write;
  handback.status("there is room again");
});
