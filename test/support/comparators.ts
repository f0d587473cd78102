// When two servers' replies count as the same. A twin step names one of these; exact is the default, and every other
// one weakens a test: take the strictest that the command's contract allows.
import { fmt, isError, type Reply } from "./resp-value.js";

export interface Comparator {
  readonly name: string;
  /** Why the replies differ, or undefined when they count as the same. `reference` is redis-server's. */
  readonly difference: (reference: Reply, subject: Reply) => string | undefined;
  /** Set by `ignore` only: printed with the test. */
  readonly ignoredBecause?: string;
}

/** The same bytes in the same form. */
export const exact: Comparator = {
  name: "exact",
  difference: (reference, subject) => (fmt(reference) === fmt(subject) ? undefined : "not the same reply"),
};

/** Arrays, sets, pushes and maps with the same elements in any order (SMEMBERS, KEYS, HGETALL under RESP3). */
export const unordered: Comparator = {
  name: "unordered",
  difference: (reference, subject) => {
    const [a, b] = [sortedElements(reference, 1), sortedElements(subject, 1)];
    if (a === undefined || b === undefined || reference.kind !== subject.kind)
      return exact.difference(reference, subject);
    return a.join() === b.join() ? undefined : "not the same elements";
  },
};

/** A flat array of pairs with the pairs in any order (HGETALL and CONFIG GET under RESP2). */
export const unorderedPairs: Comparator = {
  name: "unordered pairs",
  difference: (reference, subject) => {
    const [a, b] = [sortedElements(reference, 2), sortedElements(subject, 2)];
    if (a === undefined || b === undefined || reference.kind !== subject.kind)
      return exact.difference(reference, subject);
    return a.join() === b.join() ? undefined : "not the same pairs";
  },
};

/** Elements as text, `width` of them together, sorted. Undefined for what has no elements. */
function sortedElements(reply: Reply, width: number): string[] | undefined {
  if (reply.kind === "map") return reply.entries.map(([key, value]) => `${fmt(key)}: ${fmt(value)}`).sort();
  if (!("items" in reply)) return undefined;
  const groups: string[] = [];
  for (let i = 0; i < reply.items.length; i += width) {
    groups.push(
      reply.items
        .slice(i, i + width)
        .map(fmt)
        .join(" "),
    );
  }
  return groups.sort();
}

/** Both errors with the same text, whether plain or blob. */
export const sameErrorText: Comparator = {
  name: "errors with the same text",
  difference: (reference, subject) => compareErrors(reference, subject, (text) => text),
};

/** Both errors with the same first word (ERR, WRONGTYPE). For texts that name addresses or versions. */
export const sameErrorCode: Comparator = {
  name: "errors with the same code",
  difference: (reference, subject) => compareErrors(reference, subject, (text) => text.split(" ", 1)[0] ?? ""),
};

function compareErrors(reference: Reply, subject: Reply, part: (text: string) => string): string | undefined {
  if (!isError(reference) || !isError(subject)) return "not both are errors";
  const [a, b] = [reference, subject].map((reply) => part("bytes" in reply ? reply.bytes.toString("latin1") : ""));
  return a === b ? undefined : `"${a}" and "${b}"`;
}

/** Integers at most `tolerance` apart; negative ones (-1 no deadline, -2 no key) must be equal. For TTL and PTTL. */
export function ttlWithin(tolerance: number): Comparator {
  return {
    name: `ttl within ${tolerance}`,
    difference: (reference, subject) => {
      if (reference.kind !== "int" || subject.kind !== "int") return exact.difference(reference, subject);
      if (reference.value < 0n || subject.value < 0n) return exact.difference(reference, subject);
      const apart = reference.value - subject.value;
      return Math.abs(Number(apart)) <= tolerance ? undefined : `${apart} apart`;
    },
  };
}

/** Numbers, as doubles or as text, at most `tolerance` apart relative to the larger. For sums and geo. */
export function numberWithin(tolerance: number): Comparator {
  return {
    name: `number within ${tolerance}`,
    difference: (reference, subject) => {
      if (reference.kind !== subject.kind) return `a ${reference.kind} and a ${subject.kind}`;
      const [a, b] = [numberOf(reference), numberOf(subject)];
      if (a === undefined || b === undefined) return a === b ? exact.difference(reference, subject) : "not numbers";
      if (Object.is(a, b)) return undefined;
      const scale = Math.max(Math.abs(a), Math.abs(b));
      return Math.abs(a - b) <= tolerance * scale ? undefined : `${a - b} apart`;
    },
  };
}

function numberOf(reply: Reply): number | undefined {
  if (reply.kind === "double") return reply.value;
  if (reply.kind === "int") return Number(reply.value);
  if (reply.kind !== "bulk" || reply.bytes.length === 0) return undefined;
  const value = Number(reply.bytes.toString());
  return Number.isNaN(value) ? undefined : value;
}

/** The same form, whatever is in it. Errors must be errors, nulls the same null. */
export const sameType: Comparator = {
  name: "same type",
  difference: (reference, subject) =>
    reference.kind === subject.kind ? undefined : `a ${reference.kind} and a ${subject.kind}`,
};

/** The same form and number of elements all the way down. For replies full of ids, times and addresses. */
export const sameShape: Comparator = {
  name: "same shape",
  difference: (reference, subject) => {
    const [a, b] = [shapeOf(reference), shapeOf(subject)];
    return a === b ? undefined : `${a} and ${b}`;
  },
};

function shapeOf(reply: Reply): string {
  if ("items" in reply) return `${reply.kind}(${reply.items.map(shapeOf).join(", ")})`;
  if ("entries" in reply) {
    return `${reply.kind}(${reply.entries.map(([key, value]) => `${shapeOf(key)}: ${shapeOf(value)}`).join(", ")})`;
  }
  return reply.kind;
}

/** Arrays of one length whose elements compare each by its own comparator: `tuple(ignore("a cursor"), unordered)`. */
export function tuple(...comparators: readonly Comparator[]): Comparator {
  return {
    name: `tuple of ${comparators.map(({ name }) => name).join(", ")}`,
    difference: (reference, subject) => {
      if (!("items" in reference) || !("items" in subject)) return exact.difference(reference, subject);
      if (reference.kind !== subject.kind) return `a ${reference.kind} and a ${subject.kind}`;
      const sizes = [reference.items.length, subject.items.length, comparators.length];
      if (new Set(sizes).size > 1) return `${sizes[0]} and ${sizes[1]} elements, ${sizes[2]} expected`;
      for (const [index, comparator] of comparators.entries()) {
        const [a, b] = [reference.items[index], subject.items[index]];
        if (a === undefined || b === undefined) return `no element ${index}`;
        const why = comparator.difference(a, b);
        if (why !== undefined) return `element ${index}: ${why}`;
      }
      return undefined;
    },
  };
}

/** Nothing is compared; the reason is printed with the test. The commands still run, for their effect. */
export function ignore(reason: string): Comparator {
  return { name: `ignored (${reason})`, ignoredBecause: reason, difference: () => undefined };
}
