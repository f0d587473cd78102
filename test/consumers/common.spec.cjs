// Jest in its default mode, and Vitest: the package comes by require() or import, and the test's time stands still.
const { PyRedis } = require("pyredis");
const { Daemon } = require("pyredis/daemon");
const { checkServer } = require("./check-server.cjs");

test("a server serves while the time stands still", async () => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask"] });
  const redis = await PyRedis.create();
  await checkServer(redis.port);
  await expect(PyRedis.create({ port: redis.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await redis.close();
  jest.useRealTimers();
});

test("a daemon that does not run is stopped", () => {
  class Nothing extends Daemon {
    run() {}
  }
  expect(new Nothing({ pidfile: `${__dirname}/none.pid` }).status().state).toBe("stopped");
});
