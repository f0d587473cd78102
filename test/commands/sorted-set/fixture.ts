// What the tests of the sorted set commands share.
export { type Fixture, startFixture } from "../../support/checked-fixture.js";

/** Both encodings: the configuration that makes sets of a few members take them. */
export const ENCODINGS: readonly (readonly [name: string, config: Record<string, string>])[] = [
  ["listpack", {}],
  ["skiplist", { "zset-max-listpack-entries": "0" }],
];
