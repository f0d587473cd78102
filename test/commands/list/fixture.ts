// What the tests of the list commands share.
export { type Fixture, startFixture } from "../../support/checked-fixture.js";

/** Both encodings: the configuration that makes lists of a few elements take them. */
export const ENCODINGS: readonly (readonly [name: string, config: Record<string, string>])[] = [
  ["listpack", {}],
  ["quicklist", { "list-max-listpack-size": "2" }],
];
