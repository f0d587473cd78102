// Bytes of clients become strings in few places, each of which has a bound: an argument may have 512 MB, which would end
// the process. Fails on any other place that decodes: commands take Args.text(i, maxBytes) or Args.cText(i).
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const src = join(dirname(dirname(fileURLToPath(import.meta.url))), "src");
const ROOMS = ["resp", "storage", "keyspace", "commands", "pubsub", "acl", "server"];
const DECODES =
  /\b(?:toString|digest)\(\s*"(?:latin1|binary|utf-?8|ascii|utf16le|ucs-?2)"|\b(?:latin1|utf8|ascii|hex|ucs2)Slice\(|TextDecoder|StringDecoder|String\.fromCharCode\(/;

/** Who may, how often, and what bounds it. */
const ALLOWED = {
  "resp/args.ts": [2, "text and cText take a bound"],
  "resp/reply-writer.ts": [1, "an encoded error, a constant of ours"],
  "resp/numbers.ts": [2, "digits that were read as a number before"],
  "resp/request-parser.ts": [1, "one byte"],
  "storage/listpack-entry.ts": [1, "digits of a 64-bit integer"],
  "resp/double-text.ts": [1, "digits of our own"],
  "keyspace/record.ts": [1, "keyText, which nothing in src calls"],
  "keyspace/stream-id.ts": [1, "a stream ID, whose length was checked"],
  "keyspace/seen-names.ts": [1, "names up to 1 KiB"],
  "keyspace/sorted-set-loader.ts": [1, "a score's text, clipped"],
  "pubsub/channel-table.ts": [1, "a name that Subscriptions has let in"],
  "commands/hash/hincrbyfloat.ts": [1, "a value that may be a number: its length was checked"],
  "commands/string/incrbyfloat.ts": [1, "the same"],
  "commands/server/debug/listpack.ts": [1, "clipped"],
  "server/dispatch.ts": [1, "an encoded error, a constant of ours"],
  "server/internals/probe.ts": [1, "a few bytes of our own"],
  "server/main.ts": [1, "a path of the configuration"],
  "server/tracking/broadcast.ts": [
    2,
    "a key up to KEPT_KEY_MAX_BYTES, and the beginning of one up to the longest prefix",
  ],
};

const problems = [];
for (const room of ROOMS) {
  let names = [];
  try {
    names = readdirSync(join(src, room), { recursive: true, encoding: "utf8" });
  } catch {
    continue;
  }
  for (const name of names) {
    if (!name.endsWith(".ts")) continue;
    const path = `${room}/${name}`;
    const lines = readFileSync(join(src, path), "utf8").split("\n");
    const found = lines.flatMap((line, i) => (DECODES.test(line.replace(/\/\/.*/, "")) ? [i + 1] : []));
    const [allowed] = ALLOWED[path] ?? [0];
    if (found.length > allowed) {
      problems.push(
        `src/${path}:${found.join(",")}: decodes bytes ${found.length} times, ${allowed} are known to have a bound`,
      );
    }
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
