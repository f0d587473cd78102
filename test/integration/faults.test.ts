// What throws while a client is served, or while the server looks after itself, ends that one client at most, with a line
// in the log: never the server. A method of the server is made to throw once, at every place that a request, its gates,
// its error path, a timer or the loop's end goes through.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandContext } from "#src/commands/context.js";
import { describeError, FailureLog } from "#src/server/failure-log.js";
import type { Server } from "#src/server/server.js";
import type { Session } from "#src/server/session.js";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import type { RespClient } from "../support/resp-client.js";
import { fmt } from "../support/resp-value.js";
import { waitFor } from "../support/wait-for.js";

interface Place {
  readonly server: InProcessServer;
  readonly engine: Server;
  readonly client: RespClient;
  readonly session: Session;
  readonly other: RespClient;
}

interface Fault {
  readonly name: string;
  /** Before the fault is set. */
  prepare?(place: Place): Promise<unknown> | unknown;
  /** The object and its method that throws once. */
  at(place: Place): [object: object, method: string];
  /** What leads there. */
  drive(place: Place): Promise<unknown> | unknown;
  /** What becomes of the client; without it, it lives. "maybe": a turn may be the client's own, or cron's. */
  readonly closes?: boolean | "maybe";
}

/** Makes a method throw at its next call, and be itself again. */
function throwOnce(object: object, method: string, thrown: unknown): { readonly isThrown: () => boolean } {
  const own = Object.getOwnPropertyDescriptor(object, method);
  const methods = object as Record<string, unknown>;
  let isThrown = false;
  Object.defineProperty(object, method, {
    configurable: true,
    writable: true,
    value: () => {
      isThrown = true;
      if (own === undefined) delete methods[method];
      else Object.defineProperty(object, method, own);
      throw thrown;
    },
  });
  assert.equal(typeof methods[method], "function");
  return { isThrown: () => isThrown };
}

/** A command that does what the test says. */
function stub(engine: Server, run: (ctx: CommandContext) => void): void {
  const command = engine.registry.findByName("lolwut") as { run: unknown } | null;
  assert.ok(command !== null);
  command.run = run;
}

const tick = ({ engine, server }: Place): void => {
  server.clock.advance(200);
  engine.cron.tick();
};

const FAULTS: readonly Fault[] = [
  { name: "finding the command", at: ({ engine }) => [engine.registry, "find"], drive: ping, closes: true },
  { name: "receiving", at: ({ session }) => [session.input, "receive"], drive: ping, closes: true },
  { name: "parsing", at: ({ engine }) => [engine.sharedParser, "parse"], drive: ping, closes: true },
  {
    name: "the beginning of a turn",
    at: ({ engine }) => [engine.dispatch, "beginTurn"],
    drive: ping,
    closes: "maybe",
  },
  {
    name: "the end of a turn",
    at: ({ engine }) => [engine.dispatch, "endTurn"],
    drive: ping,
    closes: "maybe",
  },
  { name: "writing the reply", at: ({ session }) => [session.out, "simple"], drive: askError },
  { name: "writing the error of that", at: ({ session }) => [session.out, "errorText"], drive: unknown, closes: true },
  {
    name: "answering a bug",
    prepare: ({ engine }) =>
      stub(engine, () => {
        throw new Error("a bug");
      }),
    at: ({ session }) => [session.out, "errorText"],
    drive: ({ client }) => client.send("LOLWUT"),
    closes: true,
  },
  { name: "counting an error", at: ({ engine }) => [engine.stats, "countError"], drive: unknown, closes: true },
  { name: "committing effects", at: ({ engine }) => [engine.effects, "commit"], drive: set, closes: true },
  {
    name: "committing effects inside of EXEC",
    prepare: async ({ client }) => {
      await client.ask("MULTI");
      await client.ask("SET", "k", "v");
    },
    at: ({ engine }) => [engine.effects, "commit"],
    drive: async ({ client }) => assert.match(await client.ask("EXEC"), /^-ERR internal error/),
  },
  {
    name: "making room",
    prepare: ({ other }) => other.call("CONFIG", "SET", "maxmemory", "100mb"),
    at: ({ engine }) => [engine.memoryLimit, "makeRoom"],
    drive: async (place) => {
      await place.client.ask("MULTI");
      set(place);
    },
    closes: true,
  },
  {
    name: "measuring a client",
    at: ({ engine }) => [engine.clientMemory, "follow"],
    drive: ping,
    closes: "maybe",
  },
  {
    name: "evicting clients later",
    prepare: ({ other }) => other.call("CLIENT", "NO-EVICT", "ON"),
    at: ({ engine }) => [engine.clientMemory, "evict"],
    drive: ({ engine }) => {
      engine.clientMemory.total += 1e9;
      engine.clientMemory.setLimit(1e8);
      engine.clientMemory.setLimit(0);
      engine.clientMemory.total -= 1e9;
    },
  },
  {
    name: "evicting keys between turns",
    prepare: async ({ other }) => {
      await other.call("CONFIG", "SET", "maxmemory", "1");
    },
    at: ({ engine }) => [engine.memoryLimit, "makeRoom"],
    drive: ({ engine }) => engine.memoryLimit.makeRoomLater(),
  },
  {
    name: "queueing",
    prepare: ({ client }) => client.ask("MULTI"),
    at: ({ session }) => [session.transaction, "queue"],
    drive: set,
    closes: true,
  },
  {
    name: "feeding a monitor",
    prepare: async ({ other }) => other.call("MONITOR"),
    at: ({ engine }) => [engine.monitors, "feed"],
    drive: set,
    closes: true,
  },
  {
    name: "remembering what a client has read",
    prepare: track,
    at: ({ engine }) => [engine.tracking, "remember"],
    drive: ({ client }) => client.send("GET", "k"),
    closes: true,
  },
  {
    name: "ending the request of a tracking client",
    prepare: track,
    at: ({ engine }) => [engine.tracking, "endRequest"],
    drive: ({ client }) => client.send("GET", "k"),
    closes: true,
  },
  {
    name: "moving a client's own pushes",
    prepare: async (place) => {
      await track(place);
      await place.client.ask("GET", "k");
    },
    at: ({ session }) => [session.out, "append"],
    drive: ({ client }) => client.send("SET", "k", "2"),
    closes: true,
  },
  {
    name: "sending to tracking clients",
    prepare: async ({ client }) => {
      await client.ask("HELLO", "3");
      await client.ask("CLIENT", "TRACKING", "ON", "BCAST");
    },
    at: ({ session }) => [session, "openPush"],
    drive: ({ other }) => other.call("SET", "k", "v"),
    closes: true,
  },
  {
    name: "noting a slow call",
    prepare: exact,
    at: ({ engine }) => [engine.slowlog, "add"],
    drive: ping,
    closes: true,
  },
  { name: "handing over a reply", at: ({ session }) => [session.transport, "send"], drive: ping, closes: true },
  {
    name: "handing over a large reply",
    at: ({ session }) => [session.transport, "sendMany"],
    drive: ({ client }) => client.send("ECHO", "x".repeat(100_000)),
    closes: true,
  },
  {
    name: "answering later",
    prepare: ({ engine }) => stub(engine, (ctx) => ctx.session.defer(Promise.resolve(1), (out) => out.integer(1))),
    at: ({ session }) => [session.out, "integer"],
    drive: ({ client }) => client.send("LOLWUT"),
    closes: true,
  },
  {
    name: "what was to be answered later",
    prepare: ({ engine }) =>
      stub(engine, (ctx) => ctx.session.defer(Promise.reject(new Error("late")), (out) => out.ok())),
    at: ({ session }) => [session.out, "errorText"],
    drive: ({ client }) => client.send("LOLWUT"),
    closes: true,
  },
  {
    name: "serving a blocked client",
    prepare: block,
    at: ({ engine }) => [engine.dispatch, "execute"],
    // The call of the other one comes first; its second one serves.
    drive: ({ engine, session, other }) => {
      const { execute } = engine.dispatch;
      const faulty = engine.dispatch.execute;
      engine.dispatch.execute = function (served, args) {
        return (served === session ? faulty : execute).call(this, served, args);
      };
      Reflect.deleteProperty(engine.dispatch, "execute");
      const find = engine.registry.find.bind(engine.registry);
      let calls = 0;
      engine.registry.find = (args) => {
        if (++calls === 2) {
          Reflect.deleteProperty(engine.registry, "find");
          faulty.call(engine.dispatch, session, args);
        }
        return find(args);
      };
      return other.call("RPUSH", "list", "a");
    },
    closes: true,
  },
  {
    name: "ending a wait",
    prepare: block,
    at: ({ engine }) => [engine.dispatch, "answerBlocked"],
    drive: async ({ session, other }) => {
      assert.equal(await other.ask("CLIENT", "UNBLOCK", session.id), ":1");
    },
    closes: true,
  },
  {
    name: "going on after a pause",
    prepare: async ({ client, other, session }) => {
      await other.call("CLIENT", "PAUSE", "100000", "WRITE");
      client.send("SET", "k", "v");
      await waitFor("the wait", () => session.waiting === "paused");
    },
    at: ({ session }) => [session.input, "resume"],
    drive: ({ other }) => other.call("CLIENT", "UNPAUSE"),
    closes: true,
  },
  { name: "cron's clock", at: ({ engine }) => [engine, "setWallClock"], drive: tick },
  { name: "cron's pauses", at: ({ engine }) => [engine.sessions, "checkPause"], drive: tick },
  { name: "cron's time-outs", at: ({ engine }) => [engine.blocking, "checkDeadlines"], drive: tick },
  { name: "cron's shutdown", at: ({ engine }) => [engine.ending, "runScheduled"], drive: tick },
  { name: "cron's expiry", at: ({ engine }) => [engine.cron.expiry, "run"], drive: tick },
  { name: "cron's fields", at: ({ engine }) => [engine.cron.fieldExpiry, "run"], drive: tick },
  { name: "cron's clients", at: ({ engine }) => [engine.sessions, "visit"], drive: tick },
  { name: "cron's statistics", at: ({ engine }) => [engine.stats, "sample"], drive: tick },
  { name: "cron's end", at: ({ engine }) => [engine.dispatch, "endTurn"], drive: tick },
  {
    name: "closing an idle client",
    prepare: ({ other }) => other.call("CONFIG", "SET", "timeout", "10"),
    at: ({ engine }) => [engine.blocking, "leave"],
    drive: ({ engine, server }) => {
      server.clock.advance(20_000);
      engine.cron.tick();
    },
    closes: true,
  },
  ...(["pubsub", "transaction", "subscriptions", "input", "tracking"] as const).map(
    (part): Fault => ({
      name: `leaving: ${part}`,
      prepare: ({ client }) => client.ask("SUBSCRIBE", "a"),
      at: ({ engine, session }) =>
        part === "tracking"
          ? [engine.tracking, "leave"]
          : part === "pubsub"
            ? [session.subscriptions.channels, "removeAll"]
            : part === "transaction"
              ? [session.transaction, "reset"]
              : [session[part], "release"],
      drive: ({ other, session }) => other.call("CLIENT", "KILL", "ID", session.id),
      closes: true,
    }),
  ),
];

function ping({ client }: Place): void {
  client.send("PING");
}

function set({ client }: Place): void {
  client.send("SET", "k", "v");
}

function unknown({ client }: Place): void {
  client.send("NOSUCH");
}

async function askError({ client }: Place): Promise<void> {
  assert.match(await client.ask("PING"), /^-ERR internal error/);
}

async function track({ client }: Place): Promise<void> {
  await client.ask("HELLO", "3");
  await client.ask("CLIENT", "TRACKING", "ON");
}

async function exact({ other }: Place): Promise<void> {
  await other.call("CONFIG", "SET", "slowlog-log-slower-than", "0");
}

async function block({ client, session }: Place): Promise<void> {
  client.send("BLPOP", "list", "0");
  await waitFor("the wait", () => session.waiting === "blocked");
}

for (const thrown of [new Error("fault"), undefined, makeHostile()]) {
  const what = thrown instanceof Error ? "an error" : thrown === undefined ? "undefined" : "an object that throws";
  for (const fault of FAULTS) {
    test(`${what} thrown in ${fault.name} ends no more than a client`, async (t) => {
      const lines: string[] = [];
      const server = await startInProcess({
        log: (level, text) => {
          lines.push(`${level} ${text}`);
          // A log may fail as well.
          if (thrown === undefined) throw new Error("the log is full");
        },
      });
      t.after(() => server.close());
      const engine = server.pyredis.server;
      const other = await server.connect({ timeoutMs: 10_000 });
      const client = await server.connect({ timeoutMs: 10_000 });
      t.after(() => Promise.all([other.close(), client.close()]));
      const session = engine.sessions.find(Number((await client.ask("CLIENT", "ID")).slice(1)));
      assert.ok(session !== null);
      const place: Place = { server, engine, client, session, other };
      await fault.prepare?.(place);
      const { isThrown } = throwOnce(...fault.at(place), thrown);
      await fault.drive(place);
      await waitFor("the fault", isThrown);
      if (fault.closes === true) {
        await client.waitForClose();
        await waitFor("the session to be gone", () => engine.sessions.count <= 1);
      } else if (fault.closes === undefined) {
        client.send("ECHO", "alive");
        await waitFor("its reply", async () => fmt(await client.readReply()) === '$"alive"');
      }
      const third = await server.connect({ timeoutMs: 10_000 });
      t.after(() => third.close());
      assert.equal(await third.ask("ECHO", "third"), '$"third"');
      assert.ok(lines.some((line) => line.startsWith("warning BUG")));
    });
  }
}

function makeHostile(): object {
  return new Proxy(
    {},
    {
      get() {
        throw new Error("no");
      },
    },
  );
}

test("a connection that cannot be taken in is closed, and the next one is served", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  throwOnce(server.pyredis.server.sessions, "add", new Error("fault"));
  const turnedAway = await server.connect();
  t.after(() => turnedAway.close());
  await turnedAway.waitForClose();
  const next = await server.connect();
  t.after(() => next.close());
  assert.equal(await next.ask("PING"), "+PONG");
});

test("whoever has not heard of a broadcast change is closed, and does not go on with what it has cached", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const engine = server.pyredis.server;
  const clients = await Promise.all([1, 2, 3].map(() => server.connect({ resp: 3 })));
  t.after(() => Promise.all(clients.map((client) => client.close())));
  const [first, second, writer] = clients as [RespClient, RespClient, RespClient];
  for (const client of [first, second]) await client.ask("CLIENT", "TRACKING", "ON", "BCAST");
  const sessions = [...engine.sessions.all];
  throwOnce(sessions[0] ?? {}, "openPush", new Error("fault"));
  await writer.ask("SET", "k", "v");
  await Promise.all([first.waitForClose(), second.waitForClose()]);
  assert.equal(await writer.ask("PING"), "+PONG");
});

test("a place that fails again and again gets ten lines a minute, and the next one tells of the rest", () => {
  const log = new FailureLog();
  const lines = Array.from({ length: 25 }, () => log.describe("here", new Error("x"), 1000)).filter(Boolean);
  assert.equal(lines.length, 10);
  assert.match(log.describe("there", "text", 1000) ?? "", /^BUG there: text$/);
  assert.match(log.describe("here", new Error("x"), 61_000) ?? "", /\(15 more of these were not logged\)$/);
});

test("anything that is thrown can be described", () => {
  assert.match(describeError(new TypeError("t")), /^TypeError: t\n/);
  assert.equal(describeError(null), "null");
  assert.equal(describeError({ message: "m" }), "m");
  assert.equal(describeError(makeHostile()), "an exception that cannot be described");
});
