/** Directives of replication and the cluster. Read by directives.ts. */
import { checkHostname, checkNodename } from "../checks.js";
import { bool, integer, memory, oneOf, optionalBytes, optionalText, text } from "../kinds.js";
import { INT_MAX, LONG_MAX, ULONG_MAX } from "../numbers.js";
import { primaryAddress } from "../special-kinds.js";

const MB = 1024 ** 2;
const MIN_BACKLOG_BYTES = 16 * 1024;

export const REPLICATION = {
  replicaof: primaryAddress({ aliases: ["slaveof"], flags: ["immutable", "alwaysApply"] }),
  masterauth: optionalBytes({ flags: ["sensitive"] }),
  masteruser: optionalText({ flags: ["sensitive"] }),
  "replica-serve-stale-data": bool(true, { aliases: ["slave-serve-stale-data"] }),
  "replica-read-only": bool(true, { aliases: ["slave-read-only"] }),
  "replica-lazy-flush": bool(false, { aliases: ["slave-lazy-flush"] }),
  "replica-ignore-maxmemory": bool(true, { aliases: ["slave-ignore-maxmemory"] }),
  "replica-ignore-disk-write-errors": bool(false),
  "replica-priority": integer(100, 0, INT_MAX, { aliases: ["slave-priority"] }),
  "replica-announced": bool(true),
  "replica-announce-ip": optionalText({ aliases: ["slave-announce-ip"] }),
  "replica-announce-port": integer(0, 0, 65535, { aliases: ["slave-announce-port"] }),
  "repl-diskless-sync": bool(true),
  "repl-diskless-sync-delay": integer(5, 0, INT_MAX),
  "repl-diskless-sync-max-replicas": integer(0, 0, INT_MAX),
  "repl-diskless-load": oneOf(["disabled", "on-empty-db", "swapdb"], "disabled", { flags: ["denyLoading"] }),
  "repl-disable-tcp-nodelay": bool(false),
  "repl-ping-replica-period": integer(10, 1, INT_MAX, { aliases: ["repl-ping-slave-period"] }),
  "repl-timeout": integer(60, 1, INT_MAX),
  "repl-backlog-size": memory(MB, 1, LONG_MAX, {
    // CONFIG SET raises a smaller one to this; a file's counts as it is.
    clamp: (bytes, { loading }) => (loading ? bytes : Math.max(bytes, MIN_BACKLOG_BYTES)),
  }),
  "repl-backlog-ttl": integer(3600, 0, LONG_MAX),
  "min-replicas-to-write": integer(0, 0, INT_MAX, { aliases: ["min-slaves-to-write"] }),
  "min-replicas-max-lag": integer(10, 0, INT_MAX, { aliases: ["min-slaves-max-lag"] }),
  "propagation-error-behavior": oneOf(["ignore", "panic", "panic-on-replicas"], "ignore"),
};

export const CLUSTER = {
  "cluster-enabled": bool(false, { flags: ["immutable"] }),
  "cluster-config-file": text("nodes.conf", { flags: ["immutable"] }),
  "cluster-port": integer(0, 0, 65535, { flags: ["immutable"] }),
  "cluster-node-timeout": integer(15000, 0, LONG_MAX),
  "cluster-ping-interval": integer(0, 0, LONG_MAX, { flags: ["hidden"] }),
  "cluster-require-full-coverage": bool(true),
  "cluster-allow-reads-when-down": bool(false),
  "cluster-allow-pubsubshard-when-down": bool(true),
  "cluster-allow-replica-migration": bool(true),
  "cluster-migration-barrier": integer(1, 0, INT_MAX),
  "cluster-replica-no-failover": bool(false, { aliases: ["cluster-slave-no-failover"] }),
  "cluster-replica-validity-factor": integer(10, 0, INT_MAX, { aliases: ["cluster-slave-validity-factor"] }),
  "cluster-link-sendbuf-limit": memory(0, 0, ULONG_MAX),
  "cluster-preferred-endpoint-type": oneOf(["ip", "hostname", "unknown-endpoint"], "ip"),
  "cluster-announce-ip": optionalText(),
  "cluster-announce-hostname": optionalText({ check: checkHostname }),
  "cluster-announce-human-nodename": optionalText({ check: checkNodename }),
  "cluster-announce-port": integer(0, 0, 65535),
  "cluster-announce-tls-port": integer(0, 0, 65535),
  "cluster-announce-bus-port": integer(0, 0, 65535),
};
