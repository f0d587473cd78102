/** DEBUG subcommands of the process: its log, its sleep, its end, its files. */
import { matchGlob } from "../../../resp/glob.js";
import { encodeReply } from "../../../resp/reply-writer.js";
import type { CommandContext } from "../../context.js";
import { ERR_NOT_INTEGER } from "../../errors.js";
import type { DebugSubcommand } from "./subcommand.js";

const ERR_NO_RELOAD = encodeReply("-ERR DEBUG RELOAD is not available: this server has no snapshots\r\n");
const ERR_NO_LOADAOF = encodeReply("-ERR DEBUG LOADAOF is not available: this server has no append only file\r\n");

/** STRINGMATCH-TEST: so many matches, with patterns and texts up to so long. */
const MATCHES = 100_000;
const MATCHED_BYTES = 32;

const ERR_NO_RESTART = encodeReply("-ERR failed to restart the server. Check server logs.\r\n");

/** What Redis's own structures take: constants of its 64-bit builds that tools compare. */
const STRUCT_SIZES = "bits:64 robj:16 dictentry:24 sdshdr5:1 sdshdr8:3 sdshdr16:5 sdshdr32:9 sdshdr64:17 ";

/** Blocks the whole server: its only thread waits. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Matches random patterns with random texts: a bug in the matcher is an exception or an endless loop. */
function matchAtRandom({ server }: CommandContext): void {
  const bytes = new Uint8Array(2 * MATCHED_BYTES);
  for (let i = 0; i < MATCHES; i++) {
    for (let at = 0; at < bytes.length; at++) bytes[at] = server.random.below(128);
    const patternEnd = server.random.below(MATCHED_BYTES);
    const textEnd = MATCHED_BYTES + server.random.below(MATCHED_BYTES);
    matchGlob(bytes, 0, patternEnd, bytes, MATCHED_BYTES, textEnd, false);
  }
}

/** A server that is part of a program cannot start that program anew: Redis's answer where it cannot either. */
function defineRestart(name: string, help: string): DebugSubcommand {
  return {
    name,
    min: 0,
    max: Number.POSITIVE_INFINITY,
    usage: "[<milliseconds>]",
    help: [help],
    run(ctx, args, out) {
      if (args.count > 2 && Number.isNaN(args.readInteger(2))) return out.error(ERR_NOT_INTEGER);
      ctx.server.log("warning", `DEBUG ${name}: this server does not restart itself. Use \`pyredis restart\`.`);
      out.error(ERR_NO_RESTART);
    },
  };
}

export const PROCESS: readonly DebugSubcommand[] = [
  defineRestart("CRASH-AND-RECOVER", "    Hard crash and restart after a <milliseconds> delay (default 0)."),
  defineRestart("RESTART", "    Graceful restart: save config, db, restart after a <milliseconds> delay (default 0)."),
  {
    name: "ASSERT",
    min: 0,
    max: Number.POSITIVE_INFINITY,
    help: ["    Crash by assertion failed."],
    run: (ctx) => ctx.server.debug.crash("assert"),
  },
  {
    name: "CHANGE-REPL-ID",
    min: 0,
    max: 0,
    help: [
      "    Change the replication IDs of the instance.",
      "    Dangerous: should be used only for testing the replication subsystem.",
    ],
    run(ctx, _args, out) {
      ctx.server.debug.changeReplicationId();
      out.ok();
    },
  },
  {
    name: "CONFIG-REWRITE-FORCE-ALL",
    min: 0,
    max: 0,
    help: [
      "    Like CONFIG REWRITE but writes all configuration options, including",
      "    keywords not listed in original configuration file or default values.",
    ],
    run(ctx, _args, out) {
      const error = ctx.server.config.rewrite(true);
      if (error === null) out.ok();
      else out.errorText(error.replace(/^ERR (Rewriting config file: )?/, "ERR CONFIG-REWRITE-FORCE-ALL failed: "));
    },
  },
  {
    name: "LOADAOF",
    min: 0,
    max: Number.POSITIVE_INFINITY,
    help: ["    Flush the AOF buffers on disk and reload the AOF in memory."],
    run: (_ctx, _args, out) => out.error(ERR_NO_LOADAOF),
  },
  {
    name: "LOG",
    min: 1,
    max: 1,
    usage: "<message>",
    help: ["    Write <message> to the server log."],
    run(ctx, args, out) {
      ctx.server.log("warning", `DEBUG LOG: ${args.cText(2)}`);
      out.ok();
    },
  },
  {
    name: "OOM",
    min: 0,
    max: Number.POSITIVE_INFINITY,
    help: ["    Crash the server simulating an out-of-memory error."],
    run: (ctx) => ctx.server.debug.crash("oom"),
  },
  {
    name: "PANIC",
    min: 0,
    max: Number.POSITIVE_INFINITY,
    help: ["    Crash the server simulating a panic."],
    run: (ctx) => ctx.server.debug.crash("panic"),
  },
  {
    name: "RELOAD",
    min: 0,
    max: Number.POSITIVE_INFINITY,
    usage: "[option ...]",
    help: ["    Save the RDB on disk and reload it back to memory."],
    run: (_ctx, _args, out) => out.error(ERR_NO_RELOAD),
  },
  {
    name: "SEGFAULT",
    min: 0,
    max: Number.POSITIVE_INFINITY,
    help: ["    Crash the server with sigsegv."],
    run: (ctx) => ctx.server.debug.crash("segfault"),
  },
  {
    name: "SLEEP",
    min: 1,
    max: 1,
    usage: "<seconds>",
    help: ["    Stop the server for <seconds>. Decimals allowed."],
    run(_ctx, args, out) {
      const seconds = Number.parseFloat(args.cText(2, 64)) || 0;
      if (seconds > 0) sleep(seconds * 1000);
      out.ok();
    },
  },
  {
    name: "STRINGMATCH-TEST",
    min: 0,
    max: 0,
    help: ["    Run a fuzz tester against the stringmatchlen() function."],
    run(ctx, _args, out) {
      matchAtRandom(ctx);
      out.simple("Apparently Redis did not crash: test passed");
    },
  },
  {
    name: "STRUCTSIZE",
    min: 0,
    max: 0,
    help: ["    Return the size of different Redis core C structures."],
    run: (_ctx, _args, out) => out.bulkText(STRUCT_SIZES),
  },
];
