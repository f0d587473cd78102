// Whether a stream is sound: its tree, the listpacks that it leads to, its counts, its groups. Visits all blocks.
import type { Keyspace } from "#src/keyspace/keyspace.js";
import { TYPE_STREAM } from "#src/keyspace/record.js";
import type { Handle } from "#src/storage/arena.js";
import { IdCursor } from "#src/storage/id-tree.js";
import { NO_POSITION } from "#src/storage/listpack.js";
import { countValidEntries } from "#src/storage/listpack-check.js";
import { type BlockCensus, expect } from "./block-census.js";
import { checkGroups, visitTree } from "./group-check.js";

export function checkStream(keyspace: Keyspace, census: BlockCensus, head: Handle, owner: string): void {
  const { heads, trees } = keyspace.streams;
  const bytesBefore = census.bytes;
  census.visit(head, owner);
  const root = heads.nodes(head);
  visitTree(census, trees, root, owner);
  const cursor = new IdCursor();
  let entries = 0;
  for (let more = trees.seekFirst(root, cursor); more; more = trees.next(cursor)) {
    entries += checkNode(keyspace, census, trees.word(cursor, 0), owner);
  }
  expect(entries === heads.length(head), `${owner}: ${heads.length(head)} entries counted, ${entries} there`);
  checkGroups(keyspace, census, heads.groups(head), owner);
  const measured = keyspace.typeOperations(TYPE_STREAM).sizeOf(head, 0);
  expect(measured === census.bytes - bytesBefore, `${owner}: sizeOf says ${measured} bytes`);
}

/** How many entries of a node are not marked as deleted. */
function checkNode({ listpacks, arena }: Keyspace, census: BlockCensus, lp: Handle, owner: string): number {
  census.visit(lp, owner);
  const count = countValidEntries(arena.window(lp).bytes, arena.offset(lp), listpacks.byteLength(lp));
  expect(count > 0, `${owner}: a node that is no listpack`);
  const first = listpacks.first(lp);
  expect(first !== NO_POSITION, `${owner}: a node without entries`);
  listpacks.read(lp, first);
  expect(listpacks.isInteger && listpacks.integer > 0, `${owner}: a node of ${listpacks.integer} entries`);
  return listpacks.integer;
}
