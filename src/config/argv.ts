/**
 * redis-server's command line: `[file|-] [--name value …] [-]`, and our `--ignore-unsupported`. The options become
 * lines that are read after the file and standard input, so that they win. Called by Config.fromArgv.
 */
import { ConfigLoadError, ConfigLoader, endLine, isLineName, type LoadHooks } from "./load.js";
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

A directive that protects data or access and has no effect yet, such as appendonly, ends the start:
       ${program} --appendonly yes --ignore-unsupported (starts without it, with a warning)
`;
}

const QUESTIONS = new Set(["-v", "--version", "-h", "--help", "--test-memory", "--check-system", "--sentinel"]);

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

/** A directive of the command line. */
interface OptionLine {
  /** Its name as it was written. */
  readonly name: string;
  /** In the grammar of redis.conf. */
  text: string;
}

interface Options {
  readonly lines: readonly OptionLine[];
  readonly fromStdin: boolean;
}

/** Starts the server without what it does not support. It has no value, and is no directive: no file can say it. */
export const IGNORE_UNSUPPORTED = "--ignore-unsupported";

/**
 * A word that begins with `--` is a name, unless the name before it still has no value: then it is that one's value.
 * `--save` alone, at the end or before another option, means no save points.
 */
function readOptions(words: readonly string[], start: number): Options {
  const lines: OptionLine[] = [];
  let fromStdin = false;
  let complete = true;
  for (let at = start; at < words.length; at++) {
    const word = words[at] ?? "";
    const last = at === words.length - 1;
    if (word === "-" && (at === 0 || last)) {
      fromStdin = true;
    } else if (complete && word.startsWith("--")) {
      const line = { name: word.split(/\s/, 1)[0] ?? word, text: `${word.slice(2)} ` };
      lines.push(line);
      // A name alone waits for its value; `"--name value"` in one word has it.
      complete = splitArgs(word)?.length !== 1;
      if (word.toLowerCase() === "--save") {
        if (last || words[at + 1]?.startsWith("--")) line.text += '""';
        complete = !last && (words[at + 1]?.startsWith("--") ?? false);
      }
    } else {
      const text = `${quoteArg(word)} `;
      const line = lines.at(-1);
      if (line === undefined) lines.push({ name: word, text });
      else line.text += text;
      complete = true;
    }
  }
  return { lines, fromStdin };
}

/**
 * The words without `--ignore-unsupported`, and whether it was there: anywhere but in the place of a value, even in
 * front of the file.
 */
export function takeIgnoreUnsupported(argv: readonly string[]): { words: string[]; found: boolean } {
  const words: string[] = [];
  let complete = true;
  for (const [at, word] of argv.entries()) {
    if (complete && word === IGNORE_UNSUPPORTED) continue;
    words.push(word);
    const isName = complete && word.startsWith("--");
    if (!isName) complete = true;
    else if (word.toLowerCase() === "--save") complete = argv[at + 1]?.startsWith("--") ?? true;
    else complete = splitArgs(word)?.length !== 1;
  }
  return { words, found: words.length < argv.length };
}

/** A word of the command line that stands where a name belongs, and is none that the server knows. */
export function findUnknownOption(argv: readonly string[]): string | undefined {
  const { words } = takeIgnoreUnsupported(argv);
  const hasFile = words[0] !== undefined && !words[0].startsWith("-");
  const { lines } = readOptions(words, hasFile ? 1 : 0);
  return lines.find(({ name }) => name.startsWith("-") && !isLineName(name.slice(2)) && !QUESTIONS.has(name))?.name;
}

/** Fills `settings` from the words after the program's name. An Exit means that no server is to start. */
export function loadArgv(
  argv: readonly string[],
  settings: Settings,
  hooks: LoadHooks,
  identity: Identity,
): Exit | null {
  const { words, found } = takeIgnoreUnsupported(argv.map(toByteString));
  if (found) settings.ignoresUnsupported = true;
  const answer = answerQuestion(words, settings, identity);
  if (answer !== null) return answer;
  const [first] = words;
  if (first === undefined) return null;
  const file = first.startsWith("-") ? null : trimLine(first);
  // The path is made absolute before any `dir` line changes what it is relative to.
  if (file !== null) settings.configFile = absolutePath(file, settings.io.cwd);
  const { lines, fromStdin } = readOptions(words, file === null ? 0 : 1);
  const loader = new ConfigLoader(settings, hooks);
  try {
    let content = file === null ? "" : loader.readFile(file, settings.configFile ?? file);
    if (fromStdin) {
      settings.log("notice", "Reading config from stdin");
      content = endLine(content) + settings.io.readStdin();
    }
    if (file !== null || fromStdin) loader.loadText(content);
    for (const { name, text } of lines) loader.loadOption(name, text);
    loader.checkSupport();
    loader.finish();
  } catch (error) {
    if (!(error instanceof ConfigLoadError)) throw error;
    return exitWith(1, "", error.report, settings.takeLog());
  }
  return null;
}
