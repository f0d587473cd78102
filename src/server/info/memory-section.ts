/** INFO memory: the figures of memory-report.ts under Redis's names, and `js_heap_used`, which Redis has not. */
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import { reportMemory } from "../memory-report.js";
import type { Server } from "../server.js";
import { type Field, showBytes, showRatio } from "./fields.js";

export function* memorySection(server: Server): Generator<Field> {
  const report = reportMemory(server);
  const { values } = server.config.source;
  const { lazyFree } = server.keyspace;
  const { total, rss, allocated, active, resident } = report;
  yield* withHuman("used_memory", total);
  yield* withHuman("used_memory_rss", rss);
  yield* withHuman("used_memory_peak", report.peak);
  yield ["used_memory_peak_perc", `${report.peakPercent.toFixed(2)}%`];
  yield ["used_memory_overhead", report.overhead];
  yield ["used_memory_startup", report.startup];
  yield ["used_memory_dataset", report.dataset];
  yield ["used_memory_dataset_perc", `${report.datasetPercent.toFixed(2)}%`];
  yield ["js_heap_used", measureJsHeap()];
  yield ["allocator_allocated", allocated];
  yield ["allocator_active", active];
  yield ["allocator_resident", resident];
  yield ["allocator_muzzy", 0];
  yield* withHuman("total_system_memory", totalmem());
  yield ["used_memory_lua", 0];
  yield ["used_memory_vm_eval", 0];
  yield ["used_memory_lua_human", showBytes(0)];
  yield ["used_memory_scripts_eval", 0];
  yield ["number_of_cached_scripts", 0];
  yield ["number_of_functions", 0];
  yield ["number_of_libraries", 0];
  yield ["used_memory_vm_functions", 0];
  yield* withHuman("used_memory_vm_total", 0);
  yield ["used_memory_functions", 0];
  yield* withHuman("used_memory_scripts", 0);
  yield* withHuman("maxmemory", values.maxmemory);
  yield ["maxmemory_policy", values["maxmemory-policy"]];
  yield ["allocator_frag_ratio", showRatio(active, allocated)];
  yield ["allocator_frag_bytes", active - allocated];
  yield ["allocator_rss_ratio", showRatio(resident, active)];
  yield ["allocator_rss_bytes", resident - active];
  yield ["rss_overhead_ratio", showRatio(rss, resident)];
  yield ["rss_overhead_bytes", rss - resident];
  yield ["mem_fragmentation_ratio", showRatio(rss, total)];
  yield ["mem_fragmentation_bytes", rss - total];
  yield ["mem_not_counted_for_evict", 0];
  yield ["mem_replication_backlog", 0];
  yield ["mem_total_replication_buffers", 0];
  yield ["mem_clients_slaves", 0];
  yield ["mem_clients_normal", report.clients];
  yield ["mem_cluster_links", 0];
  yield ["mem_aof_buffer", 0];
  yield ["mem_allocator", "pyredis-arena"];
  yield ["mem_overhead_db_hashtable_rehashing", 0];
  yield ["active_defrag_running", server.defrag.runningPercent];
  yield ["lazyfree_pending_objects", lazyFree.pendingObjects];
  yield ["lazyfreed_objects", lazyFree.freedObjects];
}

function* withHuman(name: string, bytes: number): Generator<Field> {
  yield [name, bytes];
  yield [`${name}_human`, showBytes(bytes)];
}

/** With --expose-gc the garbage is taken away first, so that the figure says what is in use: for benchmarks. */
function measureJsHeap(): number {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  // Not process.memoryUsage(), which reads a file for the rest of it: there may be no descriptor left.
  return getHeapStatistics().used_heap_size;
}
