// Jest's ES modules, which live in a realm of their own, and Vitest.
import { createRequire } from "node:module";
import { PyRedis } from "pyredis";
import { Daemon } from "pyredis/daemon";

const { checkServer } = createRequire(import.meta.url)("./check-server.cjs");
const fakes = globalThis.vi ?? import.meta.jest;

test("a server serves while the time stands still", async () => {
  fakes.useFakeTimers(globalThis.vi ? {} : { doNotFake: ["nextTick", "queueMicrotask"] });
  const redis = await PyRedis.create();
  await checkServer(redis.port);
  await expect(PyRedis.create({ port: redis.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await redis.close();
  fakes.useRealTimers();
});

test("a daemon that does not run is stopped", () => {
  class Nothing extends Daemon {
    run() {}
  }
  expect(new Nothing({ pidfile: "/tmp/pyredis-none.pid" }).status().state).toBe("stopped");
});
