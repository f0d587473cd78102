// Zero bytes in option words: Redis compares them as C strings, which end there, and so does its printf where an error
// shows an argument. Numbers, keys, members, channels and subcommands are taken whole.
import { test } from "node:test";
import { unordered } from "../support/comparators.js";
import { useTwin } from "../support/twin.js";
import { call, type ScriptStep } from "../support/twin-steps.js";

const twin = useTwin({ config: { "enable-debug-command": "yes" } });

const SETUP: readonly ScriptStep[] = [
  ["FLUSHALL"],
  ["MSET", "s", "hello world", "s2", "hello there", "w_a", "1", "w_b", "0", "w_c", "2"],
  ["RPUSH", "l", "a", "b", "c"],
  ["HSET", "h", "f1", "v1"],
  ["ZADD", "z", 1, "a", 2, "b", 3, "c"],
  ["GEOADD", "g", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"],
  ["SETBIT", "bm", 3, 1],
  ["XADD", "x", "1-1", "f", "v"],
  ["XADD", "x", "2-1", "f", "v"],
  ["XGROUP", "CREATE", "x", "group", "0"],
];

/** One command a line. A word with `~` behind it is an option word; a NUL and more comes in the place of that. */
const COMMANDS = `
SET s v EX~ 10
SET s v PX~ 10000 GET~
SET s v NX~
SET s v XX~ KEEPTTL~
GETEX s EXAT~ 99999999999
GETEX s PERSIST~
LCS s s2 IDX~ MINMATCHLEN~ 2 WITHMATCHLEN~
BITCOUNT s 0 5 BIT~
BITPOS s 1 0 -1 BIT~
BITOP AND~ d s s2
BITFIELD bm OVERFLOW~ SAT~ INCRBY~ u8~ 0 10 GET~ i4~ #1
EXPIRE s 100 NX~
PEXPIRE s 100 GT~
COPY s c DB~ 1 REPLACE~
SORT l BY~ nosort LIMIT~ 0 10 GET~ # ASC~
SORT l ALPHA~ DESC~ STORE~ d
SCAN 0 MATCH~ s2 COUNT~ 100 TYPE~ string~
LINSERT l BEFORE~ b x
LPOS l a RANK~ 1 COUNT~ 0 MAXLEN~ 10
LMOVE l l2 LEFT~ RIGHT~
LMPOP 1 l LEFT~ COUNT~ 2
SINTERCARD 1 nokey LIMIT~ 2
HRANDFIELD h 1 WITHVALUES~
ZADD z NX~ CH~ 1 x
ZADD z XX~ GT~ 5 a
ZADD z INCR~ 1 a
ZRANGE z 0 -1 REV~ WITHSCORES~
ZRANGE z (1 +inf BYSCORE~ LIMIT~ 0 5
ZRANGE z - + BYLEX~
ZRANGE z -~ +~ BYLEX~
ZUNION 2 z z WEIGHTS~ 1 2 AGGREGATE~ MAX~ WITHSCORES~
ZMPOP 1 z MIN~ COUNT~ 2
GEOADD g NX~ CH~ 13 38 P
GEODIST g Palermo Catania km~
GEOSEARCH g FROMLONLAT~ 15 37 BYRADIUS~ 200 km~ ASC~ WITHHASH~ COUNT~ 1 ANY~
GEOSEARCH g FROMMEMBER~ Palermo BYBOX~ 400 400 m~ DESC~
GEORADIUS g 15 37 200 km~ STORE~ d
XADD x NOMKSTREAM~ MAXLEN~ ~~ 10 LIMIT~ 5 6-1 f v
XADD x MINID~ =~ 2-0 7-1 f v
XREAD COUNT~ 1 STREAMS~ x 0
XREADGROUP GROUP~ group c NOACK~ STREAMS~ x >~
XGROUP CREATE x g2 $~ ENTRIESREAD~ 2
XCLAIM x group c2 0 1-1 IDLE~ 0 RETRYCOUNT~ 5 FORCE~ JUSTID~
XAUTOCLAIM x group c2 0 0 COUNT~ 10 JUSTID~
XTRIM x MAXLEN~ =~ 1
XRANGE x -~ +~ COUNT~ 2
CLIENT LIST TYPE~ pubsub~
CLIENT KILL TYPE~ pubsub~ SKIPME~ yes~
CLIENT KILL ADDR~ 1.2.3.4:5~
CLIENT KILL USER nobody~
CLIENT UNBLOCK 99999 TIMEOUT~
CLIENT NO-EVICT on~
CONFIG GET maxmemory-s*~
COMMAND GETKEYS SORT l STORE~ d
DEBUG PROTOCOL~ string~
MEMORY USAGE nokey SAMPLES~ 5
FLUSHDB SYNC~
SLOWLOG GET 0
PING hi~
FOO~ bar~ baz~
CLIENT FOO~
DEBUG FOO~
HELLO 2 FOO~
`;

function readLine(line: string, behind: string): Buffer[] {
  return line.split(" ").map((word) => Buffer.from(word.replace(/~$/, behind), "latin1"));
}

test("a zero byte ends option words, and arguments in errors", (t) =>
  twin.run(t, {
    steps: COMMANDS.trim()
      .split("\n")
      .flatMap((line) => ["\0", "\0foo"].flatMap((behind) => [...SETUP, readLine(line, behind)])),
  }));

test("SORT ALPHA compares what it answers up to a zero byte, and what it stores whole", (t) =>
  twin.run(t, {
    steps: [
      ["RPUSH", "texts", "b\0b", "b\0a", "a\0", "b", "a", "\0"],
      ["SORT", "texts", "ALPHA"],
      ["SORT", "texts", "ALPHA", "DESC"],
      ["SORT", "texts", "ALPHA", "STORE", "sorted"],
      ["LRANGE", "sorted", 0, -1],
      ["RPUSH", "ids", "1", "2", "3"],
      ["MSET", "w1", "x\0b", "w2", "x\0a", "w3", "x"],
      ["SORT", "ids", "ALPHA", "BY", "w*"],
      ["SORT", "ids", "ALPHA", "BY", "w*", "STORE", "sorted"],
      ["LRANGE", "sorted", 0, -1],
    ],
  }));

test("a zero byte is part of numbers, names and data", (t) =>
  twin.run(t, {
    steps: [
      ...SETUP,
      ["INCRBY", "n", "5\0"],
      ["SET", "s", "v", "EX", "10\0"],
      ["EXPIRE", "s", "10\0foo"],
      ["ZADD", "z", "1\0", "a"],
      ["ZCOUNT", "z", "(1\0foo", "3"],
      ["ZCOUNT", "z", "1\0foo", "3\0"],
      ["ZRANGEBYLEX", "z", "[a\0b", "[c\0"],
      ["ZRANGEBYLEX", "z", "-\0foo", "+\0foo"],
      ["XADD", "x", "9-1\0", "f", "v"],
      ["XRANGE", "x", "(1-1\0", "+"],
      ["CONFIG", "GET", "maxmemory\0foo"],
      ["CONFIG", "SET", "maxmemory\0foo", "0"],
      ["OBJECT", "ENCODING", "s\0"],
      ["PUBLISH", "ch\0foo", "x\0y"],
      ["GET", "s\0"],
      call(["KEYS", "s\0*"], unordered),
      ["DEBUG", "ERROR", "hello\0foo"],
    ],
  }));
