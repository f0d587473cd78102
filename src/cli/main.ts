#!/usr/bin/env node
// The `pyredis` command. `server` takes the shortest way to the server: the process the caller made is the server,
// and nothing is loaded that it does not need. Every other command goes through program.ts.
import { keepCompiledCode } from "./compiled-code.js";
import { endAfterOutput, watchOutput } from "./output.js";

async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === "server") {
    const { runServerCommand } = await import("./server-command.js");
    return await runServerCommand(argv.slice(1));
  }
  const { runProgram } = await import("./program.js");
  return await runProgram(argv);
}

watchOutput();
keepCompiledCode();
// An exception is a bug: as an unhandled rejection, Node shows it whole and ends with code 1.
void main(process.argv.slice(2)).then(endAfterOutput);
