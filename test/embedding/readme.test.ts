// Every block of README.md and docs/embedding.md, run as a reader would: in a fresh folder, beside the installed package.
// Ports are replaced by free ones. The blocks of "Daemons of your own" are those of test/daemon/examples.test.ts.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { endWithUs, makeTestDirectory } from "../support/child-process.js";
import { ROOT } from "../support/pyredis-process.js";
import { RespClient } from "../support/resp-client.js";
import { waitFor } from "../support/wait-for.js";

interface Block {
  readonly language: string;
  readonly code: string;
}

function listBlocks(file: string): Block[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language = "", code = ""]) => ({ language, code }));
}

/** A folder with the package in it, as `npm install pyredis ioredis` makes it. */
function makeProject(): string {
  const folder = makeTestDirectory();
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  symlinkSync(ROOT, join(modules, "pyredis"));
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((entry) => !entry.startsWith("."))) {
    if (name !== "pyredis") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  symlinkSync("../pyredis/dist/cli/main.js", join(modules, ".bin/pyredis"));
  writeFileSync(join(folder, "package.json"), '{ "name": "app", "private": true }');
  return folder;
}

function environment(folder: string): NodeJS.ProcessEnv {
  const places = { HOME: folder, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder };
  return { ...process.env, ...places, PYREDIS_DAEMON_REGISTRY: join(folder, "registry") };
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function find(blocks: readonly Block[], word: string): string {
  const found = blocks.filter(({ code }) => code.includes(word));
  assert.equal(found.length, 1, `the block with ${word}`);
  return found[0]?.code ?? "";
}

const README = listBlocks("README.md");

test("every block of README.md has its test, here or in test/daemon/examples.test.ts", () => {
  assert.deepEqual(
    README.map(({ language }) => language),
    ["sh", "sh", "sh", "sh", "js", "js"],
  );
  assert.equal(listBlocks("docs/embedding.md").length, 1);
});

test("the commands of a checkout are scripts of package.json, and quick", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const code = `${find(README, "npm start")}${find(README, "npm test")}`;
  const named = [...code.matchAll(/npm (?:run )?(\w+)/g)].map(([, name = ""]) => name).filter((name) => name !== "ci");
  assert.deepEqual(named, ["start", "status", "stop", "test"]);
  for (const name of named) assert.ok(scripts[name] !== undefined, name);
  // npx would install the package into npm's cache first.
  assert.doesNotMatch(code, /npx/);
  const pidfile = join(makeTestDirectory(), "none.pid");
  const words = ["run", "--silent", "status", "--", "--pidfile", pidfile];
  const { status, stdout } = spawnSync("npm", words, { cwd: ROOT, encoding: "utf8" });
  assert.equal(status, 3);
  assert.match(stdout, /^none is stopped, pidfile /);
});

test("the commands of an installed package start a daemon, tell its status, and stop it", async (t) => {
  const folder = makeProject();
  const port = String(await findFreePort());
  t.after(() => {
    spawnSync("npx", ["pyredis", "stop", "--force", "--port", port], { cwd: folder, env: environment(folder) });
    // Root's places are the system's own.
    if (process.geteuid?.() !== 0) return;
    for (const left of [`/var/log/pyredis/pyredis-${port}.log`, `/var/lib/pyredis/${port}`]) {
      rmSync(left, { recursive: true, force: true });
    }
  });
  const lines = find(README, "npx pyredis start").replaceAll("7000", port).trim().split("\n");
  assert.equal(lines.shift(), "npm install pyredis");
  const outputs = lines.map((line) => {
    const { status, stdout, stderr } = spawnSync(line, {
      shell: true,
      cwd: folder,
      env: environment(folder),
      encoding: "utf8",
    });
    assert.equal(status, 0, `${line}: ${stdout}${stderr}`);
    return stdout;
  });
  assert.match(outputs[0] ?? "", new RegExp(`^pyredis-${port} is running: pid \\d+, .*:${port}\\b`));
  assert.match(outputs[1] ?? "", /running/);
  assert.match(outputs[2] ?? "", /stopped/);
});

test("the server in the foreground serves with the file that the block makes", async () => {
  const folder = makeProject();
  const port = await findFreePort();
  const code = find(README, "npx pyredis server").replaceAll("7000", String(port)).replace("\nnpx ", "\nexec npx ");
  const child = spawn("sh", ["-c", code], { cwd: folder, env: environment(folder), stdio: "ignore" });
  endWithUs(child);
  const client = await waitFor("an answer", () => RespClient.connect({ port }), { timeoutMs: 60_000 });
  assert.equal(await client.ask("CONFIG", "GET", "maxmemory"), '*[$"maxmemory", $"104857600"]');
  await client.call("SHUTDOWN", "NOSAVE").catch(() => {});
  await client.close();
  await waitFor("its end", () => child.exitCode !== null || child.signalCode !== null);
  assert.equal(child.exitCode, 0);
});

for (const [file, word, expected] of [
  ["README.md", 'from "ioredis"', /^b\n$/],
  ["docs/embedding.md", "redis.url", /^redis:\/\/127\.0\.0\.1:\d+\n$/],
] as const) {
  test(`the embedded server of ${file} answers, and the program ends by itself`, () => {
    const folder = makeProject();
    writeFileSync(join(folder, "app.mjs"), find(listBlocks(file), word));
    const options = { cwd: folder, encoding: "utf8", timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["app.mjs"], options);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, expected);
  });
}
