/**
 * What a directive is: the one description from which the loader, CONFIG GET, SET and REWRITE, the types of
 * `config.values` and docs/config.md all follow. kinds.ts and special-kinds.ts make them, table/ lists them.
 */

/** Why a value is refused, in Redis's words. */
export class Refusal {
  readonly reason: string;
  /** What may have been meant. Never part of an error reply, which has Redis's words only. */
  readonly suggestion: string | undefined;

  constructor(reason: string, suggestion?: string) {
    this.reason = reason;
    this.suggestion = suggestion;
  }
}

/** What a directive may look at while it reads a value. */
export interface SetContext {
  /** Files, argv and options are being read; otherwise this is CONFIG SET. */
  readonly loading: boolean;
  /** Loading, and an earlier line of this load named the directive already. */
  readonly repeated: boolean;
  readonly clusterEnabled: boolean;
  readonly unixSocket: string | null;
  readonly configFile: string | null;
  /** The absolute form of a directory that can be entered, or why it cannot. */
  resolveDirectory(path: string): string | Refusal;
  warn(text: string): void;
}

/** One line of CONFIG REWRITE, without the directive's name. */
export interface RewriteLine {
  readonly text: string;
  /** Written even when the file does not mention the directive: the value is not the default. */
  readonly force: boolean;
}

export interface DirectiveFlags {
  /** Not by CONFIG SET. */
  readonly immutable: boolean;
  /** By CONFIG SET only as enable-protected-configs allows. */
  readonly protected: boolean;
  /** Kept out of logs, MONITOR and SLOWLOG. */
  readonly sensitive: boolean;
  /** CONFIG GET shows it under its exact name only. */
  readonly hidden: boolean;
  /** Not by CONFIG SET while the dataset loads. */
  readonly denyLoading: boolean;
  /** Hooks run although the value stays the same, as for a certificate file whose content may be new. */
  readonly alwaysApply: boolean;
}

export type FlagName = keyof DirectiveFlags;

export interface DirectiveOptions<Value> {
  readonly aliases?: readonly string[];
  readonly flags?: readonly FlagName[];
  /** Refuses a value that is well-formed but makes no sense, with the reason. */
  readonly check?: (value: Value, context: SetContext, previous: Value) => string | null;
}

/** Members are methods on purpose: a `Directive<number>` then counts as a `Directive<unknown>` in the table. */
export interface Directive<Value> {
  /** What it takes, for docs/config.md: `bool`, `0..65535`, `memory` … */
  readonly accepts: string;
  readonly defaultValue: Value;
  readonly aliases: readonly string[];
  readonly flags: DirectiveFlags;
  /** A line may carry any number of words; the others take exactly one. */
  readonly manyWords: boolean;
  parse(words: readonly string[], previous: Value, context: SetContext): Value | Refusal;
  /** As CONFIG GET shows it. */
  show(value: Value): string;
  same(left: Value, right: Value): boolean;
  /** No line at all means: the directive must not be in the file. */
  rewrite(value: Value): RewriteLine[];
}

export type ValueOf<Kind> = Kind extends Directive<infer Value> ? Value : never;

/** What a kind supplies; the rest of a directive comes from its options. */
export interface Shape<Value> {
  readonly accepts: string;
  readonly defaultValue: Value;
  readonly manyWords?: boolean;
  parse(words: readonly string[], previous: Value, context: SetContext): Value | Refusal;
  show(value: Value): string;
  /** Only where values are objects. */
  same?(left: Value, right: Value): boolean;
  /** Unless one line with the shown text is right. */
  rewrite?(value: Value): RewriteLine[];
}

export function makeDirective<Value>(shape: Shape<Value>, options: DirectiveOptions<Value>): Directive<Value> {
  const has = (flag: FlagName): boolean => options.flags?.includes(flag) ?? false;
  const same = (left: Value, right: Value): boolean => shape.same?.(left, right) ?? left === right;
  return {
    accepts: shape.accepts,
    defaultValue: shape.defaultValue,
    aliases: options.aliases ?? [],
    flags: {
      immutable: has("immutable"),
      protected: has("protected"),
      sensitive: has("sensitive"),
      hidden: has("hidden"),
      denyLoading: has("denyLoading"),
      alwaysApply: has("alwaysApply"),
    },
    manyWords: shape.manyWords ?? false,
    parse(words, previous, context) {
      const value = shape.parse(words, previous, context);
      if (value instanceof Refusal) return value;
      const reason = options.check?.(value, context, previous) ?? null;
      return reason === null ? value : new Refusal(reason);
    },
    show: (value) => shape.show(value),
    same,
    rewrite(value) {
      if (shape.rewrite !== undefined) return shape.rewrite(value);
      return [{ text: shape.show(value), force: !same(value, shape.defaultValue) }];
    },
  };
}
