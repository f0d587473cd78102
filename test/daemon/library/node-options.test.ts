// The program that a starter runs again has the same Node: options with relative paths, NODE_OPTIONS, loaders; and
// modules get them too.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { Lab } from "../lab.js";

const PROGRAM = `
import { Daemon } from "pyredis/daemon";
const here = process.cwd();
class Main extends Daemon {
  async run() {
    this.ready({ addresses: [JSON.stringify({ here, cwd: process.cwd(), env: process.env.MOON, loaded: globalThis.loaded ?? [] })] });
    await new Promise(() => setInterval(() => {}, 1e6));
  }
}
const { addresses } = await new Main({ pidfile: "main.pid", logFile: "main.log", supervise: process.argv[2] === "supervised" }).start();
console.log(addresses[0]);`;

/** A loader in a package: it takes the types out of \`.ts\` files, as tsx does; here, just \`: number\`. */
const LOADER = `
import { register } from "node:module";
globalThis.loaded = [...(globalThis.loaded ?? []), "moonx"];
register("./hooks.mjs", import.meta.url);`;
const HOOKS = `
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return await next(url, context);
  const source = readFileSync(fileURLToPath(url), "utf8").replaceAll(": number", "");
  return { format: "module", source, shortCircuit: true };
}`;

function prepare(lab: Lab, code: string): string {
  lab.write("moon.env", "MOON=full\n");
  for (const name of ["import", "require", "loader"]) {
    const end = name === "require" ? "cjs" : "mjs";
    lab.write(`hooks/${name}.${end}`, `globalThis.loaded = [...(globalThis.loaded ?? []), "${name}"];`);
  }
  const program = lab.writeProgram(code);
  lab.write("node_modules/moonx/package.json", '{ "name": "moonx", "exports": { ".": { "import": "./loader.mjs" } } }');
  lab.write("node_modules/moonx/loader.mjs", LOADER);
  lab.write("node_modules/moonx/hooks.mjs", HOOKS);
  return program;
}

for (const mode of ["alone", "supervised"]) {
  for (const [what, words, env, expected] of [
    ["--env-file", ["--env-file=moon.env"], {}, { env: "full", loaded: [] }],
    ["--env-file in two words", ["--env-file", "./moon.env"], {}, { env: "full", loaded: [] }],
    ["--import", ["--import", "./hooks/import.mjs"], {}, { loaded: ["import"] }],
    ["-r", ["-r", "./hooks/require.cjs"], {}, { loaded: ["require"] }],
    ["--require=", ["--require=./hooks/require.cjs"], {}, { loaded: ["require"] }],
    ["--import of a package", ["--import", "moonx"], {}, { loaded: ["moonx"] }],
    [
      "NODE_OPTIONS",
      [],
      { NODE_OPTIONS: "--import ./hooks/import.mjs -r ./hooks/require.cjs" },
      { loaded: ["require", "import"] },
    ],
  ] as const) {
    test(`${what} means the same in the daemon, ${mode}`, async (t) => {
      const lab = new Lab(t);
      const program = prepare(lab, PROGRAM);
      const { code, stdout, stderr } = await lab.run(process.execPath, [...words, program, mode], { env });
      const pid = lab.track(lab.pidIn(lab.path("main.pid")));
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), { here: lab.home, cwd: "/", ...expected });
      assert.equal(readlinkSync(`/proc/${pid}/cwd`), "/", "no file system is kept busy");
    });
  }
}

test("--loader means the same in the daemon", async (t) => {
  const lab = new Lab(t);
  const program = prepare(lab, PROGRAM);
  const words = ["--no-warnings", "--loader", "./node_modules/moonx/hooks.mjs", program];
  const { code, stderr } = await lab.run(process.execPath, words);
  lab.track(lab.pidIn(lab.path("main.pid")));
  assert.equal(code, 0, stderr);
});

test("a restart from elsewhere boots where the first start was", async (t) => {
  const lab = new Lab(t);
  const code = PROGRAM.replace(".start()", '[process.argv[2] ?? "start"]()').replaceAll("main.", `${lab.home}/main.`);
  const program = prepare(lab, code);
  assert.equal((await lab.run(process.execPath, ["--env-file=moon.env", program])).code, 0);
  lab.track(lab.pidIn(lab.path("main.pid")));
  mkdirSync(lab.path("other"));
  const { stdout, stderr } = await lab.run(process.execPath, [program, "restart"], { cwd: lab.path("other") });
  lab.track(lab.pidIn(lab.path("main.pid")));
  assert.notEqual(stdout, "", stderr);
  const said: { env: string; here: string } = JSON.parse(stdout);
  assert.deepEqual([said.env, said.here], ["full", lab.home]);
});

test("a program that is given with --eval is run again", async (t) => {
  const lab = new Lab(t);
  prepare(lab, "");
  const { code, stdout, stderr } = await lab.run(process.execPath, [
    "--input-type=module",
    "--eval",
    PROGRAM,
    "--",
    "-x",
    lab.home, // by which the laboratory knows its own
  ]);
  lab.track(lab.pidIn(lab.path("main.pid")));
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).cwd, "/");
});

test("modules and jobs of TypeScript run under the parent's loader", async (t) => {
  const lab = new Lab(t);
  lab.write(
    "work.ts",
    `
    export function add(a: number, b: number) { return a + b; }
    export function main(context, a: number) { context.ready({ addresses: [String(a)] }); return new Promise(() => setInterval(() => {}, 1e6)); }`,
  );
  const program = prepare(
    lab,
    `
    import { Daemon } from "pyredis/daemon";
    const daemon = Daemon.ofModule("./work.js", { pidfile: "m.pid", logFile: "m.log", args: [5] });
    console.log((await daemon.start()).addresses[0]);
    await daemon.stop();
    const job = await Daemon.run("./work.ts", [40, 2], { exportName: "add", directory: "jobs", name: "sum" });
    console.log(await job.result());`,
  );
  const { code, stdout, stderr } = await lab.run(process.execPath, ["--import", "moonx", program]);
  assert.equal(code, 0, stderr + (code === 0 ? "" : readFileSync(lab.path("m.log"), "utf8")));
  assert.equal(stdout, "5\n42\n");
});
