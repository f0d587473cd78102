// Makes dist/, which is what the package and the daemon load: one file in the place of hundreds of modules, and chunks
// for what not every command needs. Run by `npm run build`, after tsc has checked the types; does nothing when its
// inputs are those of the last time. CommonJS, because it starts quicker than ES modules do, and because `require` and
// `import` then give the same classes; the .mjs files beside it are the doors for `import`.
//
//   src/**/*.ts ──esbuild──▶ build/esm/ (chunks) ──esbuild──▶ dist/**/*.js, .js.map
//               ──tsc──────▶ build/types/        ──what the public types need──▶ dist/**/*.d.ts, .d.mts
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(root, "dist");
const ESM = join(root, "build/esm");
const TYPES = join(root, "build/types");
const STAMP = join(root, "build/bundle.stamp");
/** What is started or imported from outside; all else is a chunk. */
const ENTRIES = ["index", "cli/main", "daemon/index", "daemon/module-host", "daemon/job-host"];
const WORTH_COMPILING_BYTES = 50_000;
/** The entries of package.json's `exports`. */
const PUBLIC = ["index", "daemon/index"];

/** The oldest Node that `engines` allows. */
const COMMON = {
  bundle: true,
  platform: "node",
  target: "node20.0",
  sourcemap: "linked",
  sourcesContent: false,
  logLevel: "warning",
  metafile: true,
};

function listFiles(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

function hashInputs() {
  const hash = createHash("sha256").update(esbuild.version);
  const files = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.types.json", "scripts/bundle.mjs"];
  for (const path of [...files.map((name) => join(root, name)), ...listFiles(join(root, "src"))]) {
    hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

function isUpToDate(stamp) {
  try {
    const { inputs, outputs } = JSON.parse(readFileSync(STAMP, "utf8"));
    return inputs === stamp && outputs.every((name) => existsSync(join(DIST, name)));
  } catch {
    return false;
  }
}

/** The modules as a few ES modules, in build/esm. */
async function bundle() {
  rmSync(ESM, { recursive: true, force: true });
  return await esbuild.build({
    ...COMMON,
    entryPoints: Object.fromEntries(ENTRIES.map((name) => [name, join(root, "src", `${name}.ts`)])),
    outdir: ESM,
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });
}

/** A chunk that is loaded when it is needed is a `require` as well: `import()` would wake Node's ES module loader. */
function loadChunksByRequire(code) {
  return code.replaceAll(/\bimport\(("\.[^"]+\.js")\)/g, "Promise.resolve().then(() => require($1))");
}

const chunks = {
  name: "chunks",
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path }) => (kind === "entry-point" ? null : { path, external: true }));
    build.onLoad({ filter: /\.js$/ }, ({ path }) => ({
      contents: loadChunksByRequire(readFileSync(path, "utf8")),
      loader: "js",
      resolveDir: dirname(path),
    }));
  },
};

/** Node's modules that a start does not need, and that take a millisecond or more to load: loaded when they are used. */
function loadLater(code) {
  return code.replaceAll(
    /^var (import_\w+) = require\("(node:(?:child_process|crypto|fs\/promises))"\);$/gm,
    'var $1 = new Proxy({}, { get: (_, name) => require("$2")[name] });',
  );
}

/** Each of them as CommonJS; answers what belongs into dist. */
async function convert() {
  const { outputFiles } = await esbuild.build({
    ...COMMON,
    entryPoints: listFiles(ESM).filter((path) => path.endsWith(".js")),
    outbase: ESM,
    outdir: DIST,
    format: "cjs",
    write: false,
    define: { "import.meta.url": "moduleUrl" },
    inject: [join(root, "scripts/module-url.js")],
    plugins: [chunks],
  });
  return new Map(
    outputFiles.map(({ path, text }) => [relative(DIST, path), path.endsWith(".js") ? loadLater(text) : text]),
  );
}

/**
 * Large chunks go through load-compiled.js, which takes the compiled code that `npm install` has left beside them. Their
 * own text moves to NAME.code.js; NAME.js is what the others require.
 */
function addLoader(files) {
  for (const [name, contents] of [...files]) {
    if (!name.startsWith("chunks/") || !name.endsWith(".js") || contents.length < WORTH_COMPILING_BYTES) continue;
    const body = name.replace(/\.js$/, ".code.js");
    files.set(body, contents);
    files.set(name, `require("../load-compiled.js").load(module, require, "./${body.slice("chunks/".length)}");\n`);
  }
  files.set("load-compiled.js", readFileSync(join(root, "scripts/load-compiled.cjs")));
}

/** The licences of what the bundle has taken in. */
function collectLicences(inputs) {
  const names = new Set(
    Object.keys(inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  const texts = [...names].sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`bundle: ${name} has no licence file`);
    return `${name}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/** The doors for `import`: the same names, the same objects. */
function addDoors(files, outputs) {
  for (const name of PUBLIC) {
    const { exports } = outputs[relative(root, join(ESM, `${name}.js`))];
    const door = `./${name.slice(name.lastIndexOf("/") + 1)}.js`;
    files.set(`${name}.mjs`, `import cjs from "${door}";\nexport const { ${exports.join(", ")} } = cjs;\n`);
    files.set(`${name}.d.mts`, `export * from "${door}";\n`);
  }
}

/** The declarations that the public ones name, directly or not. What is marked as internal is not in them. */
function addTypes(files) {
  rmSync(TYPES, { recursive: true, force: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const done = spawnSync(process.execPath, [tsc, "-p", "tsconfig.types.json"], { cwd: root, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`bundle: tsc has failed: ${done.stdout}${done.stderr}`);
  const due = PUBLIC.map((name) => `${name}.d.ts`);
  for (const name of due) {
    const text = readFileSync(join(TYPES, name), "utf8");
    files.set(name, text);
    for (const [, path] of text.matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g)) {
      const target = `${relative(TYPES, resolve(TYPES, dirname(name), path))}.d.ts`;
      if (!due.includes(target)) due.push(target);
    }
  }
}

/** By renaming, and only what has changed: a daemon that runs from here finds each file whole, or as it was. */
function write(files) {
  for (const [name, contents] of files) {
    const path = join(DIST, name);
    if (existsSync(path) && readFileSync(path).equals(Buffer.from(contents))) continue;
    mkdirSync(dirname(path), { recursive: true });
    const fresh = `${path}.${process.pid}.tmp`;
    writeFileSync(fresh, contents);
    if (name === "cli/main.js") chmodSync(fresh, 0o755);
    renameSync(fresh, path);
  }
  for (const path of listFiles(DIST)) if (!files.has(relative(DIST, path))) rmSync(path, { force: true });
  for (const entry of readdirSync(DIST, { withFileTypes: true })) {
    if (entry.isDirectory() && listFiles(join(DIST, entry.name)).length === 0)
      rmSync(join(DIST, entry.name), { recursive: true });
  }
}

const inputs = hashInputs();
if (!isUpToDate(inputs)) {
  const { metafile } = await bundle();
  const files = await convert();
  files.set("package.json", '{ "type": "commonjs" }\n');
  files.set("THIRD-PARTY-LICENSES.txt", collectLicences(metafile.inputs));
  addLoader(files);
  addDoors(files, metafile.outputs);
  addTypes(files);
  mkdirSync(DIST, { recursive: true });
  write(files);
  writeFileSync(STAMP, JSON.stringify({ inputs, outputs: [...files.keys()] }));
}
