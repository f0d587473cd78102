/** Directives of replication and the cluster. Read by directives.ts. */
import { checkHostname, checkNodename } from "../checks.js";
import { guards, pending } from "../effect.js";
import { bool, integer, memory, oneOf, optionalBytes, optionalText, text } from "../kinds.js";
import { INT_MAX, LONG_MAX, ULONG_MAX } from "../numbers.js";
import { primaryAddress } from "../special-kinds.js";

const MB = 1024 ** 2;
const MIN_BACKLOG_BYTES = 16 * 1024;

const NO_REPLICATION = "the server does not replicate";
const NO_CLUSTER = "the server is no cluster node";

export const REPLICATION = {
  replicaof: guards(
    primaryAddress({ aliases: ["slaveof"], flags: ["immutable", "alwaysApply"] }),
    "the server does not replicate, and would take writes of its own beside its primary",
  ),
  masterauth: pending(optionalBytes({ flags: ["sensitive"] }), NO_REPLICATION),
  masteruser: pending(optionalText({ flags: ["sensitive"] }), NO_REPLICATION),
  "replica-serve-stale-data": pending(bool(true, { aliases: ["slave-serve-stale-data"] }), NO_REPLICATION),
  "replica-read-only": pending(bool(true, { aliases: ["slave-read-only"] }), NO_REPLICATION),
  "replica-lazy-flush": pending(bool(false, { aliases: ["slave-lazy-flush"] }), NO_REPLICATION),
  "replica-ignore-maxmemory": pending(bool(true, { aliases: ["slave-ignore-maxmemory"] }), NO_REPLICATION),
  "replica-ignore-disk-write-errors": pending(bool(false), NO_REPLICATION),
  "replica-priority": pending(integer(100, 0, INT_MAX, { aliases: ["slave-priority"] }), NO_REPLICATION),
  "replica-announced": pending(bool(true), NO_REPLICATION),
  "replica-announce-ip": pending(optionalText({ aliases: ["slave-announce-ip"] }), NO_REPLICATION),
  "replica-announce-port": pending(integer(0, 0, 65535, { aliases: ["slave-announce-port"] }), NO_REPLICATION),
  "repl-diskless-sync": pending(bool(true), NO_REPLICATION),
  "repl-diskless-sync-delay": pending(integer(5, 0, INT_MAX), NO_REPLICATION),
  "repl-diskless-sync-max-replicas": pending(integer(0, 0, INT_MAX), NO_REPLICATION),
  "repl-diskless-load": pending(
    oneOf(["disabled", "on-empty-db", "swapdb"], "disabled", { flags: ["denyLoading"] }),
    NO_REPLICATION,
  ),
  "repl-disable-tcp-nodelay": pending(bool(false), NO_REPLICATION),
  "repl-ping-replica-period": pending(integer(10, 1, INT_MAX, { aliases: ["repl-ping-slave-period"] }), NO_REPLICATION),
  "repl-timeout": pending(integer(60, 1, INT_MAX), NO_REPLICATION),
  "repl-backlog-size": pending(
    memory(MB, 1, LONG_MAX, {
      // CONFIG SET raises a smaller one to this; a file's counts as it is.
      clamp: (bytes, { loading }) => (loading ? bytes : Math.max(bytes, MIN_BACKLOG_BYTES)),
    }),
    NO_REPLICATION,
  ),
  "repl-backlog-ttl": pending(integer(3600, 0, LONG_MAX), NO_REPLICATION),
  "min-replicas-to-write": guards(
    integer(0, 0, INT_MAX, { aliases: ["min-slaves-to-write"] }),
    "the server has no replicas, and would take writes that no other server has",
  ),
  "min-replicas-max-lag": pending(integer(10, 0, INT_MAX, { aliases: ["min-slaves-max-lag"] }), NO_REPLICATION),
  "propagation-error-behavior": pending(oneOf(["ignore", "panic", "panic-on-replicas"], "ignore"), NO_REPLICATION),
};

export const CLUSTER = {
  "cluster-enabled": guards(
    bool(false, { flags: ["immutable"] }),
    "the server is no cluster node, and would take keys that belong to others",
  ),
  "cluster-config-file": pending(text("nodes.conf", { flags: ["immutable"] }), NO_CLUSTER),
  "cluster-port": pending(integer(0, 0, 65535, { flags: ["immutable"] }), NO_CLUSTER),
  "cluster-node-timeout": pending(integer(15000, 0, LONG_MAX), NO_CLUSTER),
  "cluster-ping-interval": pending(integer(0, 0, LONG_MAX, { flags: ["hidden"] }), NO_CLUSTER),
  "cluster-require-full-coverage": pending(bool(true), NO_CLUSTER),
  "cluster-allow-reads-when-down": pending(bool(false), NO_CLUSTER),
  "cluster-allow-pubsubshard-when-down": pending(bool(true), NO_CLUSTER),
  "cluster-allow-replica-migration": pending(bool(true), NO_CLUSTER),
  "cluster-migration-barrier": pending(integer(1, 0, INT_MAX), NO_CLUSTER),
  "cluster-replica-no-failover": pending(bool(false, { aliases: ["cluster-slave-no-failover"] }), NO_CLUSTER),
  "cluster-replica-validity-factor": pending(
    integer(10, 0, INT_MAX, { aliases: ["cluster-slave-validity-factor"] }),
    NO_CLUSTER,
  ),
  "cluster-link-sendbuf-limit": pending(memory(0, 0, ULONG_MAX), NO_CLUSTER),
  "cluster-preferred-endpoint-type": pending(oneOf(["ip", "hostname", "unknown-endpoint"], "ip"), NO_CLUSTER),
  "cluster-announce-ip": pending(optionalText(), NO_CLUSTER),
  "cluster-announce-hostname": pending(optionalText({ check: checkHostname }), NO_CLUSTER),
  "cluster-announce-human-nodename": pending(optionalText({ check: checkNodename }), NO_CLUSTER),
  "cluster-announce-port": pending(integer(0, 0, 65535), NO_CLUSTER),
  "cluster-announce-tls-port": pending(integer(0, 0, 65535), NO_CLUSTER),
  "cluster-announce-bus-port": pending(integer(0, 0, 65535), NO_CLUSTER),
};
