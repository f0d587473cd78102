/** Client classes as CLIENT LIST TYPE and CLIENT KILL TYPE name them. */
import type { Args } from "../../../resp/args.js";
import type { ClientType } from "../../context.js";

const TYPES: ReadonlyMap<string, ClientType> = new Map([
  ["normal", "normal"],
  ["slave", "replica"],
  ["replica", "replica"],
  ["pubsub", "pubsub"],
  ["master", "master"],
]);

/** Argument i as a class, or null. */
export function readClientType(args: Args, i: number): ClientType | null {
  return TYPES.get(args.lowerCText(i, 64)) ?? null;
}

export function unknownType(args: Args, i: number): string {
  return `ERR Unknown client type '${args.cText(i)}'`;
}
