// Every way in which a session can end while it is served, in every state that it can be in, under both protocols. After
// each the server answers, nothing is left of the session, and the log tells of no bug. Each session has large replies of
// its own in front, so that whatever remembers a place in its output is put to the test.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { CommandContext } from "#src/commands/context.js";
import type { Server } from "#src/server/server.js";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { encodeCommand, type RespClient } from "../support/resp-client.js";
import { waitFor } from "../support/wait-for.js";

const LARGE = "x".repeat(12_000);
/** More than the first buffer of a reply, and than the limits of output below. */
const HUGE = "y".repeat(300_000);

interface Place {
  readonly t: TestContext;
  readonly server: InProcessServer;
  readonly engine: Server;
  /** The session that will end. */
  readonly client: RespClient;
  readonly id: string;
  readonly resp: 2 | 3;
  /** Somebody else. */
  readonly other: RespClient;
}

interface State {
  readonly name: string;
  readonly resp?: 2 | 3;
  /** What the session sends to come into it: in one write with what ends it. */
  enter(place: Place): (readonly string[])[];
  /** Done by somebody else before. */
  before?(place: Place): Promise<void>;
  /** Done by somebody else when all is sent: what the session waits for. */
  release?(place: Place): Promise<void>;
  /** Commands of the end are queued in MULTI and never run, or run by EXEC. */
  readonly queue?: "kept" | "executed";
}

interface End {
  readonly name: string;
  readonly config?: Record<string, string>;
  /** Commands that end the session. */
  commands?(place: Place): (readonly string[])[];
  /** Bytes that do, behind the commands. */
  bytes?(place: Place): string;
  /** Done by somebody else at once, while the session's request is on its way. */
  during?(place: Place): Promise<unknown>;
  /** Done by somebody else when all that was sent has been read. */
  after?(place: Place): Promise<void> | void;
  /** It ends a session whose commands are queued as well. */
  readonly holdsInQueue?: boolean;
  /** States in which this does not end the session. */
  readonly notIn?: readonly string[];
}

const STATES: readonly State[] = [
  { name: "plain", enter: () => [] },
  { name: "silent by OFF", enter: () => [["CLIENT", "REPLY", "OFF"]] },
  { name: "silent by SKIP", enter: () => [["CLIENT", "REPLY", "SKIP"]] },
  { name: "in MULTI", enter: () => [["MULTI"], ["ECHO", LARGE]], queue: "kept" },
  { name: "silent in MULTI", enter: () => [["CLIENT", "REPLY", "OFF"], ["MULTI"], ["SET", "q", LARGE]], queue: "kept" },
  { name: "in EXEC", enter: () => [["WATCH", "w"], ["MULTI"], ["ECHO", LARGE]], queue: "executed" },
  {
    name: "silent in EXEC",
    enter: () => [["CLIENT", "REPLY", "OFF"], ["MULTI"], ["ECHO", LARGE]],
    queue: "executed",
  },
  { name: "watching keys", enter: () => [["WATCH", ...Array.from({ length: 1200 }, (_, i) => `w${i}`)]] },
  {
    name: "subscribed",
    enter: () => [
      ["SUBSCRIBE", "a", "b"],
      ["PSUBSCRIBE", "p*"],
      ["SSUBSCRIBE", "s"],
    ],
  },
  {
    name: "silent, publishing to itself",
    resp: 3,
    enter: () => [
      ["SUBSCRIBE", "a"],
      ["CLIENT", "REPLY", "OFF"],
      ["PUBLISH", "a", LARGE],
    ],
  },
  { name: "monitoring", enter: () => [["MONITOR"]] },
  {
    name: "tracking keys",
    resp: 3,
    enter: () => [
      ["CLIENT", "TRACKING", "ON"],
      ["GET", "t"],
      ["SET", "t", "1"],
      ["GET", "t"],
    ],
  },
  {
    name: "tracking by prefix",
    resp: 3,
    enter: () => [
      ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "t"],
      ["SET", "t1", "1"],
    ],
  },
  {
    name: "tracking by way of another",
    enter: ({ engine }) => [
      ["CLIENT", "TRACKING", "ON", "REDIRECT", String(Math.min(...[...engine.sessions.all].map(({ id }) => id)))],
      ["GET", "t"],
    ],
  },
  {
    name: "blocked",
    enter: () => [["BLPOP", "list", "0"]],
    release: async ({ other }) => void (await other.call("RPUSH", "list", "element")),
  },
  {
    name: "deferred",
    enter: () => [["LOLWUT", "DEFER"]],
    release: async () => settleDeferred(),
  },
  {
    name: "paused",
    enter: () => [["SET", "p", LARGE]],
    before: async ({ other }) => void (await other.call("CLIENT", "PAUSE", "100000", "WRITE")),
    release: async ({ engine }) => engine.sessions.unpause(),
  },
];

const ENDS: readonly End[] = [
  { name: "QUIT", commands: () => [["QUIT"]], holdsInQueue: true },
  { name: "CLIENT KILL of itself", commands: ({ id }) => [["CLIENT", "KILL", "ID", id, "SKIPME", "no"]] },
  {
    name: "CLIENT KILL by another in the same turn",
    during: ({ other, id }) => other.call("CLIENT", "KILL", "ID", id),
  },
  {
    name: "CLIENT KILL by another later",
    after: async ({ other, id }) => void (await other.call("CLIENT", "KILL", "ID", id)),
  },
  { name: "a protocol error", bytes: () => "*1\r\n$nonsense\r\n" },
  { name: "POST of a browser", bytes: () => "POST / HTTP/1.1\r\n" },
  { name: "Host: of a browser", bytes: () => "Host: example.org\r\n" },
  {
    name: "client-query-buffer-limit",
    config: { "client-query-buffer-limit": "1mb" },
    bytes: () => `*2\r\n$4\r\nECHO\r\n$3000000\r\n${"z".repeat(1_500_000)}`,
  },
  {
    name: "the hard limit of output",
    config: { "client-output-buffer-limit": "normal 200kb 0 0 pubsub 200kb 0 0" },
    commands: () => [["ECHO", HUGE]],
    notIn: ["silent"],
  },
  {
    name: "the soft limit of output",
    config: { "client-output-buffer-limit": "normal 0 100kb 1 pubsub 0 100kb 1" },
    commands: ({ client }) => {
      client.pause();
      return [["ECHO", HUGE]];
    },
    after: async ({ engine, server, id }) => {
      // What the kernel takes is not unread: only with more than that there is something to exceed.
      const session = engine.sessions.find(Number(id));
      if (session === null) return;
      for (let i = 0; i < 40; i++) session.out.bulkText(HUGE);
      session.flush();
      await waitFor("the end of the session", () => {
        server.clock.advance(1500);
        engine.cron.tick();
        session.touch();
        return session.isGone;
      });
    },
    notIn: ["silent"],
  },
  {
    name: "maxmemory-clients",
    config: { "maxmemory-clients": "128kb" },
    commands: () => [["ECHO", HUGE], ["PING"], ["PING"]],
    holdsInQueue: true,
  },
  {
    name: "idle time-out",
    after: async ({ engine, server, other, id }) => {
      server.clock.advance(20_000);
      // Before there is a time-out: cron must not find the others idle.
      for (const session of engine.sessions.all) {
        if (session.id !== Number(id)) session.lastInteractionMs = server.clock.nowMs();
      }
      await other.call("CONFIG", "SET", "timeout", "10");
      for (let ticks = 0; ticks < 3; ticks++) engine.cron.tick();
      await other.call("CONFIG", "SET", "timeout", "0");
    },
    notIn: ["subscribed", "blocked", "monitoring", "publishing"],
  },
  { name: "the end of the peer", after: ({ client }) => void client.close() },
  {
    name: "the end of the peer before it is served",
    during: ({ client }) => client.close(),
  },
];

let settleDeferred: () => void = () => {};

/** LOLWUT DEFER answers when the test says so, as CONFIG SET port does when it listens. */
function installStubs(engine: Server): void {
  const lolwut = engine.registry.findByName("lolwut") as { run: unknown } | null;
  assert.ok(lolwut !== null);
  lolwut.run = (ctx: CommandContext): void => {
    const work = new Promise<string>((resolve) => {
      settleDeferred = () => resolve("late");
    });
    ctx.session.defer(work, (out, text) => out.simple(text));
  };
}

/** What the server keeps of its sessions besides themselves. */
function countTraces(engine: Server): Record<string, number> {
  return {
    sessions: engine.sessions.count,
    subscribers: engine.pubsub.subscribers,
    subscriptionBytes: engine.pubsub.bytes,
    watches: engine.effects.watches.size,
    monitors: engine.monitors.count,
    trackers: engine.tracking.clients,
    prefixes: engine.tracking.prefixCount,
    blockedKeys: engine.blocking.keys.size,
  };
}

function applies(state: State, end: End, resp: 2 | 3): boolean {
  if (state.resp !== undefined && state.resp !== resp) return false;
  if (state.queue === "executed" && end.commands === undefined) return false;
  if (state.queue === "kept" && end.commands !== undefined && !end.holdsInQueue) return false;
  // Under RESP2 a subscriber may say little, and a monitor neither reads nor writes.
  const isConfined = state.name === "subscribed" && resp === 2;
  if (isConfined && end.commands !== undefined && end.name !== "QUIT") return false;
  return !(end.notIn ?? []).some((part) => state.name.includes(part));
}

async function runCell(place: Place, state: State, end: End): Promise<void> {
  const { client, other } = place;
  await state.before?.(place);
  const commands: (readonly string[])[] = [["ECHO", LARGE], ["ECHO", LARGE], ...state.enter(place)];
  commands.push(...(end.commands?.(place) ?? []));
  if (state.queue === "executed") commands.push(["EXEC"]);
  const parts = commands.map(encodeCommand);
  parts.push(Buffer.from(end.bytes?.(place) ?? ""));
  parts.push(encodeCommand(["PING"]), encodeCommand(["SET", "after", LARGE]));
  client.raw(Buffer.concat(parts));
  const meanwhile = end.during?.(place);
  // Two turns of somebody else: what was sent before is read by then.
  await other.call("ECHO", "one");
  await other.call("ECHO", "two");
  await meanwhile;
  await state.release?.(place);
  await end.after?.(place);
}

for (const resp of [2, 3] as const) {
  for (const end of ENDS) {
    test(`${end.name} ends a session in any state, and only that one (RESP${resp})`, async (t) => {
      const lines: string[] = [];
      const server = await startInProcess({
        log: (level, text) => {
          if (level === "warning") lines.push(text);
        },
      });
      t.after(() => server.close());
      const engine = server.pyredis.server;
      installStubs(engine);
      const other = await server.connect({ timeoutMs: 5000 });
      t.after(() => other.close());
      await other.call("CLIENT", "NO-EVICT", "ON");
      await other.call("CONFIG", "SET", "busy-reply-threshold", "5000", ...Object.entries(end.config ?? {}).flat());
      const before = countTraces(engine);
      let cells = 0;
      for (const state of STATES) {
        if (!applies(state, end, resp)) continue;
        cells++;
        const client = await server.connect({ resp });
        const id = (await client.ask("CLIENT", "ID")).slice(1);
        const place: Place = { t, server, engine, client, id, resp, other };
        const cell = `${end.name}, ${state.name}, RESP${resp}`;
        await runCell(place, state, end);
        await waitFor(`the session to be gone: ${cell}`, () => engine.sessions.find(Number(id)) === null, {
          timeoutMs: 5000,
        });
        client.resume();
        await client.close();
        engine.sessions.unpause();
        assert.equal(await other.ask("PING"), "+PONG", cell);
        assert.deepEqual(countTraces(engine), before, cell);
        await other.call("DEL", "list");
        const ours = [...engine.sessions.all].reduce((sum, session) => sum + session.countedBytes, 0);
        assert.equal(engine.clientMemory.total, ours, cell);
      }
      assert.ok(cells >= 7, `only ${cells} states`);
      const bugs = lines.filter((line) => line.includes("BUG"));
      assert.deepEqual(bugs, []);
    });
  }
}

for (const state of STATES) {
  test(`SHUTDOWN ends a session that is ${state.name}, and the server with it`, async (t) => {
    const lines: string[] = [];
    const server = await startInProcess({ log: (_level, text) => lines.push(text) });
    t.after(() => server.close());
    const engine = server.pyredis.server;
    installStubs(engine);
    const other = await server.connect();
    const client = await server.connect({ resp: state.resp ?? 2 });
    t.after(() => Promise.all([other.close(), client.close()]));
    const id = (await client.ask("CLIENT", "ID")).slice(1);
    const place: Place = { t, server, engine, client, id, resp: state.resp ?? 2, other };
    await state.before?.(place);
    const commands: (readonly string[])[] = [["ECHO", LARGE], ["ECHO", LARGE], ...state.enter(place)];
    client.raw(Buffer.concat([...commands, ["PING"]].map(encodeCommand)));
    await other.call("ECHO", "one");
    await other.call("ECHO", "two");
    other.send("SHUTDOWN", "NOSAVE");
    await other.waitForClose();
    await client.waitForClose().catch(() => {});
    await waitFor("the sessions to be gone", () => engine.sessions.count === 0);
    settleDeferred();
    await server.close();
    assert.deepEqual(
      lines.filter((line) => line.includes("BUG")),
      [],
    );
  });
}
