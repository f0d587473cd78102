/** INFO clients: how many there are, and what they wait for. */
import type { Server } from "../server.js";
import type { Field } from "./fields.js";

export function* clientsSection(server: Server): Generator<Field> {
  const { sessions, effects, blocking } = server;
  let watching = 0;
  let blocked = 0;
  for (const session of sessions.all) {
    if (session.transaction.watching > 0) watching++;
    if (session.waiting !== "none") blocked++;
  }
  yield ["connected_clients", sessions.count];
  yield ["cluster_connections", 0];
  yield ["maxclients", server.config.source.values.maxclients];
  yield ["client_recent_max_input_buffer", sessions.recentMaxInputBytes];
  yield ["client_recent_max_output_buffer", sessions.recentMaxOutputBytes];
  yield ["blocked_clients", blocked];
  yield ["tracking_clients", server.tracking.clients];
  yield ["pubsub_clients", server.pubsub.subscribers];
  yield ["watching_clients", watching];
  yield ["clients_in_timeout_table", blocking.timedCount];
  yield ["total_watched_keys", effects.watches.size];
  yield ["total_blocking_keys", blocking.keys.size];
  yield ["total_blocking_keys_on_nokey", blocking.keys.sizeWithoutKey];
}
