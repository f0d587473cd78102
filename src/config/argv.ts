/**
 * redis-server's command line: `[file|-] [--name value …] [-]`. The options become lines that are read after the file
 * and standard input, so that they win. Called by Config.fromArgv.
 */
import { ConfigLoadError, ConfigLoader, endLine, type LoadHooks } from "./load.js";
import { absolutePath } from "./paths.js";
import { REDIS_VERSION } from "./redis-version.js";
import type { LogLine, Settings } from "./settings.js";
import { quoteArg, splitArgs, toByteString, trimLine } from "./split-args.js";
import { checkSystem } from "./system-check.js";

/** Print this and end. The texts are byte strings. Log lines go to the log, which at this point is standard output. */
export interface Exit {
  readonly kind: "exit";
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly log: readonly LogLine[];
}

/** How the program names itself. */
export interface Identity {
  readonly program: string;
  /** What `--version` prints, without the newline. */
  readonly versionLine: string;
}

export const DEFAULT_IDENTITY: Identity = {
  program: "redis-server",
  versionLine: `Redis server v=${REDIS_VERSION} sha=00000000:0 malloc=pyredis bits=64 build=0`,
};

function exitWith(code: number, stdout: string, stderr = "", log: readonly LogLine[] = []): Exit {
  return { kind: "exit", code, stdout, stderr, log };
}

function usage(program: string): string {
  return `Usage: ${program} [/path/to/redis.conf] [options] [-]
       ${program} - (the configuration comes from standard input)
       ${program} -v or --version
       ${program} -h or --help
       ${program} --test-memory <megabytes>
       ${program} --check-system

Every directive of redis.conf is an option too, and an option wins over the file:
       ${program} /etc/redis/6379.conf --port 7777
       ${program} --maxmemory 128mb --maxmemory-policy allkeys-lru --save ""
       echo 'maxmemory 128mb' | ${program} /etc/redis/6379.conf -
`;
}

/** Words that only ask for something to be printed. */
function answerQuestion(words: readonly string[], settings: Settings, identity: Identity): Exit | null {
  switch (words[0]) {
    case "-v":
    case "--version":
      return exitWith(0, `${identity.versionLine}\n`);
    case "-h":
    case "--help":
      return exitWith(1, "", usage(identity.program));
    case "--test-memory":
      return words.length === 2
        ? exitWith(1, "", "This server has no memory test. Use a tool made for it, such as memtester.\n")
        : exitWith(
            1,
            "",
            "Please specify the amount of memory to test in megabytes.\n" +
              `Example: ./${identity.program} --test-memory 4096\n\n`,
          );
    case "--check-system": {
      const { healthy, text } = checkSystem(settings.io);
      return exitWith(healthy ? 0 : 1, text);
    }
    default:
      break;
  }
  if (!words.includes("--sentinel")) return null;
  return exitWith(1, "", "Sentinel mode is not supported: this program only runs as a server.\n");
}

interface Options {
  /** Lines in the grammar of redis.conf. */
  readonly text: string;
  readonly fromStdin: boolean;
}

/**
 * A word that begins with `--` is a name, unless the name before it still has no value: then it is that one's value.
 * `--save` alone, at the end or before another option, means no save points.
 */
function readOptions(words: readonly string[], start: number): Options {
  let text = "";
  let fromStdin = false;
  let complete = true;
  for (let at = start; at < words.length; at++) {
    const word = words[at] ?? "";
    const last = at === words.length - 1;
    if (word === "-" && (at === 0 || last)) {
      fromStdin = true;
    } else if (complete && word.startsWith("--")) {
      text += `${text === "" ? "" : "\n"}${word.slice(2)} `;
      // A name alone waits for its value; `"--name value"` in one word has it.
      complete = splitArgs(word)?.length !== 1;
      if (word.toLowerCase() === "--save") {
        if (last || words[at + 1]?.startsWith("--")) text += '""';
        complete = !last && (words[at + 1]?.startsWith("--") ?? false);
      }
    } else {
      text += `${quoteArg(word)} `;
      complete = true;
    }
  }
  return { text, fromStdin };
}

/** Fills `settings` from the words after the program's name. An Exit means that no server is to start. */
export function loadArgv(
  argv: readonly string[],
  settings: Settings,
  hooks: LoadHooks,
  identity: Identity,
): Exit | null {
  const words = argv.map(toByteString);
  const answer = answerQuestion(words, settings, identity);
  if (answer !== null) return answer;
  const [first] = words;
  if (first === undefined) return null;
  const file = first.startsWith("-") ? null : trimLine(first);
  // The path is made absolute before any `dir` line changes what it is relative to.
  if (file !== null) settings.configFile = absolutePath(file, settings.io.cwd);
  const { text, fromStdin } = readOptions(words, file === null ? 0 : 1);
  const loader = new ConfigLoader(settings, hooks);
  try {
    let content = file === null ? "" : loader.readFile(file, settings.configFile ?? file);
    if (fromStdin) {
      settings.log("notice", "Reading config from stdin");
      content = endLine(content) + settings.io.readStdin();
    }
    // The options begin on the second line when there is no file, as in Redis's reports.
    loader.loadText(`${content}\n${text}`);
  } catch (error) {
    if (!(error instanceof ConfigLoadError)) throw error;
    return exitWith(1, "", error.report, settings.takeLog());
  }
  return null;
}
