/** INFO stats and debug: counters since the start or CONFIG RESETSTAT. */
import type { Server } from "../server.js";
import type { Field } from "./fields.js";

export function* statsSection(server: Server): Generator<Field> {
  const { stats, keyspace, cron, defrag, loop, memoryLimit, pubsub } = server;
  yield ["total_connections_received", stats.connections];
  yield ["total_commands_processed", stats.commands];
  yield ["instantaneous_ops_per_sec", Math.round(stats.opsRate.perSecond)];
  yield ["total_net_input_bytes", stats.netInputBytes];
  yield ["total_net_output_bytes", stats.netOutputBytes];
  yield ["total_net_repl_input_bytes", 0];
  yield ["total_net_repl_output_bytes", 0];
  yield ["instantaneous_input_kbps", (stats.inputRate.perSecond / 1024).toFixed(2)];
  yield ["instantaneous_output_kbps", (stats.outputRate.perSecond / 1024).toFixed(2)];
  yield ["instantaneous_input_repl_kbps", "0.00"];
  yield ["instantaneous_output_repl_kbps", "0.00"];
  yield ["rejected_connections", stats.rejectedConnections];
  yield ["sync_full", 0];
  yield ["sync_partial_ok", 0];
  yield ["sync_partial_err", 0];
  yield ["expired_subkeys", keyspace.expiredFields];
  yield ["expired_keys", keyspace.expiredKeys];
  yield ["expired_stale_perc", cron.expiry.stalePercent.toFixed(2)];
  yield ["expired_time_cap_reached_count", cron.expiry.timeCapReached];
  yield ["expire_cycle_cpu_milliseconds", Math.floor(stats.expireCycleUs / 1000)];
  yield ["evicted_keys", stats.evictedKeys];
  yield ["evicted_clients", stats.evictedClients];
  yield ["evicted_scripts", 0];
  yield ["total_eviction_exceeded_time", memoryLimit.totalExceededMs];
  yield ["current_eviction_exceeded_time", memoryLimit.currentExceededMs];
  yield ["keyspace_hits", keyspace.hits];
  yield ["keyspace_misses", keyspace.misses];
  yield ["pubsub_channels", pubsub.channels.count];
  yield ["pubsub_patterns", pubsub.patterns.count];
  yield ["pubsubshard_channels", pubsub.shardChannels.count];
  yield ["latest_fork_usec", 0];
  yield ["total_forks", 0];
  yield ["migrate_cached_sockets", 0];
  yield ["slave_expires_tracked_keys", 0];
  yield ["active_defrag_hits", defrag.walk.mover.hits];
  yield ["active_defrag_misses", defrag.walk.mover.misses];
  yield ["active_defrag_key_hits", defrag.walk.keyHits];
  yield ["active_defrag_key_misses", defrag.walk.keyMisses];
  yield ["total_active_defrag_time", defrag.totalMs];
  yield ["current_active_defrag_time", defrag.currentMs];
  yield ["tracking_total_keys", server.tracking.table.keyCount];
  yield ["tracking_total_items", server.tracking.table.itemCount];
  yield ["tracking_total_prefixes", server.tracking.prefixCount];
  yield ["unexpected_error_replies", 0];
  yield ["total_error_replies", stats.errorReplies];
  yield ["dump_payload_sanitizations", 0];
  yield ["total_reads_processed", stats.reads];
  yield ["total_writes_processed", stats.writes];
  yield ["io_threaded_reads_processed", 0];
  yield ["io_threaded_writes_processed", 0];
  yield ["client_query_buffer_limit_disconnections", stats.queryBufferLimitDisconnections];
  yield ["client_output_buffer_limit_disconnections", stats.outputBufferLimitDisconnections];
  yield ["reply_buffer_shrinks", stats.replyBufferShrinks];
  yield ["reply_buffer_expands", stats.replyBufferExpands];
  yield ["eventloop_cycles", loop.cycles];
  yield ["eventloop_duration_sum", loop.durationUs];
  yield ["eventloop_duration_cmd_sum", commandMicroseconds(server)];
  yield ["instantaneous_eventloop_cycles_per_sec", Math.round(loop.cycleRate.perSecond)];
  yield ["instantaneous_eventloop_duration_usec", Math.round(loop.durationPerCycle.average)];
  yield ["acl_access_denied_auth", stats.aclDeniedAuth];
  yield ["acl_access_denied_cmd", 0];
  yield ["acl_access_denied_key", 0];
  yield ["acl_access_denied_channel", 0];
}

/** Shown only when it is asked for by name. */
export function* debugSection(server: Server): Generator<Field> {
  const { loop } = server;
  yield ["eventloop_duration_aof_sum", 0];
  yield ["eventloop_duration_cron_sum", Math.floor(loop.cronUs)];
  yield ["eventloop_duration_max", Math.floor(loop.maxUs)];
  yield ["eventloop_cmd_per_cycle_max", loop.commandsPerCycleMax];
  yield ["allocator_allocated_lua", 0];
  yield ["allocator_active_lua", 0];
  yield ["allocator_resident_lua", 0];
  yield ["allocator_frag_bytes_lua", 0];
}

/** Time in commands. EXEC's own time is that of the commands in it, which are counted by themselves. */
function commandMicroseconds(server: Server): number {
  let sum = 0;
  for (const command of server.registry.listAll()) if (command.fullName !== "exec") sum += command.microseconds;
  return Math.floor(sum);
}
