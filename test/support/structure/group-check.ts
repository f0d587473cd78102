// Whether the consumer groups of a stream are sound: names in order, trees well formed, every pending entry of a group
// with exactly the consumer that it names. Visits all of their blocks.
import type { Keyspace } from "#src/keyspace/keyspace.js";
import { type Handle, NONE } from "#src/storage/arena.js";
import { Id } from "#src/storage/id.js";
import { IdCursor, type IdTree } from "#src/storage/id-tree.js";
import { checkIdTree } from "#src/storage/id-tree-check.js";
import { NODE_COUNT, ROOT_HEIGHT, ROOT_TOP } from "#src/storage/id-tree-nodes.js";
import type { NameList } from "#src/storage/name-list.js";
import { type BlockCensus, expect } from "./block-census.js";

/** `list`: what a stream's head names. */
export function checkGroups(keyspace: Keyspace, census: BlockCensus, list: Handle, owner: string): void {
  const { groups } = keyspace.streams;
  const { blocks, pending } = groups;
  const bytesBefore = census.bytes;
  for (const group of checkNames(keyspace, census, blocks.groups, list, owner)) {
    const root = blocks.pending(group);
    visitTree(census, pending.all, root, owner);
    const owners = new Map<string, Handle>();
    const id = new Id();
    for (let more = pending.seekFirst(group); more; more = pending.next()) {
      pending.readId(id);
      owners.set(textOf(id), pending.consumer);
    }
    for (const consumer of checkNames(keyspace, census, blocks.consumers, blocks.consumerList(group), owner)) {
      const own = blocks.ownPending(consumer);
      visitTree(census, pending.own, own, owner);
      for (const entry of listIds(pending.own, own)) {
        expect(owners.get(entry) === consumer, `${owner}: ${entry} is pending with a consumer that does not have it`);
        owners.delete(entry);
      }
    }
    expect(owners.size === 0, `${owner}: ${owners.size} entries are pending with nobody`);
  }
  const measured = groups.sizeOf(list);
  expect(measured === census.bytes - bytesBefore, `${owner}: sizeOf says ${measured} bytes`);
}

/** The blocks of a list, whose names must be in order. */
function checkNames(keyspace: Keyspace, census: BlockCensus, names: NameList, list: Handle, owner: string): Handle[] {
  if (list === NONE) return [];
  census.visit(list, owner);
  const blocks = Array.from({ length: names.count(list) }, (_, i) => names.block(list, i));
  expect(blocks.length > 0, `${owner}: an empty list of names`);
  let previous: Buffer | null = null;
  for (const block of blocks) {
    census.visit(block, owner);
    const start = names.nameStart(block);
    const name = Buffer.from(keyspace.arena.window(block).bytes.subarray(start, start + names.nameLength(block)));
    expect(previous === null || Buffer.compare(previous, name) < 0, `${owner}: names out of order`);
    previous = name;
  }
  return blocks;
}

/** Checks an ID tree, and visits its blocks. */
export function visitTree(census: BlockCensus, tree: IdTree, root: Handle, owner: string): void {
  checkIdTree(tree, root);
  census.visit(root, owner);
  const { nodes } = tree;
  const visit = (node: Handle, height: number): void => {
    census.visit(node, owner);
    if (height === 0) return;
    for (let i = 0; i < nodes.word(node, NODE_COUNT); i++) visit(nodes.child(node, i), height - 1);
  };
  if (nodes.word(root, ROOT_TOP) !== NONE) visit(nodes.word(root, ROOT_TOP), nodes.word(root, ROOT_HEIGHT));
}

function listIds(tree: IdTree, root: Handle): string[] {
  const ids: string[] = [];
  const cursor = new IdCursor();
  const id = new Id();
  for (let more = tree.seekFirst(root, cursor); more; more = tree.next(cursor)) {
    tree.readId(cursor, id);
    ids.push(textOf(id));
  }
  return ids;
}

function textOf(id: Id): string {
  return `${id.msExact()}-${id.seqExact()}`;
}
