import { defineCommand } from "../define.js";

export const role = defineCommand({
  name: "role",
  group: "server",
  since: "2.8.12",
  complexity: "O(1)",
  summary: "Tells the server's part in replication.",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"],
  acl: ["admin", "dangerous"],
  run(_ctx, _args, out) {
    // A primary, its replication offset, its replicas: there are none.
    out.array(3);
    out.bulkText("master");
    out.integer(0);
    out.array(0);
  },
});
