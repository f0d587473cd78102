// What the tests of the hash commands share.
export { type Fixture, startFixture } from "../../support/checked-fixture.js";

/** The configuration that makes a hash of a few short fields take the encoding; deadlines make a listpack the second. */
export const ENCODINGS: readonly (readonly [name: string, config: Record<string, string>])[] = [
  ["listpack", {}],
  ["hashtable", { "hash-max-listpack-entries": "0" }],
];
