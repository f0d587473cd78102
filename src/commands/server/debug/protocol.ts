/** DEBUG PROTOCOL and ERROR: one reply of each kind, for the tests of clients; and what clients take. */
import type { ReplyWriter } from "../../../resp/reply-writer.js";
import type { DebugSubcommand } from "./subcommand.js";

const SAMPLES: ReadonlyMap<string, (out: ReplyWriter) => void> = new Map([
  ["string", (out) => out.bulkText("Hello World")],
  ["integer", (out) => out.integer(12345)],
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the number that Redis answers
  ["double", (out) => out.double(3.141)],
  ["bignum", (out) => out.bigNumber("1234567999999999999999999999999999999")],
  ["null", (out) => out.nil()],
  ["array", (out) => listThree(out, out.array)],
  ["set", (out) => listThree(out, out.set)],
  ["map", replyMap],
  ["attrib", replyAttribute],
  ["push", replyPush],
  ["verbatim", (out) => out.verbatim("txt", "This is a verbatim\nstring")],
  ["true", (out) => out.boolean(true)],
  ["false", (out) => out.boolean(false)],
]);

function listThree(out: ReplyWriter, begin: (count: number) => void): void {
  begin.call(out, 3);
  for (let i = 0; i < 3; i++) out.integer(i);
}

function replyMap(out: ReplyWriter): void {
  out.map(3);
  for (let i = 0; i < 3; i++) {
    out.integer(i);
    out.boolean(i === 1);
  }
}

function replyAttribute(out: ReplyWriter): void {
  if (out.resp === 3) {
    out.attribute(1);
    out.bulkText("key-popularity");
    out.array(2);
    out.bulkText("key:123");
    out.integer(90);
  }
  // An attribute is no reply by itself.
  out.bulkText("Some real reply following the attribute");
}

function replyPush(out: ReplyWriter): void {
  if (out.resp < 3) return out.errorText("ERR RESP2 is not supported by this command");
  out.push(2);
  out.bulkText("server-cpu-usage");
  out.integer(42);
  // Nor is a push: a client that waits for a reply gets one.
  out.bulkText("Some real reply following the push reply");
}

/** A longer error is clipped as the texts of other errors are. */
const ERROR_MAX_BYTES = 65_536;

export const PROTOCOL: readonly DebugSubcommand[] = [
  {
    name: "CLIENT-EVICTION",
    min: 0,
    max: 0,
    help: ["    Show low level client eviction pools info (maxmemory-clients)."],
    run(ctx, _args, out) {
      const pools = ctx.server.debug.listEvictionPools();
      if (pools === null) out.errorText("ERR maxmemory-clients is disabled.");
      else out.verbatim("txt", pools);
    },
  },
  {
    name: "ERROR",
    min: 1,
    max: 1,
    usage: "<string>",
    help: [
      "    Return a Redis protocol error with <string> as message. Useful for clients",
      "    unit tests to simulate Redis errors.",
    ],
    run: (_ctx, args, out) => out.errorText(args.text(2, ERROR_MAX_BYTES) ?? args.cText(2)),
  },
  {
    name: "PROTOCOL",
    min: 1,
    max: 1,
    usage: "<type>",
    help: [
      "    Reply with a test value of the specified type. <type> can be: string,",
      "    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
      "    true, false.",
    ],
    run(_ctx, args, out) {
      const sample = SAMPLES.get(args.lowerCText(2, 64));
      if (sample !== undefined) return sample(out);
      const names = "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false";
      out.errorText(`ERR Wrong protocol type name. Please use one of the following: ${names}`);
    },
  },
];
