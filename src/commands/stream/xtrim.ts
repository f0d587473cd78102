import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STREAM } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { REFUSED, TRIM_ARGUMENTS, TRIM_GRAMMAR } from "./trim-arguments.js";

export const xtrim = defineCommand({
  name: "xtrim",
  group: "stream",
  since: "5.0.0",
  complexity:
    "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
  summary: "Takes entries out of a stream from its beginning.",
  arity: -4,
  flags: ["write"],
  acl: ["stream"],
  keys: [keyAt(1, "RW", "delete")],
  args: [arg.key("key"), TRIM_GRAMMAR],
  history: [["6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option."]],
  tips: ["nondeterministic_output"],
  run(ctx, args, out) {
    const { db, effects, streams } = ctx;
    const options = TRIM_ARGUMENTS;
    if (options.parse(ctx, args, false, out) === REFUSED) return;
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
    const head = streams.head(record);
    const deleted = streams.trim(head, options);
    if (deleted > 0) {
      effects.dirty += deleted - 1;
      effects.keyChanged(db, args, 1, EVENT_STREAM, "xtrim");
      if (effects.propagates && options.isApproximate) {
        const words: (string | Uint8Array)[] = [];
        for (let i = 0; i < args.count; i++) words.push(args.copy(i));
        options.rewrite(ctx, words, head);
        effects.propagateAs(db, words);
      }
    }
    out.integer(deleted);
  },
});
