// Listpacks byte for byte: redis-server's DUMP of a list, with its nodes uncompressed, holds its listpack.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena } from "#src/storage/arena.js";
import { Listpack } from "#src/storage/listpack.js";
import { countValidEntries } from "#src/storage/listpack-check.js";
import { Random } from "../support/random.js";
import { startRedisServer, whyNoRedisServer } from "../support/redis-server.js";
import type { Reply } from "../support/resp-value.js";

const skip = whyNoRedisServer() ?? false;

const TYPE_QUICKLIST_2 = 18;
const CONTAINER_PACKED = 2;

/** The listpack in the DUMP of a list of one node: type, node count, container, length, bytes, version and checksum. */
function listpackOf(reply: Reply): Buffer {
  if (reply.kind !== "bulk") throw new Error(`DUMP answered ${reply.kind}`);
  const dump = reply.bytes;
  assert.deepEqual([dump[0], dump[1], dump[2]], [TYPE_QUICKLIST_2, 1, CONTAINER_PACKED]);
  const first = dump.readUInt8(3);
  const form = first >> 6;
  if (form === 0) return dump.subarray(4, 4 + first);
  if (form === 1) return dump.subarray(5, 5 + (((first & 63) << 8) | dump.readUInt8(4)));
  return dump.subarray(8, 8 + dump.readUInt32BE(4));
}

test("listpacks are those of redis-server, for random elements, inserts and deletions", { skip }, async () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const server = await startRedisServer({ config: { rdbcompression: "no", "list-max-listpack-size": "-5" } });
  const client = await server.connect();
  try {
    for (let round = 0; round < 60; round++) {
      const arena = new Arena();
      const listpacks = new Listpack(arena);
      const { staged } = listpacks;
      let lp = listpacks.create();
      await client.call("DEL", "l");
      const stage = (word: Uint8Array): void => {
        staged.clear();
        staged.add(new DataView(word.buffer, word.byteOffset, word.byteLength), 0, word.length);
      };
      for (let i = random.int(1, 40); i > 0; i--) {
        const word = random.oneIn(2) ? Buffer.from(random.integerLike(), "latin1") : random.value(500);
        stage(word);
        const action = random.int(0, 3);
        const count = listpacks.count(lp);
        if (action === 0) {
          await client.call("LPUSH", "l", word);
          lp = listpacks.prepend(lp);
        } else if (action === 1 && count > 0) {
          const index = random.int(0, count - 1);
          await client.call("LSET", "l", index, word);
          lp = listpacks.replace(lp, listpacks.seek(lp, index), 1);
        } else if (action === 2 && count > 2) {
          await client.call("LTRIM", "l", 1, -1);
          lp = listpacks.delete(lp, listpacks.first(lp), 1);
        } else {
          await client.call("RPUSH", "l", word);
          lp = listpacks.append(lp);
        }
      }
      const theirs = listpackOf(await client.call("DUMP", "l"));
      const at = arena.offset(lp);
      const ours = Buffer.from(arena.window(lp).bytes.subarray(at, at + listpacks.byteLength(lp)));
      assert.equal(ours.toString("hex"), theirs.toString("hex"), `seed ${seed}, round ${round}`);
      assert.equal(countValidEntries(theirs, 0, theirs.length), listpacks.count(lp));
    }
  } finally {
    await client.close();
    await server.close();
  }
});
