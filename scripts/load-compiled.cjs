// Becomes dist/load-compiled.js: loads one of the bundle's large chunks, with the code that V8 has compiled for it
// earlier on this machine (scripts/compile-code.mjs, at the end of `npm install`), which saves most of a start. Without
// it, or where it does not fit, the chunk is required like any other file.
//
//   chunks/NAME.code.js                      the chunk; NAME has a hash of its content
//   chunks/NAME.NODE-VERSION-ARCH.compiled   V8's code for it; V8 itself refuses that of another build or other flags
"use strict";

const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join } = require("node:path");
const vm = require("node:vm");

/** While code is being compiled to be kept: the scripts, by the file that their code will lie in. */
let recorded = null;

function findCompiled(filename) {
  return filename.replace(/\.code\.js$/, `.${process.version}-${process.arch}.compiled`);
}

function readCompiled(filename) {
  try {
    return readFileSync(findCompiled(filename));
  } catch {
    return undefined;
  }
}

/** Test runners such as Jest load modules into a realm of their own, where the main one's script would be a stranger. */
function isMainRealm() {
  return vm.runInThisContext("Object") === Object;
}

/** Node maps the stacks of modules only. */
function isMapped() {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ""].some((words) => words.includes("--enable-source-maps"));
}

/** Fills `target`, the module of a chunk, from its code. `require` is that module's. */
function load(target, require, code) {
  const filename = join(dirname(target.filename), code);
  const cachedData = recorded === null ? readCompiled(filename) : undefined;
  if ((cachedData === undefined && recorded === null) || !isMainRealm() || isMapped()) {
    target.exports = require(code);
    return;
  }
  // The bundle is ASCII.
  const source = Module.wrap(readFileSync(filename, "latin1"));
  const script = new vm.Script(source, cachedData === undefined ? { filename } : { filename, cachedData });
  if (recorded !== null) recorded.set(findCompiled(filename), script);
  script.runInThisContext().call(target.exports, target.exports, require, target, filename, dirname(filename));
}

/** From now on, chunks are compiled from their text, and what V8 has compiled of them can be kept. */
function record() {
  recorded = new Map();
  return recorded;
}

module.exports = { load, record };
