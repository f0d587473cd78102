// syslog-enabled: which lines go there, with which priority.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FileLogger } from "#src/server/logger.js";

test("every line that is shown goes to syslog too, without the head of the log file", () => {
  const lines: [string, string][] = [];
  const logger = new FileLogger(() => 0);
  logger.path = "/dev/null";
  logger.syslog = (priority, text) => lines.push([priority, text]);
  logger.level = "verbose";
  for (const level of ["debug", "verbose", "notice", "warning"] as const) logger.log(level, `a ${level}`);
  assert.deepEqual(lines, [
    ["info", "a verbose"],
    ["notice", "a notice"],
    ["warning", "a warning"],
  ]);
});
