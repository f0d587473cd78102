import assert from "node:assert/strict";
import { test } from "node:test";
import { askDigests, fillScores, LARGE_KEY, readScoreTable, TABLE_CONFIG } from "../../data/score-texts.js";
import { startInProcess } from "../../support/in-process.js";
import { fmt, itemsOf, textOf } from "../../support/resp-value.js";

test("every command that answers with scores prints them as a redis-server 7.4 does", async (t) => {
  const server = await startInProcess({ config: TABLE_CONFIG });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  const table = readScoreTable();
  await fillScores(
    client,
    table.rows.map(({ score }) => score),
  );
  const plain = new Map(table.rows.map((row) => [row.bits, row.plain]));
  const scanned = new Map(table.rows.map((row) => [row.bits, row.scanned]));
  const check = (what: string, reply: readonly string[], texts: ReadonlyMap<string, string>) => {
    assert.ok(reply.length > 0, what);
    for (let i = 0; i < reply.length; i += 2)
      assert.equal(reply[i + 1], texts.get(reply[i] ?? ""), `${what} ${reply[i]}`);
  };
  const ask = async (...command: string[]) => itemsOf(await client.call(...command)).map(textOf);

  check("ZRANGE", await ask("ZRANGE", LARGE_KEY, "0", "-1", "WITHSCORES"), plain);
  check("ZREVRANGE", await ask("ZREVRANGE", "small:3", "0", "-1", "WITHSCORES"), plain);
  check("ZUNION", await ask("ZUNION", "2", LARGE_KEY, "small:1", "AGGREGATE", "MAX", "WITHSCORES"), plain);
  check("ZDIFF", await ask("ZDIFF", "2", LARGE_KEY, "small:1", "WITHSCORES"), plain);
  check("ZRANDMEMBER", await ask("ZRANDMEMBER", "small:2", "-500", "WITHSCORES"), plain);
  check("ZRANDMEMBER", await ask("ZRANDMEMBER", LARGE_KEY, "500", "WITHSCORES"), plain);
  const [cursor, page] = itemsOf(await client.call("ZSCAN", LARGE_KEY, "0", "COUNT", "10000"));
  assert.equal(cursor && textOf(cursor), "0");
  check("ZSCAN of a large set", page ? itemsOf(page).map(textOf) : [], scanned);
  for (const key of ["small:0", "small:5"]) {
    const [, small] = itemsOf(await client.call("ZSCAN", key, "0"));
    check("ZSCAN of a small set", small ? itemsOf(small).map(textOf) : [], plain);
  }
  assert.deepEqual(await askDigests(client, table.rows.length), { digest: table.digest, dumps: table.dumps });

  for (const { bits, plain } of table.rows.slice(0, 300)) {
    assert.equal(textOf(await client.call("ZSCORE", LARGE_KEY, bits)), plain, bits);
    assert.equal(textOf(await client.call("ZADD", LARGE_KEY, "INCR", "0", bits)), plain, bits);
    assert.equal(textOf(await client.call("ZINCRBY", LARGE_KEY, "0", bits)), plain, bits);
  }
  check("ZPOPMIN", await ask("ZPOPMIN", LARGE_KEY, "200"), plain);
  check("BZPOPMAX", (await ask("BZPOPMAX", LARGE_KEY, "0")).slice(1), plain);
  const [, popped] = itemsOf(await client.call("ZMPOP", "1", LARGE_KEY, "MAX", "COUNT", "1"));
  const [pair] = popped ? itemsOf(popped) : [];
  check("ZMPOP", pair ? itemsOf(pair).map(textOf) : [], plain);
});

test("RESP3 doubles have the digits of scores", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect({ resp: 3 });
  t.after(() => client.close());
  for (const { bits, score, plain } of readScoreTable().rows.slice(0, 500)) {
    await client.call("ZADD", "k", score.toExponential(16), bits);
    assert.equal(fmt(await client.call("ZSCORE", "k", bits)), `,${plain}`);
  }
});
