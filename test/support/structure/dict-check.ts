// Whether a dict is what dict-layout.ts says: every segment where the directory has it, every entry within reach of
// its home bucket, every count right.
import type { Handle } from "#src/storage/arena.js";
import type { Dict } from "#src/storage/dict.js";
import {
  BUCKET_HANDLES,
  BUCKET_TAGS,
  BUCKET_WORDS,
  BUCKETS,
  bucketOfHash,
  DISPLACED_SHIFT,
  indexOfHash,
  PROBES,
  ROOT_COUNT,
  ROOT_DEEPEST,
  ROOT_DEPTH,
  ROOT_DIRECTORY,
  ROOT_SEGMENTS,
  SEGMENT_BUCKETS,
  SEGMENT_COUNT,
  SEGMENT_DEPTH,
  SLOTS,
} from "#src/storage/dict-layout.js";
import { type BlockCensus, expect } from "./block-census.js";

/** Checks the table; its records come back, not visited. */
export function checkDict(census: BlockCensus, dict: Dict, root: Handle, owner: string): Handle[] {
  census.visit(root, owner);
  const depth = census.word(root, ROOT_DEPTH);
  const directory = census.word(root, ROOT_DIRECTORY);
  census.visit(directory, owner);
  const records: Handle[] = [];
  let segments = 0;
  let deepest = 0;
  for (let index = 0; index < 2 ** depth; ) {
    const segment = census.word(directory, index);
    const own = census.word(segment, SEGMENT_DEPTH);
    expect(own >= 0 && own <= depth, `${owner}: a segment of depth ${own} below a directory of depth ${depth}`);
    const span = 2 ** (depth - own);
    expect(index % span === 0, `${owner}: a segment of depth ${own} begins at directory entry ${index}`);
    for (let i = index; i < index + span; i++) {
      expect(census.word(directory, i) === segment, `${owner}: directory entry ${i} leads elsewhere`);
    }
    segments++;
    if (own === depth) deepest++;
    checkSegment(census, dict, segment, depth, index, owner, records);
    index += span;
  }
  expect(census.word(root, ROOT_SEGMENTS) === segments, `${owner}: ${segments} segments`);
  expect(census.word(root, ROOT_DEEPEST) === deepest, `${owner}: ${deepest} deepest segments`);
  expect(census.word(root, ROOT_COUNT) === records.length, `${owner}: ${records.length} entries`);
  return records;
}

function checkSegment(
  census: BlockCensus,
  dict: Dict,
  segment: Handle,
  depth: number,
  index: number,
  owner: string,
  records: Handle[],
): void {
  census.visit(segment, owner);
  const own = census.word(segment, SEGMENT_DEPTH);
  const buckets = census.word(segment, SEGMENT_BUCKETS);
  expect(buckets >= 1 && buckets <= BUCKETS && (depth === 0 || buckets === BUCKETS), `${owner}: ${buckets} buckets`);
  const displaced = new Array<number>(buckets).fill(0);
  let count = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const line = (bucket + 1) * BUCKET_WORDS;
    const taken = census.word(segment, line);
    for (let slot = 0; slot < SLOTS; slot++) {
      if (((taken >>> slot) & 1) === 0) continue;
      const record = census.word(segment, line + BUCKET_HANDLES + slot);
      const hash = dict.hashOfRecord(record);
      expect(indexOfHash(hash, own) === index >>> (depth - own), `${owner}: a record in a segment not its own`);
      const home = bucketOfHash(hash, own, buckets);
      const distance = (bucket - home + buckets) % buckets;
      expect(distance < PROBES, `${owner}: a record ${distance} buckets from its home`);
      const tags = census.arena.offset(segment) + 4 * (line + BUCKET_TAGS);
      const tag = census.arena.window(segment).bytes[tags + slot];
      expect(tag === (hash & 255), `${owner}: a record with the tag of another`);
      if (distance > 0) displaced[home] = (displaced[home] ?? 0) + 1;
      records.push(record);
      count++;
    }
  }
  expect(census.word(segment, SEGMENT_COUNT) === count, `${owner}: a segment of ${count} entries`);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const counted = census.word(segment, (bucket + 1) * BUCKET_WORDS) >>> DISPLACED_SHIFT;
    expect(counted === displaced[bucket], `${owner}: ${displaced[bucket]} displaced entries, ${counted} counted`);
  }
}
