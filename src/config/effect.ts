/**
 * What a directive does in this server. The files of table/ say it of each, and docs/config.md, the warnings at the
 * start, the refusals and CONFIG SET all follow from it: nobody may believe in a protection that is not there.
 */
import type { Directive } from "./directive.js";

/** What a value of a directive without an effect calls for. */
export type Concern = "none" | "warn" | "refuse";

export type Effect<Value> =
  | { readonly kind: "works" }
  /** It never has an effect, and nothing is lost by that: `why` ends the sentence "X has no effect: …". */
  | { readonly kind: "unneeded"; readonly why: string }
  /** It has no effect yet: `why` ends the sentence "X has no effect yet: …". */
  | { readonly kind: "pending"; readonly why: string }
  /** It protects data or access. `lacks` says in one sentence what the server does not do. */
  | { readonly kind: "guards"; readonly lacks: string; judge(value: Value): Concern };

/** A directive of the table. */
export interface TableDirective<Value> extends Directive<Value> {
  readonly effect: Effect<Value>;
}

export function works<Value>(directive: Directive<Value>): TableDirective<Value> {
  return { ...directive, effect: { kind: "works" } };
}

export function unneeded<Value>(directive: Directive<Value>, why: string): TableDirective<Value> {
  return { ...directive, effect: { kind: "unneeded", why } };
}

export function pending<Value>(directive: Directive<Value>, why: string): TableDirective<Value> {
  return { ...directive, effect: { kind: "pending", why } };
}

/** Refused unless `judge` says otherwise; without one, every value but the default asks for the protection. */
export function guards<Value>(
  directive: Directive<Value>,
  lacks: string,
  judge: (value: Value) => Concern = (value) => (directive.same(value, directive.defaultValue) ? "none" : "refuse"),
): TableDirective<Value> {
  return { ...directive, effect: { kind: "guards", lacks, judge } };
}

export function judgeValue<Value>(directive: TableDirective<Value>, value: Value): Concern {
  const { effect } = directive;
  if (effect.kind === "works") return "none";
  if (effect.kind === "guards") return effect.judge(value);
  return directive.same(value, directive.defaultValue) ? "none" : "warn";
}

/** The sentence for users about a directive whose value is a concern. */
export function describeLack<Value>(name: string, { effect }: TableDirective<Value>): string {
  switch (effect.kind) {
    case "works":
      return `${name} works.`;
    case "unneeded":
      return `${name} has no effect: ${effect.why}.`;
    case "pending":
      return `${name} has no effect yet: ${effect.why}.`;
    case "guards":
      return `${name} is not supported yet: ${effect.lacks}.`;
  }
}
