// What is left of an embedded server that is closed: nothing. Not its objects, not its memory, not its descriptors, and
// nothing that keeps the program alive.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nativeAddon, nativeProblem } from "#src/native/addon.js";

const run = promisify(execFile);
const fixture = fileURLToPath(new URL("fixtures/many-servers.js", import.meta.url));

interface Left {
  made: number;
  left: string[];
  moreFds: number;
  moreBufferBytes: number;
  moreResidentBytes: number;
}

for (const withAddon of [true, false]) {
  const skip = withAddon && nativeAddon() === undefined && `no addon here: ${nativeProblem()}`;
  test(`closed servers leave nothing, ${withAddon ? "with" : "without"} the addon`, { skip }, async () => {
    const env = withAddon ? {} : { PYREDIS_NO_NATIVE: "1" };
    const { stdout } = await run(process.execPath, ["--expose-gc", fixture], {
      env: { ...process.env, ...env },
      timeout: 120_000,
    });
    const { made, left, moreFds, moreBufferBytes, moreResidentBytes }: Left = JSON.parse(stdout);
    assert.ok(made >= 6 * (5 + 2 * 8));
    assert.deepEqual(left, []);
    assert.equal(moreFds, 0);
    assert.ok(moreBufferBytes < 1_000_000, `${moreBufferBytes} bytes of buffers more`);
    // Five more servers of 40 MB each. What garbage the clients leave is not told apart.
    assert.ok(moreResidentBytes < 160_000_000, `${moreResidentBytes} bytes more`);
  });
}
