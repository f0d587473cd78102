// What a daemon gives away before run(): limits, root directory, groups, ids. What the kernel says of it counts.
import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { test } from "node:test";
import { Lab, needs } from "./lab.js";

const NOBODY = 65534;

interface Self {
  ids: number[];
  groups: number[];
  regained: string[];
  root: string[];
  cwd: string;
  files: string[];
}

function withOptions(options: object): { env: NodeJS.ProcessEnv } {
  return { env: { EXAMPLE_OPTIONS: JSON.stringify(options) } };
}

async function describe(lab: Lab, options: object): Promise<Self> {
  const { code, json } = await lab.example("start", "describes", withOptions(options));
  assert.equal(code, 0, json.message);
  return JSON.parse(json.addresses?.[0] ?? "{}");
}

test(
  "after the drop of privileges all ids are the user's, and no way leads back",
  needs("root", "addon"),
  async (t) => {
    const lab = new Lab(t);
    const self = await describe(lab, { uid: "nobody" });
    assert.deepEqual(self.ids, [NOBODY, NOBODY, NOBODY, NOBODY]);
    assert.deepEqual(self.groups, [NOBODY], "root's groups are gone");
    assert.deepEqual(self.regained, []);
    const status = readFileSync(`/proc/${lab.pidIn()}/status`, "utf8");
    assert.match(status, /^Uid:\s+65534\s+65534\s+65534\s+65534$/m, "the saved one too");
    assert.match(status, /^Gid:\s+65534\s+65534\s+65534\s+65534$/m);
    assert.match(status, /^CapPrm:\s+0+$/m);
    assert.match(status, /^CapEff:\s+0+$/m);
    for (const line of readFileSync(`/proc/${lab.pidIn()}/task/${lab.pidIn()}/status`, "utf8").split("\n")) {
      if (line.startsWith("Uid:")) assert.match(line, /65534/);
    }
    assert.equal(statSync(lab.path("example.log")).uid, NOBODY, "it can open its log anew");
  },
);

test(
  "initgroups gives the user's own groups, and without it there is only the given one",
  needs("root", "addon"),
  async (t) => {
    const lab = new Lab(t);
    const self = await describe(lab, { uid: "nobody", gid: "daemon", initgroups: false });
    assert.deepEqual(self.groups, self.ids.slice(2, 3));
    assert.notEqual(self.ids[2], NOBODY);
  },
);

test("a daemon without privileges can be stopped, and its pidfile is removed", needs("root", "addon"), async (t) => {
  const lab = new Lab(t);
  await describe(lab, { uid: "nobody" });
  assert.equal((await lab.example("stop")).json.outcome, "stopped");
  assert.equal(lab.pidIn(), 0);
  assert.equal((await lab.example("status")).json.state, "stopped");
});

test("inside the chroot there is nothing of the outside", needs("root", "addon"), async (t) => {
  const lab = new Lab(t);
  mkdirSync(lab.path("jail/deep"), { recursive: true });
  lab.write("jail/inside", "");
  const self = await describe(lab, { chroot: lab.path("jail"), workingDirectory: "/deep", uid: "nobody" });
  assert.deepEqual(self.root.sort(), ["deep", "inside"]);
  assert.equal(self.cwd, "/deep");
  assert.equal(readlinkSync(`/proc/${lab.pidIn()}/root`), lab.path("jail"));
  assert.equal((await lab.example("stop")).json.outcome, "stopped");
});

test("limits, cores and the oom score are what /proc shows", needs("addon"), async (t) => {
  const lab = new Lab(t);
  const rlimits = { NOFILE: { soft: 200, hard: 300 }, FSIZE: 1_000_000, CPU: 4000 };
  await lab.example("start", "ok", withOptions({ rlimits, oomScoreAdj: 300 }));
  const limits = readFileSync(`/proc/${lab.pidIn()}/limits`, "utf8");
  assert.match(limits, /^Max open files\s+200\s+300\s/m);
  assert.match(limits, /^Max file size\s+1000000\s+1000000\s/m);
  assert.match(limits, /^Max cpu time\s+4000\s+4000\s/m);
  assert.match(limits, /^Max core file size\s+1\s+1\s/m, "the one value that stops piped cores too");
  assert.equal(readFileSync(`/proc/${lab.pidIn()}/oom_score_adj`, "utf8").trim(), "300");
});

test("cores stay possible when that is wanted", async (t) => {
  const lab = new Lab(t);
  await lab.example("start", "ok", withOptions({ preventCore: false }));
  const line = (limits: string): string => /^Max core file size.*$/m.exec(limits)?.[0] ?? "";
  const own = line(readFileSync("/proc/self/limits", "utf8"));
  assert.equal(line(readFileSync(`/proc/${lab.pidIn()}/limits`, "utf8")), own);
});

test("preserved descriptors reach the daemon in their order, all others do not", async (t) => {
  const lab = new Lab(t);
  const first = openSync(lab.write("first", "one"), "r");
  const second = openSync(lab.write("second", "two"), "r");
  // The starter has them as 3 and 9.
  const fds: (number | "ignore")[] = [first, "ignore", "ignore", "ignore", "ignore", "ignore", second];
  const options = { ...withOptions({ filesPreserved: [9, 3] }), fds };
  const { json } = await lab.example("start", "describes", options);
  closeSync(first);
  closeSync(second);
  const self: Self = JSON.parse(json.addresses?.[0] ?? "{}");
  assert.deepEqual(self.files, ["two", "one"]);
});

test("stdout and stderr can be two files, and stdin a third", async (t) => {
  const lab = new Lab(t);
  const options = { stdout: lab.path("out"), stderr: lab.path("err"), stdin: { file: lab.write("in", "") } };
  await lab.example("start", "ok", withOptions(options));
  const links = [0, 1, 2].map((fd) => readlinkSync(`/proc/${lab.pidIn()}/fd/${fd}`));
  assert.deepEqual(links, [lab.path("in"), lab.path("out"), lab.path("err")]);
});

test("what cannot be had is refused before anything starts", needs("addon"), async (t) => {
  const lab = new Lab(t);
  const refused = async (options: object): Promise<string | undefined> =>
    (await lab.example("start", "ok", withOptions(options))).json.message;
  assert.equal(await refused({ uid: "no-such-user" }), "there is no user no-such-user");
  assert.equal(await refused({ uid: 0, gid: "no-such-group" }), "there is no group no-such-group");
  assert.match((await refused({ oomScoreAdj: 2000 })) ?? "", /oomScoreAdj must be -1000 to 1000, not 2000$/);
  assert.equal(lab.pidIn(), 0);
});

test("a chroot or a limit that fails is the reason of the failed start", needs("root", "addon"), async (t) => {
  const lab = new Lab(t);
  const start = async (options: object) => (await lab.example("start", "ok", withOptions(options))).json;
  assert.match((await start({ chroot: lab.path("nowhere") })).message ?? "", /^cannot chroot to .*: ENOENT$/);
  assert.match((await start({ rlimits: { MOONS: 1 } })).message ?? "", /there is no option "rlimits\.MOONS"/);
});
