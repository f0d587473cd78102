// What the tests of the commands on consumer groups share.
export { type Fixture, startFixture } from "../../support/checked-fixture.js";

/** A stream `s` of the entries 1-0, 2-0 and 3-0, with a group `g` that has read none of them. */
export const THREE: readonly (readonly [command: string, reply: string])[] = [
  ["XADD s 1-0 a 1", '$"1-0"'],
  ["XADD s 2-0 b 2", '$"2-0"'],
  ["XADD s 3-0 c 3", '$"3-0"'],
  ["XGROUP CREATE s g 0", "+OK"],
];

export const ENTRY_1 = '*[$"1-0", *[$"a", $"1"]]';
export const ENTRY_2 = '*[$"2-0", *[$"b", $"2"]]';
export const ENTRY_3 = '*[$"3-0", *[$"c", $"3"]]';

/** The reply of XREADGROUP under RESP2 for one stream. */
export function ofStream(...entries: readonly string[]): string {
  return `*[*[$"s", *[${entries.join(", ")}]]]`;
}

export const NO_GROUP = "-NOGROUP No such key 's' or consumer group 'g'";
export const NO_GROUP_TO_READ = `${NO_GROUP} in XREADGROUP with GROUP option`;
export const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
