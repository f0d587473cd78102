/**
 * Directives with a grammar of their own: save points, output buffer limits, addresses, the directory, the primary to
 * replicate from, OOM scores, percentiles. Each is used by exactly one line of table/.
 */
import { suggestName } from "../base/suggest.js";
import { type Directive, type DirectiveOptions, makeDirective, Refusal } from "./directive.js";
import { formatMemory, formatPercentile, readDouble, readLooseInteger, readMemory } from "./numbers.js";
import { quoteArg, quoteArgIfNeeded, untilNul } from "./split-args.js";

const MAX_INT = 2 ** 31 - 1;
const MAX_BIND_ADDRESSES = 16;
const MAX_PORT = 65535;

/** A loose integer as a number, or null when it is not one or lies outside of the range. */
function readWithin(word: string, min: number, max: number): number | null {
  const value = readLooseInteger(untilNul(word));
  return value === null || value < BigInt(min) || value > BigInt(max) ? null : Number(value);
}

/** A snapshot is due after `seconds` when at least `changes` happened. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/**
 * Several lines add up, but the first one of a load takes the place of the default; CONFIG SET replaces all. One
 * empty word clears them.
 */
export function savePoints(defaultValue: readonly SavePoint[]): Directive<readonly SavePoint[]> {
  const show = (points: readonly SavePoint[]): string =>
    points.map(({ seconds, changes }) => `${seconds} ${changes}`).join(" ");
  return makeDirective<readonly SavePoint[]>(
    {
      accepts: "seconds and changes, any number of pairs",
      defaultValue,
      manyWords: true,
      parse(words, previous, context) {
        if (words.length === 1 && words[0] === "") return [];
        if (words.length % 2 !== 0) return new Refusal("Invalid save parameters");
        const points = context.repeated ? [...previous] : [];
        for (let at = 0; at < words.length; at += 2) {
          const seconds = readWithin(words[at] ?? "", 1, Number.MAX_SAFE_INTEGER);
          const changes = readWithin(words[at + 1] ?? "", 0, MAX_INT);
          if (seconds === null || changes === null) return new Refusal("Invalid save parameters");
          points.push({ seconds, changes });
        }
        return points;
      },
      show,
      same: (left, right) => show(left) === show(right),
      rewrite(points) {
        if (points.length === 0) return [{ text: '""', force: true }];
        return points.map((point) => ({ text: show([point]), force: true }));
      },
    },
    { flags: ["alwaysApply"] },
  );
}

export interface OutputLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** `replica` is spelled `slave` by CONFIG GET and `replica` by CONFIG REWRITE, as Redis does. */
export interface OutputLimits {
  readonly normal: OutputLimit;
  readonly replica: OutputLimit;
  readonly pubsub: OutputLimit;
}

/** A map and not an object, so that a class named `constructor` is an unknown one. */
const LIMIT_CLASSES: ReadonlyMap<string, keyof OutputLimits> = new Map([
  ["normal", "normal"],
  ["slave", "replica"],
  ["replica", "replica"],
  ["pubsub", "pubsub"],
]);
const CLASS_NAMES = ["normal", "replica", "pubsub"] as const;

function readLimit(hard: string, soft: string, seconds: string): OutputLimit | null {
  const hardBytes = readMemory(untilNul(hard));
  const softBytes = readMemory(untilNul(soft));
  const softSeconds = readWithin(seconds, 0, MAX_INT);
  if (hardBytes === null || softBytes === null || softSeconds === null) return null;
  if (hardBytes > Number.MAX_SAFE_INTEGER || softBytes > Number.MAX_SAFE_INTEGER) return null;
  return { hardBytes: Number(hardBytes), softBytes: Number(softBytes), softSeconds };
}

/** Each group of four words sets one class of clients; the others keep their limits. */
export function outputLimits(defaultValue: OutputLimits): Directive<OutputLimits> {
  const showAll = (limits: OutputLimits): string =>
    CLASS_NAMES.map((name) => {
      const { hardBytes, softBytes, softSeconds } = limits[name];
      return `${name === "replica" ? "slave" : name} ${hardBytes} ${softBytes} ${softSeconds}`;
    }).join(" ");
  const sameLimit = (left: OutputLimit, right: OutputLimit): boolean =>
    left.hardBytes === right.hardBytes && left.softBytes === right.softBytes && left.softSeconds === right.softSeconds;
  return makeDirective<OutputLimits>(
    {
      accepts: "class (normal, replica, pubsub), hard limit, soft limit, soft seconds",
      defaultValue,
      manyWords: true,
      parse(words, previous) {
        if (words.length % 4 !== 0) {
          return new Refusal("Wrong number of arguments in buffer limit configuration.");
        }
        const limits = { ...previous };
        for (let at = 0; at < words.length; at += 4) {
          const [group = "", hard = "", soft = "", seconds = ""] = words.slice(at, at + 4);
          const name = LIMIT_CLASSES.get(untilNul(group).toLowerCase());
          if (name === undefined) {
            const reason = "Invalid client class specified in buffer limit configuration.";
            return new Refusal(reason, suggestName(untilNul(group), LIMIT_CLASSES.keys()));
          }
          const limit = readLimit(hard, soft, seconds);
          if (limit === null) {
            return new Refusal("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
          }
          limits[name] = limit;
        }
        return limits;
      },
      show: showAll,
      same: (left, right) => showAll(left) === showAll(right),
      rewrite: (limits) =>
        CLASS_NAMES.map((name) => {
          const { hardBytes, softBytes, softSeconds } = limits[name];
          const text = `${name} ${formatMemory(hardBytes)} ${formatMemory(softBytes)} ${softSeconds}`;
          return { text, force: !sameLimit(limits[name], defaultValue[name]) };
        }),
    },
    { flags: ["alwaysApply"] },
  );
}

/** Addresses to listen on. A default list has no line in the file: it depends on the machine whether it works. */
export function addresses(defaultValue: readonly string[]): Directive<readonly string[]> {
  const same = (left: readonly string[], right: readonly string[]): boolean => left.join("\n") === right.join("\n");
  return makeDirective<readonly string[]>(
    {
      accepts: `up to ${MAX_BIND_ADDRESSES} addresses`,
      defaultValue,
      manyWords: true,
      parse(words) {
        if (words.length > MAX_BIND_ADDRESSES) return new Refusal("Too many bind addresses specified.");
        const hosts = words.map(untilNul);
        return hosts.length === 1 && hosts[0] === "" ? [] : hosts;
      },
      show: (value) => value.join(" "),
      same,
      rewrite(value) {
        if (same(value, defaultValue)) return [];
        const words = value.map(quoteArgIfNeeded);
        // The loader splits a word that stands alone once more.
        const [alone] = words;
        if (words.length === 1 && alone !== undefined) return [{ text: quoteArgIfNeeded(alone), force: true }];
        return [{ text: words.length === 0 ? '""' : words.join(" "), force: true }];
      },
    },
    { flags: ["alwaysApply"] },
  );
}

/** A directory, kept absolute; a relative one starts from the directory before. It always has a line in the file. */
export function directory(options: DirectiveOptions<string>): Directive<string> {
  return makeDirective<string>(
    {
      accepts: "directory",
      defaultValue: "",
      parse: ([word = ""], _previous, context) => context.resolveDirectory(untilNul(word)),
      show: (value) => value,
      rewrite: (value) => [{ text: quoteArg(value), force: true }],
    },
    options,
  );
}

export interface PrimaryAddress {
  readonly host: string;
  readonly port: number;
}

export function primaryAddress(options: DirectiveOptions<PrimaryAddress | null>): Directive<PrimaryAddress | null> {
  const show = (value: PrimaryAddress | null): string => (value === null ? "" : `${value.host} ${value.port}`);
  return makeDirective<PrimaryAddress | null>(
    {
      accepts: "host and port, or no one",
      defaultValue: null,
      manyWords: true,
      parse(words) {
        if (words.length !== 2) return new Refusal("wrong number of arguments");
        const [host = "", portWord = ""] = words.map(untilNul);
        if (host.toLowerCase() === "no" && portWord.toLowerCase() === "one") return null;
        const port = readWithin(portWord, 0, MAX_PORT);
        return port === null ? new Refusal("Invalid master port") : { host, port };
      },
      show,
      same: (left, right) => show(left) === show(right),
      rewrite: (value) =>
        value === null ? [] : [{ text: `${quoteArgIfNeeded(value.host)} ${value.port}`, force: true }],
    },
    options,
  );
}

/** For the primary, a replica, and a child process. */
export type OomScores = readonly [primary: number, replica: number, child: number];

export function oomScores(defaultValue: OomScores): Directive<OomScores> {
  return makeDirective<OomScores>(
    {
      accepts: "three integers -2000..2000",
      defaultValue,
      manyWords: true,
      parse(words, _previous, context) {
        if (words.length !== 3) return new Refusal("wrong number of arguments");
        const [primary = null, replica = null, child = null] = words.map((word) => readWithin(word, -2000, 2000));
        if (primary === null || replica === null || child === null) {
          return new Refusal("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
        }
        if (replica < primary || child < replica) {
          context.warn("oom-score-adj-values falls from primary to child: only a privileged process may do that.");
        }
        return [primary, replica, child];
      },
      show: (value) => value.join(" "),
      same: (left, right) => left.join() === right.join(),
    },
    {},
  );
}

export function percentiles(defaultValue: readonly number[]): Directive<readonly number[]> {
  const show = (value: readonly number[]): string => value.map(formatPercentile).join(" ");
  return makeDirective<readonly number[]>(
    {
      accepts: "numbers 0..100",
      defaultValue,
      manyWords: true,
      parse(words) {
        if (words.length === 1 && words[0] === "") return [];
        const numbers: number[] = [];
        for (const word of words) {
          const value = readDouble(word);
          if (value === null) return new Refusal("Invalid latency-tracking-info-percentiles parameters");
          if (value < 0 || value > 100) {
            return new Refusal("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
          }
          numbers.push(value);
        }
        return numbers;
      },
      show,
      same: (left, right) => left.join() === right.join(),
      rewrite: (value) => [{ text: value.length === 0 ? '""' : show(value), force: true }],
    },
    { flags: ["alwaysApply"] },
  );
}
