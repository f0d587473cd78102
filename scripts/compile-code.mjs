// Lets V8 compile the bundle once, as the last step of `npm install` and of a build, and keeps what came out beside it:
// each start then loads that in the place of compiling 1.2 MB of text (load-compiled.js). What a start runs is compiled
// because it is run here. Does nothing when it is there already; never a reason for an install to fail.
import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const chunks = join(dist, "chunks");
const suffix = `.${process.version}-${process.arch}.compiled`;
const require = createRequire(join(dist, "index.js"));

function isUpToDate() {
  const names = readdirSync(chunks);
  return names.every((name) => !name.endsWith(".code.js") || names.includes(name.replace(/\.code\.js$/, suffix)));
}

/** A client's first command, so that the way of a request is compiled too. */
function ping(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("data", () => resolve(socket.destroy()));
    socket.once("error", reject);
  });
}

async function compile() {
  const scripts = require("./load-compiled.js").record();
  const { PyRedis } = require("./index.js");
  const redis = await PyRedis.create();
  await ping(redis.port);
  await redis.close();
  const program = readdirSync(chunks).find((name) => /^program-\w+\.js$/.test(name));
  const { runProgram } = require(`./chunks/${program}`);
  const { write } = process.stdout;
  process.stdout.write = () => true;
  await runProgram(["status", "--pidfile", join(dist, "none.pid")]);
  process.stdout.write = write;
  for (const [path, script] of scripts) {
    const fresh = `${path}.${process.pid}.tmp`;
    writeFileSync(fresh, script.createCachedData());
    renameSync(fresh, path);
  }
}

try {
  if (existsSync(chunks) && !isUpToDate()) await compile();
} catch (error) {
  console.log(`pyredis: the code is not compiled in advance (${error.message}); it starts a little slower`);
}
