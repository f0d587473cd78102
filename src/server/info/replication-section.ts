/** INFO replication and cluster: a primary without replicas, outside of any cluster. */
import type { Server } from "../server.js";
import type { Field } from "./fields.js";

export function* replicationSection(server: Server): Generator<Field> {
  yield ["role", "master"];
  yield ["connected_slaves", 0];
  yield ["master_failover_state", "no-failover"];
  yield ["master_replid", server.replicationId];
  yield ["master_replid2", "0".repeat(40)];
  yield ["master_repl_offset", 0];
  yield ["second_repl_offset", -1];
  yield ["repl_backlog_active", 0];
  yield ["repl_backlog_size", server.config.source.values["repl-backlog-size"]];
  yield ["repl_backlog_first_byte_offset", 0];
  yield ["repl_backlog_histlen", 0];
}

export function* clusterSection(): Generator<Field> {
  yield ["cluster_enabled", 0];
}
