// Owns how Node is called again: by this program, by the hosts of modules and jobs, by the CLI. A new process boots in
// the directory where this one did, so relative paths in Node's options, and in NODE_OPTIONS, mean the same there.
import { join } from "node:path";
import { codeDirectory } from "../base/code-directory.js";
import { DaemonError } from "./errors.js";
import type { Command } from "./instance/launch-record.js";
import { asCalled, nodeAsCalled, scriptAsCalled } from "./program.js";

/** Both processes would want one port, or the new one would be a test runner or a watcher of files. */
const NOT_INHERITED = /^--(inspect|watch|test(?!-)|test-|check$)/;
/** They take the program out of the command line. */
const EVALUATING = new Set(["-e", "--eval", "-p", "--print", "-pe"]);

/** Node's options of this process, for a program that is a file: loaders, --import, --env-file, limits of memory. */
export function inheritedNodeOptions(execArgv: readonly string[] = process.execArgv): string[] {
  const options: string[] = [];
  for (let i = 0; i < execArgv.length; i++) {
    const option = execArgv[i] ?? "";
    if (EVALUATING.has(option)) i++;
    else if (!NOT_INHERITED.test(option) && !option.startsWith("--input-type") && !/^--(eval|print)=/.test(option)) {
      options.push(option);
    }
  }
  return options;
}

/** This program and its arguments. */
export function thisProgram(): Command {
  const { execArgv, argv } = process;
  const file = nodeAsCalled();
  // `node -e` has its program among Node's options, and nothing but arguments behind them.
  if (execArgv.some((option) => EVALUATING.has(option) || /^--(eval|print)=/.test(option))) {
    const words = argv.length > 1 ? ["--", ...argv.slice(1)] : [];
    return { file, args: [...execArgv.filter((option) => !NOT_INHERITED.test(option)), ...words] };
  }
  const script = scriptAsCalled();
  if (script === undefined || script === "-") {
    throw new DaemonError("bad-option", "there is no script to run again: give a command");
  }
  return { file, args: [...inheritedNodeOptions(), script, ...argv.slice(2)] };
}

/** A program of this folder, with this program's loaders: its modules may be TypeScript. */
export function hostProgram(host: string, ...args: readonly string[]): Command {
  const path = join(codeDirectory(), "daemon", `${host}.js`);
  return { file: nodeAsCalled(), args: [...inheritedNodeOptions(), asCalled(path), ...args] };
}
