/** INFO server: what runs here, since when, where it listens. */

import { arch, release, type as systemName } from "node:os";
import { PYREDIS_VERSION } from "../../base/version.js";
import { REDIS_VERSION } from "../../config/redis-version.js";
import { toByteString } from "../../config/split-args.js";
import type { Server } from "../server.js";
import type { Field } from "./fields.js";

const SECONDS_PER_DAY = 86400;
/** The clock of records wraps here: 24 bits. */
const LRU_CLOCK_RANGE = 2 ** 24;
const SYSTEM = `${systemName()} ${release()} ${arch() === "x64" ? "x86_64" : arch() === "arm64" ? "aarch64" : arch()}`;

export function* serverSection(server: Server): Generator<Field> {
  const { values, configFile } = server.config.source;
  const nowMs = server.clock.nowMs();
  const uptime = Math.max(0, Math.floor((nowMs - server.startedMs) / 1000));
  yield ["redis_version", REDIS_VERSION];
  yield ["redis_git_sha1", "00000000"];
  yield ["redis_git_dirty", 0];
  yield ["redis_build_id", "0"];
  yield ["pyredis_version", PYREDIS_VERSION];
  yield ["redis_mode", values["cluster-enabled"] ? "cluster" : "standalone"];
  yield ["os", SYSTEM];
  yield ["arch_bits", 64];
  yield ["monotonic_clock", "POSIX clock_gettime"];
  yield ["multiplexing_api", process.platform === "linux" ? "epoll" : "kqueue"];
  yield ["atomicvar_api", "none"];
  yield ["gcc_version", "0.0.0"];
  yield ["node_version", process.versions.node];
  yield ["process_id", process.pid];
  yield ["process_supervised", "no"];
  yield ["run_id", server.runId];
  yield ["tcp_port", values.port || values["tls-port"]];
  yield ["server_time_usec", nowMs * 1000];
  yield ["uptime_in_seconds", uptime];
  yield ["uptime_in_days", Math.floor(uptime / SECONDS_PER_DAY)];
  yield ["hz", server.cron.hz];
  yield ["configured_hz", values.hz];
  yield ["lru_clock", Math.floor(nowMs / 1000) % LRU_CLOCK_RANGE];
  yield ["executable", toByteString(process.argv[1] ?? process.execPath)];
  yield ["config_file", configFile ?? ""];
  yield ["io_threads_active", 0];
  let listener = 0;
  if (values.port !== 0) {
    const addresses = values.bind.map((address) => `,bind=${address}`).join("");
    yield [`listener${listener++}`, `name=tcp${addresses},port=${values.port}`];
  }
  if (values.unixsocket) yield [`listener${listener}`, `name=unix,bind=${values.unixsocket}`];
}
