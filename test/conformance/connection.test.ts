import { test } from "node:test";
import { exact, ignore, sameShape, tuple } from "../support/comparators.js";
import { useTwin } from "../support/twin.js";
import { call, closed, raw, read, send, wait } from "../support/twin-steps.js";

const twin = useTwin();

/** Both sides have their own numbers, ports and sizes. */
const differsByNature = ignore("numbers of connections, addresses, sizes");

const SINCE_7_2 = {
  since: "7.2.0",
  reference: /^-ERR (unknown subcommand|Unrecognized)/,
};

test("PING and ECHO", (t) =>
  twin.run(t, {
    steps: [
      ["PING"],
      ["PING", "a b"],
      ["PING", "a", "b"],
      ["ECHO", "x\r\n"],
      ["ECHO"],
      ["ECHO", "a", "b"],
      ["ping", ""],
    ],
  }));

test("AUTH without a password to show", (t) =>
  twin.run(t, {
    steps: [["AUTH", "x"], ["AUTH", "default", "x"], ["AUTH", "nobody", "x"], ["AUTH", "a", "b", "c"], ["AUTH"]],
  }));

const helloReply = (resp: 2 | 3) =>
  resp === 2
    ? tuple(
        exact,
        exact,
        exact,
        differsByNature,
        exact,
        exact,
        exact,
        differsByNature,
        exact,
        exact,
        exact,
        exact,
        exact,
        exact,
      )
    : sameShape;

for (const resp of [2, 3] as const) {
  test(`HELLO on a RESP${resp} connection`, (t) =>
    twin.run(t, {
      resp,
      steps: [
        call(["HELLO"], helloReply(resp)),
        ["HELLO", "x"],
        ["HELLO", 1],
        ["HELLO", 4],
        ["HELLO", "02"],
        ["HELLO", 3, "NOSUCH"],
        ["HELLO", 3, "AUTH", "default"],
        ["HELLO", 3, "SETNAME"],
        ["HELLO", 3, "SETNAME", "a b"],
        ["HELLO", 3, "AUTH", "nobody", "x"],
        ["CLIENT", "GETNAME"],
        call(["HELLO", 3, "AUTH", "default", "any", "SETNAME", "me"], sameShape),
        ["CLIENT", "GETNAME"],
        ["GET", "nothing"],
        call(["HELLO", 2], helloReply(2)),
        ["GET", "nothing"],
        call(["HELLO", 3], sameShape),
        ["RESET"],
        ["GET", "nothing"],
        ["CLIENT", "GETNAME"],
      ],
    }));
}

test("names and what may be in them", (t) =>
  twin.run(t, {
    steps: [
      ["CLIENT", "GETNAME"],
      ["CLIENT", "SETNAME", "me"],
      ["CLIENT", "GETNAME"],
      ["CLIENT", "SETNAME", "a b"],
      ["CLIENT", "SETNAME", "a\n"],
      ["CLIENT", "SETNAME", "\x7f"],
      ["CLIENT", "GETNAME"],
      ["CLIENT", "SETNAME", ""],
      ["CLIENT", "GETNAME"],
      ["CLIENT", "SETNAME"],
      ["CLIENT", "SETNAME", "a", "b"],
    ],
  }));

test("CLIENT subcommands that do not exist, and wrong numbers of words", (t) =>
  twin.run(t, {
    steps: [
      ["CLIENT"],
      ["CLIENT", "NOSUCH"],
      ["CLIENT", "nosuch", "a"],
      ["CLIENT", "ID", "x"],
      ["CLIENT", "INFO", "x"],
      ["CLIENT", "KILL"],
      ["CLIENT", "REPLY"],
      ["CLIENT", "REPLY", "maybe"],
      ["CLIENT", "NO-EVICT"],
      ["CLIENT", "NO-EVICT", "wrong"],
      ["CLIENT", "NO-EVICT", "on"],
      ["CLIENT", "NO-EVICT", "OFF"],
      ["CLIENT", "PAUSE"],
      ["CLIENT", "PAUSE", "x"],
      ["CLIENT", "PAUSE", "-1"],
      ["CLIENT", "PAUSE", "9223372036854775808"],
      ["CLIENT", "PAUSE", "1", "SOME"],
      ["CLIENT", "PAUSE", "1", "ALL", "x"],
      ["CLIENT", "UNPAUSE"],
      ["CLIENT", "UNPAUSE", "x"],
      ["CLIENT", "UNBLOCK"],
      ["CLIENT", "UNBLOCK", "x"],
      ["CLIENT", "UNBLOCK", "999999"],
      ["CLIENT", "UNBLOCK", "999999", "TIMEOUT"],
      ["CLIENT", "UNBLOCK", "999999", "ERROR"],
      ["CLIENT", "UNBLOCK", "999999", "MAYBE"],
      ["CLIENT", "UNBLOCK", "1", "ERROR", "x"],
      ["CLIENT", "GETREDIR"],
      ["CLIENT", "TRACKINGINFO"],
      ["CLIENT", "TRACKING"],
      ["CLIENT", "TRACKING", "maybe"],
      ["CLIENT", "TRACKING", "off"],
      ["CLIENT", "TRACKING", "on", "REDIRECT"],
      ["CLIENT", "TRACKING", "on", "REDIRECT", "x"],
      ["CLIENT", "TRACKING", "on", "REDIRECT", "999999"],
      ["CLIENT", "TRACKING", "on", "PREFIX", "a"],
      ["CLIENT", "TRACKING", "on", "BCAST", "OPTIN"],
      ["CLIENT", "TRACKING", "on", "OPTIN", "OPTOUT"],
      ["CLIENT", "TRACKING", "on", "NOSUCH"],
      ["CLIENT", "CACHING", "yes"],
      ["CLIENT", "CACHING", "maybe"],
      ["CLIENT", "CACHING"],
    ],
  }));

test("CLIENT TRACKINGINFO under RESP3", (t) => twin.run(t, { resp: 3, steps: [["CLIENT", "TRACKINGINFO"]] }));

test("CLIENT LIST and KILL refuse what they do not know", (t) =>
  twin.run(t, {
    steps: [
      ["CLIENT", "LIST", "TYPE"],
      ["CLIENT", "LIST", "TYPE", "nosuch"],
      ["CLIENT", "LIST", "TYPE", "normal", "x"],
      ["CLIENT", "LIST", "ID"],
      ["CLIENT", "LIST", "ID", "x"],
      ["CLIENT", "LIST", "ID", "999999", "999998"],
      ["CLIENT", "LIST", "TYPE", "pubsub"],
      ["CLIENT", "LIST", "TYPE", "replica"],
      ["CLIENT", "LIST", "TYPE", "slave"],
      ["CLIENT", "LIST", "TYPE", "master"],
      ["CLIENT", "LIST", "x"],
      ["CLIENT", "KILL", "1.2.3.4:5"],
      ["CLIENT", "KILL", "ID"],
      ["CLIENT", "KILL", "ID", "x"],
      ["CLIENT", "KILL", "ID", "0"],
      ["CLIENT", "KILL", "ID", "-1"],
      ["CLIENT", "KILL", "ID", "999999"],
      ["CLIENT", "KILL", "TYPE", "nosuch"],
      ["CLIENT", "KILL", "TYPE", "pubsub"],
      ["CLIENT", "KILL", "USER", "nobody"],
      ["CLIENT", "KILL", "SKIPME", "maybe"],
      ["CLIENT", "KILL", "ADDR", "1.2.3.4:5", "LADDR", "x"],
      ["CLIENT", "KILL", "ADDR", "1.2.3.4:5", "SKIPME"],
      ["CLIENT", "KILL", "NOSUCH", "x"],
      ["PING"],
    ],
  }));

test("CLIENT KILL disconnects others, and itself after its reply", (t) =>
  twin.run(t, {
    steps: [
      call(["PING"], exact, 1),
      call(["PING"], exact, 2),
      ["CLIENT", "KILL", "TYPE", "normal"],
      closed(1),
      closed(2),
      ["PING"],
      ["CLIENT", "KILL", "USER", "default", "SKIPME", "no"],
      closed(),
    ],
  }));

test("RESET and QUIT", (t) =>
  twin.run(t, {
    steps: [
      ["MULTI"],
      ["SET", "k", "v"],
      ["RESET"],
      ["EXEC"],
      ["GET", "k"],
      ["SELECT", 5],
      ["RESET"],
      call(["CLIENT", "LIST"], differsByNature),
      ["RESET", "x"],
      raw("QUIT\r\nSET k v\r\n", 1),
      closed(),
      call(["GET", "k"], exact, 1),
      call(["QUIT", "a", "b"], exact, 1),
      closed(1),
    ],
  }));

test("CLIENT REPLY OFF, SKIP and ON", (t) =>
  twin.run(t, {
    steps: [
      raw(
        "CLIENT REPLY OFF\r\nPING\r\nNOSUCH\r\nGET\r\nSET k v\r\nCLIENT REPLY SKIP\r\nPING\r\nCLIENT REPLY ON\r\nPING\r\n",
        2,
      ),
      ["GET", "k"],
      raw("CLIENT REPLY SKIP\r\nPING\r\nECHO 1\r\n", 1),
      raw("CLIENT REPLY SKIP\r\nNOSUCH\r\nECHO 2\r\n", 1),
      raw("CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING\r\nECHO 3\r\n", 1),
      raw("CLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\nECHO 4\r\n", 2),
      raw("CLIENT REPLY SKIP\r\nCLIENT REPLY maybe\r\nECHO 5\r\n", 1),
      raw("CLIENT REPLY SKIP\r\nCLIENT REPLY OFF\r\nECHO 6\r\nCLIENT REPLY ON\r\nECHO 7\r\n", 2),
      raw("CLIENT REPLY OFF\r\nMULTI\r\nSET k w\r\nEXEC\r\nRESET\r\nGET k\r\n", 2),
      raw("CLIENT REPLY SKIP\r\nMULTI\r\nGET k\r\nEXEC\r\n", 2),
    ],
  }));

test("a transaction in which replies are switched off answers as far as Redis does", (t) =>
  twin.run(t, {
    steps: [raw("CLIENT REPLY OFF\r\nMULTI\r\nGET k\r\nCLIENT REPLY ON\r\nECHO x\r\nEXEC\r\n", 2), ["PING"]],
  }));

test("what breaks the protocol is answered, and closes the connection", (t) => {
  const broken = [
    "*x\r\n",
    "*2147483648\r\n",
    "*1\r\nPING\r\n",
    "*1\r\n\r\n",
    "*1\r\n$-1\r\n",
    "*1\r\n$x\r\n",
    "*1\r\n$2000000000\r\n",
    'SET "a\r\n',
    "SET 'a' \"b\"c\r\n",
    `*${"1".repeat(70_000)}`,
    "x".repeat(70_000),
    "*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n",
  ];
  return twin.run(t, {
    steps: broken.flatMap((bytes, on) => [call(["PING"], exact, on + 1), raw(bytes, 1, exact, on + 1), closed(on + 1)]),
  });
});

test("empty requests are skipped", (t) =>
  twin.run(t, { steps: [raw("\r\n\n*0\r\n*-1\r\n*-10\r\n   \r\nPING\r\n", 1), raw('PING "a\\x41" \r\n', 1)] }));

test("unknown commands are quoted back, clipped", (t) =>
  twin.run(t, {
    steps: [
      ["nosuch"],
      ["NoSuch", "a", "b c", ""],
      ["no\r\nsuch", "a\nb"],
      ["x".repeat(300), "y".repeat(300)],
      ["x", "y".repeat(60), "z".repeat(60), "a".repeat(60), "b"],
      ["CLIENT", "x".repeat(300)],
    ],
  }));

test("POST and Host: close the connection without a word", (t) =>
  twin.run(t, {
    steps: [
      raw("PING\r\n", 1, exact, 1),
      raw("POST / HTTP/1.1\r\nHost: x\r\n\r\nSET k v\r\n", 0, exact, 1),
      closed(1),
      raw("host: x\r\n", 0, exact, 2),
      closed(2),
      ["GET", "k"],
    ],
  }));

test("CLIENT PAUSE holds back what it says, and CLIENT UNPAUSE lets go", (t) =>
  twin.run(t, {
    steps: [
      ["CLIENT", "PAUSE", 60_000, "WRITE"],
      ["GET", "k"],
      send(["SET", "k", "v"], 1),
      send(["GET", "k"], 1),
      wait(20),
      ["GET", "k"],
      ["CLIENT", "UNPAUSE"],
      read(exact, 1),
      read(exact, 1),
      call(["MULTI"], exact, 1),
      call(["SET", "k", "w"], exact, 1),
      ["CLIENT", "PAUSE", 60_000, "WRITE"],
      send(["EXEC"], 1),
      ["GET", "k"],
      call(["SET", "k"], exact, 2),
      call(["NOSUCH"], exact, 2),
      ["CLIENT", "UNPAUSE"],
      read(exact, 1),
      ["GET", "k"],
    ],
  }));

test("CLIENT SETINFO, NO-TOUCH and KILL MAXAGE", (t) =>
  twin.run(t, {
    steps: [
      ["CLIENT", "SETINFO", "lib-name", "redis-py"],
      ["CLIENT", "SETINFO", "LIB-VER", "1.2.3"],
      ["CLIENT", "NO-TOUCH", "on"],
      ["CLIENT", "NO-TOUCH", "off"],
    ],
    allow: [
      { name: "7.2: CLIENT SETINFO", reason: "new in 7.2", command: "CLIENT SETINFO", subject: "+OK", ...SINCE_7_2 },
      { name: "7.2: CLIENT NO-TOUCH", reason: "new in 7.2", command: "CLIENT NO-TOUCH", subject: "+OK", ...SINCE_7_2 },
    ],
  }));

test("CLIENT HELP", (t) => twin.run(t, { steps: [call(["CLIENT", "HELP"], ignore("7.4 has more subcommands"))] }));
